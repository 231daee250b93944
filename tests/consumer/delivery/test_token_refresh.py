"""Token refresh: done once, however many find the tokens refused; stored before use; and refused refreshes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from consumer.delivery import token_refresh as room
from consumer.delivery.dispatcher import Delivery
from consumer.delivery.token_refresh import CLAIM, TOO_SOON, Authorization
from records.db.database import Database
from records.log.activity import ActivityRow
from records.log.tables import activity as activity_table
from records.log.tables import feeds as feeds_table
from records.rules import shops, tokens
from records.rules.tokens import StoredTokens
from schemas.secret import Secret
from schemas.shop import Shop
from tests.consumer.auth_host import NEW, OLD, REFUSED, given, slowly
from tests.consumer.engine import SKU, Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually
from tests.tiktok.answering import AnsweringTikTok, Reply, answering, failure, hang_up
from tiktok.client.errors import NotAuthorized, Transient
from tiktok.client.exchange import Exchange
from tiktok.client.tokens import RefreshRefused

pytestmark = pytest.mark.both_databases

WEEK = timedelta(days=7)


class World:
    """A stored shop, and an authorization host with scripted answers."""

    def __init__(self, engine: Engine, auth: AnsweringTikTok) -> None:
        self.engine, self.auth = engine, auth
        self.shop: Shop = connected_to(
            "http://127.0.0.1:9",
            access_token=OLD,
            refresh_token=Secret("TTP_old_refresh"),
            auth_url=auth.url,
        )
        engine.connect(self.shop)

    def authorization(self, database: Database | None = None, **value: Any) -> Authorization:
        """Return a new `Authorization`, as another process would have it."""
        return Authorization(
            database or self.engine.database, self.engine.box, clock=self.engine.clock, **value
        )

    def stored(self) -> StoredTokens:
        with self.engine.database.read() as connection:
            return tokens.load(connection, "demo", self.engine.box)

    def activity(self) -> list[ActivityRow]:
        with self.engine.database.read() as connection:
            rows = connection.execute(select(activity_table).order_by(activity_table.c.id)).mappings()
            return [ActivityRow(**{k: v for k, v in row.items() if k != "id"}) for row in rows]

    def feed(self) -> list[Any]:
        with self.engine.database.read() as connection:
            return list(connection.execute(select(feeds_table)).all())


@pytest.fixture
def world(engine: Engine) -> Iterator[Callable[..., World]]:
    opened = []

    def open_(*replies: Reply) -> World:
        context = answering(*replies)
        opened.append(context)
        return World(engine, context.__enter__())

    yield open_
    for context in opened:
        context.__exit__(None, None, None)


def test_a_refused_token_is_renewed_and_written_down(world: Callable[..., World]) -> None:
    here = world(given())
    assert here.authorization().renew(here.shop, OLD) == NEW
    value = here.stored().pair
    assert (value.access_token, value.refresh_token) == (NEW, Secret("TTP_new_refresh"))
    assert value.access_until is not None and value.given_at is not None
    assert timedelta(days=6) < value.access_until - value.given_at <= WEEK


@pytest.mark.parametrize("processes", [1, 3])
def test_many_who_find_it_refused_at_once_refresh_it_once(
    world: Callable[..., World], processes: int
) -> None:
    here = world(slowly(given()), REFUSED)
    opened = [Database(here.engine.database.url) for _ in range(processes)]
    authorizations = [here.authorization(database) for database in opened]
    with ThreadPoolExecutor(9) as threads:
        got = list(threads.map(lambda n: authorizations[n % processes].renew(here.shop, OLD), range(9)))
    assert (set(got), len(here.auth.requests)) == ({NEW}, 1)
    for database in opened:
        database.close()


def test_who_finds_newer_tokens_in_the_row_uses_those(world: Callable[..., World]) -> None:
    here = world(given(), REFUSED)
    here.authorization().renew(here.shop, OLD)
    assert here.authorization().renew(here.shop, OLD) == NEW
    assert len(here.auth.requests) == 1


def test_no_transaction_is_open_during_the_call_to_tiktok(world: Callable[..., World]) -> None:
    here = world(slowly(given(), 1.0))
    with ThreadPoolExecutor(1) as thread:
        renewing = thread.submit(here.authorization().renew, here.shop, OLD)
        eventually(lambda: here.auth.requests)
        other = Database(here.engine.database.url)
        with other.write() as connection:
            shops.stop(connection, "demo", "written meanwhile", now=here.engine.clock())
        assert not renewing.done()
        other.close()
        assert renewing.result(10) == NEW


def test_a_refused_refresh_is_reported_and_not_repeated(world: Callable[..., World]) -> None:
    here = world(REFUSED, given())
    for _ in range(3):
        with pytest.raises(RefreshRefused) as opened:
            here.authorization().renew(here.shop, OLD)
        assert opened.value.hint is not None and "Authorize the shop again" in opened.value.hint
    assert len(here.auth.requests) == 1
    (row,) = here.activity()
    assert (row.level, row.reason, row.shop) == ("error", "authorization_ended", "demo")
    assert "Authorize the shop again" in row.message


def test_tokens_that_a_person_gives_after_a_refusal_are_renewed_as_any(world: Callable[..., World]) -> None:
    here = world(REFUSED, given())
    with pytest.raises(RefreshRefused):
        here.authorization().renew(here.shop, OLD)
    fresh = replace(here.shop.tiktok, access_token=Secret("TTP_b"), refresh_token=Secret("TTP_b_refresh"))
    here.engine.connect(replace(here.shop, tiktok=fresh))
    assert here.authorization().renew(here.shop, OLD) == Secret("TTP_b")
    assert here.authorization().renew(here.shop, Secret("TTP_b")) == NEW


@pytest.mark.parametrize("reply", [hang_up, failure(36009003, "Internal error", 500)])
def test_a_refresh_may_be_repeated_at_once_after_a_failure_of_the_auth_host(
    world: Callable[..., World], reply: Reply
) -> None:
    here = world(reply, given())
    authorization = here.authorization()
    with pytest.raises(Transient):
        authorization.renew(here.shop, OLD)
    assert here.stored().refused is None
    assert authorization.renew(here.shop, OLD) == NEW


def test_new_tokens_that_are_refused_too_are_not_renewed_in_a_loop(world: Callable[..., World]) -> None:
    here = world(given(), given("newer"))
    here.engine.clock.stand_still()
    authorization = here.authorization()
    authorization.renew(here.shop, OLD)
    with pytest.raises(NotAuthorized):
        authorization.renew(here.shop, NEW)
    assert len(here.auth.requests) == 1
    here.engine.clock.pass_by(TOO_SOON.total_seconds())
    assert authorization.renew(here.shop, NEW) == Secret("TTP_newer_access")


class TestACrash:
    """A process died during a refresh."""

    def claimed(self, here: World) -> None:
        here.engine.clock.stand_still()
        with here.engine.database.write() as connection:
            until = here.engine.clock() + CLAIM
            tokens.claim(connection, ["demo"], owner="the dead one", until=until)

    def test_no_one_spends_the_refresh_token_while_its_turn_runs(
        self, world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(room, "CLAIM", timedelta(seconds=0.1))
        monkeypatch.setattr(room, "LOOK_SECONDS", 0.02)
        here = world(given())
        self.claimed(here)
        with pytest.raises(Transient):
            here.authorization().renew(here.shop, OLD)
        assert here.auth.requests == []

    def test_afterwards_the_old_refresh_token_is_tried(self, world: Callable[..., World]) -> None:
        here = world(given())
        self.claimed(here)
        here.engine.clock.pass_by(CLAIM.total_seconds())
        assert here.authorization().renew(here.shop, OLD) == NEW

    def test_and_where_it_was_spent_the_shop_needs_a_person(self, world: Callable[..., World]) -> None:
        here = world(REFUSED)
        self.claimed(here)
        here.engine.clock.pass_by(CLAIM.total_seconds())
        with pytest.raises(RefreshRefused):
            here.authorization().renew(here.shop, OLD)
        assert here.stored().refused is not None


@contextmanager
def away(database: Database, monkeypatch: pytest.MonkeyPatch, times: int) -> Iterator[list[int]]:
    """Make the next writes find the database locked."""
    from sqlalchemy.exc import OperationalError

    left, write = [times], database.write

    def locked() -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))
        return write()

    with monkeypatch.context() as patch:
        patch.setattr(database, "write", locked)
        yield left


def test_a_pair_that_cant_be_written_down_at_once_is_kept_until_it_can(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AWAY_SECONDS", 0.01)
    here = world(slowly(given()))
    with ThreadPoolExecutor(1) as thread:
        renewing = thread.submit(here.authorization().renew, here.shop, OLD)
        eventually(lambda: here.auth.requests)
        with away(here.engine.database, monkeypatch, 3) as left:
            assert renewing.result(10) == NEW
    assert (left, here.stored().pair.access_token) == ([0], NEW)


class TestAStop:
    def test_a_turn_of_another_process_is_not_waited_for(self, world: Callable[..., World]) -> None:
        here = world(given())
        TestACrash().claimed(here)
        authorization = here.authorization()
        with ThreadPoolExecutor(1) as thread:
            renewing = thread.submit(authorization.renew, here.shop, OLD)
            authorization.stop()
            with pytest.raises(Transient):
                renewing.result(2)

    def test_a_database_that_stays_away_is_not_waited_for_longer_than_a_stop_may_take(
        self, world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(room, "AWAY_SECONDS", 0.01)
        monkeypatch.setattr(room, "STOP_SECONDS", 0.1)
        here = world(slowly(given()))
        authorization = here.authorization()
        with ThreadPoolExecutor(1) as thread:
            renewing = thread.submit(authorization.renew, here.shop, OLD)
            eventually(lambda: here.auth.requests)
            with away(here.engine.database, monkeypatch, 10**6):
                authorization.stop()
                with pytest.raises(Transient):
                    renewing.result(5)


def test_a_database_that_is_away_before_the_call_is_no_reason_to_spend_the_token(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world(given())
    with away(here.engine.database, monkeypatch, 1), pytest.raises(Transient):
        here.authorization().renew(here.shop, OLD)
    assert here.auth.requests == []


class TestAheadOfNeed:
    def look_after(self, here: World, passed: timedelta) -> None:
        authorization = here.authorization()
        authorization.renew(here.shop, OLD)
        here.engine.clock.pass_by(passed.total_seconds())
        authorization.look_ahead()

    @pytest.mark.parametrize(("part", "refreshes"), [(0.79, 1), (0.81, 2)])
    def test_a_pair_is_renewed_after_four_fifths_of_its_life(
        self, world: Callable[..., World], part: float, refreshes: int
    ) -> None:
        here = world(given(), given("newer"))
        self.look_after(here, WEEK * part)
        assert len(here.auth.requests) == refreshes

    def test_a_refusal_is_logged_and_requested_once(self, world: Callable[..., World]) -> None:
        here = world(given(), REFUSED)
        self.look_after(here, WEEK * 0.9)
        here.authorization().look_ahead()
        assert len(here.auth.requests) == 2
        assert [row.reason for row in here.activity()] == ["authorization_ended"]
        assert here.stored().pair.access_token == NEW

    def test_tokens_of_which_no_end_is_known_are_left(self, world: Callable[..., World]) -> None:
        here = world(given())
        here.engine.clock.pass_by(WEEK.total_seconds() * 9)
        here.authorization().look_ahead()
        assert here.auth.requests == []

    def test_the_seconds_that_are_left_of_an_authorization_are_shown(
        self, world: Callable[..., World]
    ) -> None:
        here = world(given())
        authorization = here.authorization()
        assert authorization.seconds_left() == {}
        authorization.renew(here.shop, OLD)
        assert 364 * 86_400 < authorization.seconds_left()["demo"] <= 365 * 86_400


@pytest.mark.parametrize("feed_log", [True, False])
def test_a_refresh_is_in_the_feed_without_a_secret(
    world: Callable[..., World], capsys: pytest.CaptureFixture[str], feed_log: bool
) -> None:
    here = world(given())
    here.engine.policy(feed_log=feed_log)
    exchanges: list[Exchange] = []
    here.authorization(exchanged=exchanges.append).renew(here.shop, OLD)
    assert [row.operation for row in here.feed()] == (["refresh_token"] if feed_log else [])
    shown = f"{here.feed()} {exchanges} {here.activity()} {capsys.readouterr()}"
    assert "TTP_" not in shown and "sandbox-app-secret" not in shown


class TestInDelivery:
    """Token refresh during delivery, on a strict TikTok."""

    def test_an_expired_token_costs_one_refresh_and_no_save(
        self, sold: Engine, tiktok: SellerCenter, deliver: Callable[..., Delivery]
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(8)]
        tiktok.fault("search", "token_expired")
        for sku in skus:
            sold.save(sku)
        deliver(calls_in_flight=8)
        eventually(lambda: all(sold.pending(sku) is None for sku in skus))
        assert sold.counts() == {"applied": len(skus)}
        with sold.database.read() as connection:
            query = select(feeds_table.c.operation).where(feeds_table.c.operation == "refresh_token")
            assert len(connection.execute(query).all()) == 1

    def test_a_withdrawn_consent_stops_the_shop_until_a_person_mends_it(
        self, sold: Engine, tiktok: SellerCenter, deliver: Callable[..., Delivery]
    ) -> None:
        tiktok.fault("search", "token_revoked")
        sold.clock.stand_still()
        event = sold.save()
        delivery = deliver()
        eventually(delivery.stopped_shops)
        eventually(lambda: self.stopped(sold))
        assert "Authorize the shop again" in delivery.stopped_shops()["demo"]
        assert (delivery.shops(), sold.end(event)) == ({"demo": True}, None)
        sold.connect(connected_to(tiktok.url, **consented(tiktok.url)))
        sold.clock.pass_by(61)
        delivery.wake()
        eventually(lambda: sold.end(event) == "applied")
        eventually(lambda: not self.stopped(sold))
        assert delivery.shops() == {"demo": False}
        with sold.database.read() as connection:
            query = select(activity_table.c.reason).where(activity_table.c.kind == "note")
            assert list(connection.execute(query).scalars()) == [
                "authorization_ended",
                "shop_stopped",
                "shop_goes_on",
            ]

    def stopped(self, engine: Engine) -> bool:
        with engine.database.read() as connection:
            return "demo" in shops.stopped(connection)

    def test_a_shop_that_stood_still_is_known_to_the_next_process(
        self, sold: Engine, tiktok: SellerCenter, deliver: Callable[..., Delivery]
    ) -> None:
        with sold.database.write() as connection:
            shops.stop(connection, "demo", "Authorize it again.", now=sold.clock())
        sold.save()
        deliver()
        eventually(lambda: sold.pending() is None)
        eventually(lambda: not self.stopped(sold))
        assert tiktok.writes() == ["create"]
        assert sold.listing(SKU).tiktok_product_id is not None


def consented(url: str) -> dict[str, Any]:
    """Return the pair of tokens that the seller's consent issues."""
    code = requests.post(f"{url}/_sandbox/consent", json={"shop": "GCP_sandbox_demo"}, timeout=20)
    query = {
        "app_key": "sandboxapp",
        "app_secret": "sandbox-app-secret-0123456789",
        "auth_code": code.json()["code"],
        "grant_type": "authorized_code",
    }
    data = requests.get(f"{url}/auth/api/v2/token/get", params=query, timeout=20).json()["data"]
    return {name: Secret(data[name]) for name in ("access_token", "refresh_token")}
