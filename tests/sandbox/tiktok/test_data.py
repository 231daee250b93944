"""The data folder: what was answered is there in the next stand-in on it, however the last one ended."""

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
from sandbox.tiktok.control import control_requests
from sandbox.tiktok.control.seller_center import described, edit
from sandbox.tiktok.database import Closed, Database, UnusableFolder
from sandbox.tiktok.products.catalog import Settings
from sandbox.tiktok.world import World
from tests.sandbox.tiktok.caller import APP_KEY, APP_SECRET, PRODUCTS, SEARCH, Caller, Clock, axis, shirt, sku
from tests.sandbox.tiktok.direct_calls import post
from tests.sandbox.tiktok.tiktok_process import serving


@contextmanager
def shop_of(folder: Path | None, clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, data=folder) as sandbox:
        yield Caller(sandbox.url, clock)


@contextmanager
def process_on(folder: Path) -> Iterator[tuple[Caller, subprocess.Popen[str]]]:
    """A process, which is killed at the end with a signal that it can't handle."""
    clock = Clock()
    clock.seconds = time.time()
    with serving("--data", str(folder)) as process:
        try:
            assert process.stdout is not None
            yield Caller(json.loads(process.stdout.readline())["url"], clock), process
        finally:
            process.kill()


def found(shop: Caller) -> set[str]:
    return {one["id"] for one in shop.search().data["products"]}


def test_products_are_there_after_a_restart_with_both_their_versions(tmp_path: Path, clock: Clock) -> None:
    with shop_of(tmp_path, clock) as shop:
        product_id = shop.live(skus=[sku("S", sales_attributes=[axis("Size", "S")])])
        shop.price(product_id, "12.50")
        shop.partial_edit(product_id, title="Women's Sports Shirt")
        deleted = shop.live()
        shop.move("delete", deleted)
        live, review = shop.get(product_id), shop.get(product_id, return_under_review_version="true")
        held = shop.admin("GET", "products?include_deleted=1")
    with shop_of(tmp_path, clock) as shop:
        assert shop.admin("GET", "products?include_deleted=1") == held
        assert shop.get(product_id).data == live.data
        assert shop.get(product_id, return_under_review_version="true").data == review.data


def test_a_create_is_answered_as_the_first_time_after_a_restart_too(tmp_path: Path, clock: Clock) -> None:
    with shop_of(tmp_path, clock) as shop:
        first = shop.create(idempotency_key="once")
    with shop_of(tmp_path, clock) as shop:
        assert shop.create(idempotency_key="once").data == first.data
        assert shop.create(idempotency_key="once", title="Another shirt").code == 36009004
        assert found(shop) == {first.data["product_id"]}
        assert [one["replay"] for one in shop.effects()] == [False, True, False]


def test_calls_and_settings_are_kept_and_numbers_and_ids_go_on(tmp_path: Path, clock: Clock) -> None:
    with shop_of(tmp_path, clock) as shop:
        first = shop.created()
        shop.create(category_id="999")
        shop.admin("PUT", "settings", {"audit_seconds": 5, "audits_pass": False})
        told = shop.effects(writes=0)
    with shop_of(tmp_path, clock) as shop:
        assert shop.effects(writes=0) == told
        told_settings = shop.admin("GET", "settings")
        assert (told_settings["audit_seconds"], told_settings["audits_pass"]) == (5, False)
        assert shop.created() > first
        assert [one["seq"] for one in shop.effects()] == [1, 2, 3]


def test_the_word_of_the_command_line_holds_while_nobody_has_set_it_otherwise(
    tmp_path: Path, clock: Clock
) -> None:
    with shop_of(tmp_path, clock) as shop:
        shop.created()
    with Sandbox(audit_seconds=7, clock=clock, data=tmp_path) as sandbox:
        assert Caller(sandbox.url, clock).admin("GET", "settings")["audit_seconds"] == 7


def refreshed(shop: Caller, token: str) -> dict[str, Any]:
    """The auth host's answer."""
    query = {"app_key": APP_KEY, "app_secret": APP_SECRET, "grant_type": "refresh_token"}
    address = f"{shop.url}/auth/api/v2/token/refresh"
    answer = requests.get(address, params={**query, "refresh_token": token}, timeout=20)
    return dict(answer.json())


def test_tokens_that_were_given_are_good_after_a_restart_and_the_spent_ones_are_not(
    tmp_path: Path, clock: Clock
) -> None:
    with shop_of(tmp_path, clock) as shop:
        first = refreshed(shop, "TTP_sandbox_refresh")["data"]
        second = refreshed(shop, first["refresh_token"])["data"]
    with shop_of(tmp_path, clock) as shop:
        for given in (first, second):
            assert Caller(shop.url, clock, token=given["access_token"]).search().code == 0
        assert refreshed(shop, first["refresh_token"])["code"] == 36004001
        assert refreshed(shop, second["refresh_token"])["code"] == 0


def test_the_tokens_that_a_shop_starts_with_are_not_spent_at_the_next_start(
    tmp_path: Path, clock: Clock
) -> None:
    for _ in range(2):
        with shop_of(tmp_path, clock) as shop:
            assert refreshed(shop, "TTP_sandbox_refresh")["code"] == 0
            assert refreshed(shop, "TTP_sandbox_refresh")["code"] == 36004001


@pytest.mark.parametrize("away", [0, 60])
def test_an_audit_goes_on_by_the_clock_while_the_shop_is_away(
    tmp_path: Path, clock: Clock, away: float
) -> None:
    with shop_of(tmp_path, clock) as shop:
        product_id = shop.created()
        clock.pass_by(30)
    clock.pass_by(away)
    with shop_of(tmp_path, clock) as shop:
        assert shop.status(product_id)[0] == ("ACTIVATE" if away else "PENDING")
        clock.pass_by(30)
        assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_an_audit_that_was_judged_is_not_judged_again_by_later_settings(tmp_path: Path, clock: Clock) -> None:
    with shop_of(tmp_path, clock) as shop:
        product_id = shop.live()
        shop.admin("PUT", "settings", {"audits_pass": False})
    with shop_of(tmp_path, clock) as shop:
        assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_a_reset_is_kept_too(tmp_path: Path, clock: Clock) -> None:
    with shop_of(tmp_path, clock) as shop:
        shop.created(idempotency_key="once")
        shop.admin("PUT", "settings", {"audit_seconds": 5})
        shop.admin("POST", "reset")
    with shop_of(tmp_path, clock) as shop:
        assert (found(shop), shop.effects()) == (set(), [])
        assert shop.admin("GET", "settings")["audit_seconds"] == 60


def test_without_a_folder_all_ends_with_the_process(clock: Clock) -> None:
    with shop_of(None, clock) as shop:
        shop.created()
    with shop_of(None, clock) as shop:
        assert found(shop) == set()


def test_what_many_callers_were_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    answered: list[str] = []
    enough = threading.Event()
    with process_on(tmp_path) as (shop, process):

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
        for one in callers:
            one.start()
        assert enough.wait(30)
        process.send_signal(signal.SIGKILL)
        for one in callers:
            one.join(30)
    with process_on(tmp_path) as (shop, _):
        kept = {one["id"] for one in shop.admin("GET", "products")["products"]}
        assert set(answered) <= kept
        noted = {one["product_id"] for one in shop.effects() if one["code"] == 0}
        assert kept == noted


@pytest.mark.parametrize(
    "tear",
    [
        pytest.param(lambda whole: whole[:-1], id="the last byte is missing"),
        pytest.param(lambda whole: whole[:-3000], id="half a page is missing"),
        pytest.param(lambda whole: whole[:-100] + bytes(100), id="its end was never written"),
    ],
)
def test_a_torn_last_write_is_ignored(tmp_path: Path, tear: Callable[[bytes], bytes]) -> None:
    log = tmp_path / "tiktok.sqlite3-wal"
    with process_on(tmp_path) as (shop, _):
        whole = shop.created()
        torn = shop.created()
    log.write_bytes(tear(log.read_bytes()))
    with process_on(tmp_path) as (shop, _):
        assert found(shop) == {whole}
        assert shop.get(torn).code == 12019150
        again = shop.created()
    with process_on(tmp_path) as (shop, _):
        assert found(shop) == {whole, again}


def test_a_folder_in_use_stops_the_second_with_a_sentence(tmp_path: Path) -> None:
    with process_on(tmp_path), serving("--data", str(tmp_path)) as second:
        out, complaints = second.communicate(timeout=20)
    assert (second.returncode, out) == (2, "")
    assert complaints == (
        f"The data folder can't be used. {tmp_path} is in use by another sandbox: stop it, or choose another"
        " folder with --data.\n"
    )


def a_file(folder: Path) -> None:
    folder.write_text("")


def no_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiktok.sqlite3").write_text("Not a database, but long enough to be looked at. " * 100)


def a_strange_row(folder: Path) -> None:
    with closing(Database(folder)) as database:
        database.wait(database.put([("video", "[]", "{}")]))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (a_file, "exists"),
        (no_database, "not a database"),
        (a_strange_row, "Its video .* can't be understood"),
    ],
)
def test_an_unusable_folder_is_refused_with_a_sentence(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(tmp_path / "data")
    with pytest.raises(UnusableFolder, match=words), Sandbox(data=tmp_path / "data"):
        pass


def test_a_call_that_comes_after_the_end_is_not_answered(tmp_path: Path, clock: Clock) -> None:
    database = Database(tmp_path)
    world = World((Shop(),), Settings(60), clock, database)
    database.close()
    with pytest.raises(Closed):
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


class Told:
    """A world that is told what to do in single words; `number` names one of its products."""

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
        products = list(self.world.catalogue.products.values())
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
            wish = {"product_id": product.id, "price": "7.00", "quantity": number}
            with self.world.now() as now:
                return described(edit(self.world, control_requests.seller_edit(wish), now))
        return self.call(
            "DELETE" if step == "delete" else "POST", _moved(step), {"product_ids": [product.id]}
        )

    def call(self, method: str, path: str, body: object) -> tuple[int, object]:
        http, document = post(self.world, method, path, body)
        return http, document["data"]

    def holds(self) -> object:
        self.call("POST", SEARCH, {})
        products = self.world.catalogue.products.values()
        effects = self.world.effects.after(0)
        return [described(one) for one in products], [{**one, "request_id": ""} for one in effects]


def _moved(step: str) -> str:
    return PRODUCTS if step == "delete" else f"{PRODUCTS}/{step}"


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_a_shop_that_restarts_answers_as_one_that_never_stops(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        steady, restarted = Told(clock, None), Told(clock, Path(folder))
        for step, number in steps:
            if step == "pass_by":
                clock.pass_by(number * 25)
            else:
                assert restarted.do(step, number) == steady.do(step, number)
        restarted.restart()
        assert restarted.holds() == steady.holds()
        restarted.restart()
        assert restarted.holds() == steady.holds()
