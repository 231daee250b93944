"""The data folder: everything that got a response is there in the next sandbox, even after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.catalog.catalog import Settings
from sandbox.tiktok.control import control_requests
from sandbox.tiktok.control.seller_center import edit, to_json
from sandbox.tiktok.state.database import Database, DatabaseClosed, UnusableFolder
from sandbox.tiktok.state.world import World
from tests.sandbox.tiktok.caller import APP_KEY, APP_SECRET, PRODUCTS, SEARCH, Caller, Clock, axis, shirt, sku
from tests.sandbox.tiktok.direct_calls import post
from tests.sandbox.tiktok.tiktok_process import start_sandbox


@contextmanager
def open_shop(folder: Path | None, clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, data=folder) as sandbox:
        yield Caller(sandbox.url, clock)


@contextmanager
def start_process(folder: Path) -> Iterator[tuple[Caller, subprocess.Popen[str]]]:
    """Start a process on the folder, and kill it with SIGKILL at the end."""
    clock = Clock()
    clock.seconds = time.time()
    with start_sandbox("--data", str(folder)) as process:
        try:
            assert process.stdout is not None
            yield Caller(json.loads(process.stdout.readline())["url"], clock), process
        finally:
            process.kill()


def product_ids(shop: Caller) -> set[str]:
    return {product["id"] for product in shop.search().data["products"]}


def test_products_survive_a_restart_with_both_versions(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        product_id = shop.live(skus=[sku("S", sales_attributes=[axis("Size", "S")])])
        shop.price(product_id, "12.50")
        shop.partial_edit(product_id, title="Women's Sports Shirt")
        deleted = shop.live()
        shop.move("delete", deleted)
        live, review = shop.get(product_id), shop.get(product_id, return_under_review_version="true")
        products = shop.admin("GET", "products?include_deleted=1")
    with open_shop(tmp_path, clock) as shop:
        assert shop.admin("GET", "products?include_deleted=1") == products
        assert shop.get(product_id).data == live.data
        assert shop.get(product_id, return_under_review_version="true").data == review.data


def test_idempotency_keys_survive_a_restart(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        first = shop.create(idempotency_key="once")
    with open_shop(tmp_path, clock) as shop:
        assert shop.create(idempotency_key="once").data == first.data
        assert shop.create(idempotency_key="once", title="Another shirt").code == 36009004
        assert product_ids(shop) == {first.data["product_id"]}
        assert [effect["replay"] for effect in shop.effects()] == [False, True, False]


def test_effects_and_settings_survive_a_restart_and_ids_continue(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        first = shop.created()
        shop.create(category_id="999")
        shop.admin("PUT", "settings", {"audit_seconds": 5, "audits_pass": False})
        effects = shop.effects(writes=0)
    with open_shop(tmp_path, clock) as shop:
        assert shop.effects(writes=0) == effects
        new_settings = shop.admin("GET", "settings")
        assert (new_settings["audit_seconds"], new_settings["audits_pass"]) == (5, False)
        assert shop.created() > first
        assert [effect["seq"] for effect in shop.effects()] == [1, 2, 3]


def test_the_command_line_applies_unless_the_settings_were_changed(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        shop.created()
    with Sandbox(audit_seconds=7, clock=clock, data=tmp_path) as sandbox:
        assert Caller(sandbox.url, clock).admin("GET", "settings")["audit_seconds"] == 7


def refresh_tokens(shop: Caller, token: str) -> dict[str, Any]:
    """Return the response of the auth host."""
    query = {"app_key": APP_KEY, "app_secret": APP_SECRET, "grant_type": "refresh_token"}
    address = f"{shop.url}/auth/api/v2/token/refresh"
    answer = requests.get(address, params={**query, "refresh_token": token}, timeout=20)
    return dict(answer.json())


def test_issued_tokens_survive_a_restart_and_spent_ones_stay_invalid(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        first = refresh_tokens(shop, "TTP_sandbox_refresh")["data"]
        second = refresh_tokens(shop, first["refresh_token"])["data"]
    with open_shop(tmp_path, clock) as shop:
        for pair in (first, second):
            assert Caller(shop.url, clock, token=pair["access_token"]).search().code == 0
        assert refresh_tokens(shop, first["refresh_token"])["code"] == 36004001
        assert refresh_tokens(shop, second["refresh_token"])["code"] == 0


def test_configured_tokens_are_valid_again_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    for _ in range(2):
        with open_shop(tmp_path, clock) as shop:
            assert refresh_tokens(shop, "TTP_sandbox_refresh")["code"] == 0
            assert refresh_tokens(shop, "TTP_sandbox_refresh")["code"] == 36004001


@pytest.mark.parametrize("seconds_away", [0, 60])
def test_an_audit_ends_by_the_clock_even_while_the_sandbox_is_stopped(
    tmp_path: Path, clock: Clock, seconds_away: float
) -> None:
    with open_shop(tmp_path, clock) as shop:
        product_id = shop.created()
        clock.pass_by(30)
    clock.pass_by(seconds_away)
    with open_shop(tmp_path, clock) as shop:
        assert shop.status(product_id)[0] == ("ACTIVATE" if seconds_away else "PENDING")
        clock.pass_by(30)
        assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_later_settings_do_not_change_an_ended_audit(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        product_id = shop.live()
        shop.admin("PUT", "settings", {"audits_pass": False})
    with open_shop(tmp_path, clock) as shop:
        assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_a_reset_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    with open_shop(tmp_path, clock) as shop:
        shop.created(idempotency_key="once")
        shop.admin("PUT", "settings", {"audit_seconds": 5})
        shop.admin("POST", "reset")
    with open_shop(tmp_path, clock) as shop:
        assert (product_ids(shop), shop.effects()) == (set(), [])
        assert shop.admin("GET", "settings")["audit_seconds"] == 60


def test_without_a_folder_nothing_survives(clock: Clock) -> None:
    with open_shop(None, clock) as shop:
        shop.created()
    with open_shop(None, clock) as shop:
        assert product_ids(shop) == set()


def test_everything_that_got_a_response_survives_a_kill(tmp_path: Path) -> None:
    answered: list[str] = []
    enough = threading.Event()
    with start_process(tmp_path) as (shop, process):

        def create_until_the_end(name: int) -> None:
            for number in range(1000):
                try:
                    reply = shop.create(skus=[sku(f"S-{name}-{number}")])
                except requests.RequestException:
                    return
                answered.append(reply.data["product_id"])
                if len(answered) >= 40:
                    enough.set()

        callers = [threading.Thread(target=create_until_the_end, args=(name,)) for name in range(8)]
        for thread in callers:
            thread.start()
        assert enough.wait(30)
        process.send_signal(signal.SIGKILL)
        for thread in callers:
            thread.join(30)
    with start_process(tmp_path) as (shop, _):
        saved_ids = {product["id"] for product in shop.admin("GET", "products")["products"]}
        assert set(answered) <= saved_ids
        logged_ids = {effect["product_id"] for effect in shop.effects() if effect["code"] == 0}
        assert saved_ids == logged_ids


@pytest.mark.parametrize(
    "truncate",
    [
        pytest.param(lambda whole: whole[:-1], id="the last byte is missing"),
        pytest.param(lambda whole: whole[:-3000], id="half a page is missing"),
        pytest.param(lambda whole: whole[:-100] + bytes(100), id="its end was never written"),
    ],
)
def test_an_incomplete_last_write_is_ignored(tmp_path: Path, truncate: Callable[[bytes], bytes]) -> None:
    log = tmp_path / "tiktok.sqlite3-wal"
    with start_process(tmp_path) as (shop, _):
        whole = shop.created()
        lost = shop.created()
    log.write_bytes(truncate(log.read_bytes()))
    with start_process(tmp_path) as (shop, _):
        assert product_ids(shop) == {whole}
        assert shop.get(lost).code == 12019150
        recreated = shop.created()
    with start_process(tmp_path) as (shop, _):
        assert product_ids(shop) == {whole, recreated}


def test_a_second_sandbox_on_a_folder_stops_with_a_message(tmp_path: Path) -> None:
    with start_process(tmp_path), start_sandbox("--data", str(tmp_path)) as second:
        out, complaints = second.communicate(timeout=20)
    assert (second.returncode, out) == (2, "")
    assert complaints == (
        f"The data folder can't be used. {tmp_path} is in use by another sandbox: stop it, or choose another"
        " folder with --data.\n"
    )


def create_file(folder: Path) -> None:
    folder.write_text("")


def create_invalid_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiktok.sqlite3").write_text("Not a database, but long enough to be looked at. " * 100)


def create_unknown_row(folder: Path) -> None:
    with closing(Database(folder)) as database:
        database.wait_until_written(database.enqueue([("video", "[]", "{}")]))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (create_file, "exists"),
        (create_invalid_database, "not a database"),
        (create_unknown_row, "Its row video .* is not valid"),
    ],
)
def test_an_unusable_folder_is_rejected_with_a_message(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(tmp_path / "data")
    with pytest.raises(UnusableFolder, match=message), Sandbox(data=tmp_path / "data"):
        pass


def test_a_call_after_the_database_is_closed_gets_no_response(tmp_path: Path, clock: Clock) -> None:
    database = Database(tmp_path)
    world = World((Shop(),), Settings(60), clock, database)
    database.close()
    with pytest.raises(DatabaseClosed):
        post(world, "POST", PRODUCTS, shirt())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("restart", "pass_by", "create", "again", "fails", "title", "back", "price", "stock"),
                *("activate", "deactivate", "delete", "recover", "by_hand"),
            ]
        ),
        st.integers(0, 2),
    ),
    max_size=16,
)


class ScriptedWorld:
    """A world that executes steps named by single words; `number` selects one of its products."""

    def __init__(self, clock: Clock, folder: Path | None) -> None:
        self.clock, self.folder = clock, folder
        self.open()

    def open(self) -> None:
        self.database = None if self.folder is None else Database(self.folder)
        self.world = World((Shop(),), Settings(60), self.clock, self.database)

    def restart(self) -> None:
        if self.database is not None:
            self.database.close()
            self.open()

    def do(self, step: str, number: int) -> object:
        if step == "restart":
            self.restart()
            return None
        if step in ("create", "again", "fails"):
            key = {"idempotency_key": "once"} if step == "again" else {}
            title = "[fail audit] Shirt" if step == "fails" else "A sports shirt"
            axes = [axis("Size", f"Size {number}")]
            return self.call(
                "POST", PRODUCTS, shirt(title=title, skus=[sku("S", sales_attributes=axes)], **key)
            )
        products = list(self.world.catalog.products.values())
        if number >= len(products):
            return None
        product = products[number]
        path = f"{PRODUCTS}/{product.id}"
        sku_id = product.newest.skus[0].id
        if step in ("title", "back"):
            title = f"Title number {number}" if step == "title" else "A sports shirt"
            return self.call("POST", f"{path}/partial_edit", {"title": title})
        if step == "price":
            skus = [{"id": sku_id, "price": {"amount": f"{number + 1}.00", "currency": "USD"}}]
            return self.call("POST", f"{path}/prices/update", {"skus": skus})
        if step == "stock":
            stock = [{"id": sku_id, "inventory": [{"quantity": number}]}]
            return self.call("POST", f"{path}/inventory/update", {"skus": stock})
        if step == "by_hand":
            changes = {"product_id": product.id, "price": "7.00", "quantity": number}
            with self.world.locked() as now:
                return to_json(edit(self.world, control_requests.seller_edit(changes), now))
        return self.call(
            "DELETE" if step == "delete" else "POST", _status_path(step), {"product_ids": [product.id]}
        )

    def call(self, method: str, path: str, body: object) -> tuple[int, object]:
        status, document = post(self.world, method, path, body)
        return status, document["data"]

    def state(self) -> object:
        self.call("POST", SEARCH, {})
        products = self.world.catalog.products.values()
        effects = self.world.effects.after(0)
        return [to_json(entry) for entry in products], [{**entry, "request_id": ""} for entry in effects]


def _status_path(step: str) -> str:
    return PRODUCTS if step == "delete" else f"{PRODUCTS}/{step}"


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_a_restarted_sandbox_responds_like_one_that_never_stopped(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        steady, restarted = ScriptedWorld(clock, None), ScriptedWorld(clock, Path(folder))
        for step, number in steps:
            if step == "pass_by":
                clock.pass_by(number * 25)
            else:
                assert restarted.do(step, number) == steady.do(step, number)
        restarted.restart()
        assert restarted.state() == steady.state()
        restarted.restart()
        assert restarted.state() == steady.state()
