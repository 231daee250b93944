"""Several shops of one seller authorization hold one token pair: it is renewed once, for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from consumer.delivery.dispatcher import Delivery
from consumer.delivery.token_refresh import Authorization
from records.db.database import Database
from records.log.tables import activity as activity_table
from records.log.tables import feeds as feeds_table
from records.rules import tokens
from records.rules.tokens import StoredTokens
from sandbox.tiktok import Sandbox
from sandbox.tiktok import Shop as TikTokApp
from schemas.secret import Secret
from schemas.shop import Shop
from tests.consumer.auth_host import NEW, OLD, REFUSED, given, slowly
from tests.consumer.engine import Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually
from tests.tiktok.answering import Reply, answering, hang_up
from tiktok.client.errors import Transient
from tiktok.client.tokens import RefreshRefused

pytestmark = pytest.mark.both_databases

OTHER_CIPHER = "GCP_second"


@pytest.fixture
def tiktok() -> Iterator[SellerCenter]:
    """A strict TikTok with two shops of one seller: one authorization, one token pair."""
    shops = (TikTokApp(), TikTokApp(shop_cipher=OTHER_CIPHER, id="7000714532876273421"))
    with Sandbox(audit_seconds=0.1, shops=shops) as sandbox:
        yield SellerCenter(sandbox.url)


def stored(engine: Engine, key: str) -> StoredTokens:
    with engine.database.read() as connection:
        return tokens.load(connection, key, engine.box)


def refreshes(engine: Engine) -> int:
    with engine.database.read() as connection:
        query = select(feeds_table.c.id).where(feeds_table.c.operation == "refresh_token")
        return len(connection.execute(query).all())


def test_two_consumers_renew_an_expired_pair_once_and_both_shops_go_on(
    engine: Engine, tiktok: SellerCenter, deliver: Callable[..., Delivery]
) -> None:
    engine.connect(connected_to(tiktok.url))
    engine.connect(connected_to(tiktok.url, "second", shop_cipher=OTHER_CIPHER))
    tiktok.fault("search", "token_expired")
    events = [(engine.save(shop=key), key) for key in ("demo", "second")]
    consumers = [Database(engine.database.url) for _ in range(2)]
    deliveries = [deliver(database) for database in consumers]
    eventually(lambda: all(engine.end(event, key) == "applied" for event, key in events))
    assert [delivery.stopped_shops() for delivery in deliveries] == [{}, {}]
    assert stored(engine, "demo") == stored(engine, "second")
    assert stored(engine, "demo").pair.access_token != Secret("TTP_sandbox_access")
    assert refreshes(engine) == 1
    for delivery, database in zip(deliveries, consumers, strict=True):
        delivery.stop()
        database.close()


class Seller:
    """Two shops that hold one pair, a third of another app with the same texts, and a scripted auth host."""

    def __init__(self, engine: Engine, auth_url: str) -> None:
        self.engine = engine
        self.shops: dict[str, Shop] = {
            key: connected_to(
                "http://127.0.0.1:9",
                key,
                app_key=app,
                access_token=OLD,
                refresh_token=Secret("TTP_old_refresh"),
                shop_cipher=f"GCP_{key}",
                auth_url=auth_url,
            )
            for key, app in (("demo", "sandboxapp"), ("second", "sandboxapp"), ("stranger", "otherapp"))
        }
        for shop in self.shops.values():
            engine.connect(shop)

    def authorization(self) -> Authorization:
        return Authorization(self.engine.database, self.engine.box, clock=self.engine.clock)

    def access(self) -> dict[str, Secret]:
        return {key: stored(self.engine, key).pair.access_token for key in self.shops}


@pytest.fixture
def seller(engine: Engine) -> Iterator[Callable[..., Seller]]:
    opened = []

    def open_(*replies: Reply) -> Seller:
        context = answering(*replies)
        opened.append(context)
        return Seller(engine, context.__enter__().url)

    yield open_
    for context in opened:
        context.__exit__(None, None, None)


def test_the_pair_is_stored_for_every_shop_that_holds_it(seller: Callable[..., Seller]) -> None:
    here = seller(given(), REFUSED)
    authorization = here.authorization()
    assert authorization.renew(here.shops["demo"], OLD) == NEW
    assert here.access() == {"demo": NEW, "second": NEW, "stranger": OLD}
    assert authorization.renew(here.shops["second"], OLD) == NEW


def test_a_refusal_stands_at_every_shop_and_is_reported_for_each(
    engine: Engine, seller: Callable[..., Seller]
) -> None:
    here = seller(REFUSED)
    for key in ("demo", "second"):
        with pytest.raises(RefreshRefused):
            here.authorization().renew(here.shops[key], OLD)
    assert stored(engine, "stranger").refused is None
    with engine.database.read() as connection:
        rows = connection.execute(select(activity_table.c.shop, activity_table.c.reason)).all()
    assert sorted(map(tuple, rows)) == [
        ("demo", "authorization_ended"),
        ("second", "authorization_ended"),
    ]


def test_while_one_shop_renews_the_pair_the_others_wait_for_it(
    seller: Callable[..., Seller],
) -> None:
    here = seller(slowly(given()), REFUSED)
    with ThreadPoolExecutor(2) as threads:
        got = threads.map(lambda key: here.authorization().renew(here.shops[key], OLD), ("demo", "second"))
        assert list(got) == [NEW, NEW]


def test_a_failure_of_the_auth_host_frees_the_pair_at_every_shop(seller: Callable[..., Seller]) -> None:
    here = seller(hang_up, given())
    with pytest.raises(Transient):
        here.authorization().renew(here.shops["demo"], OLD)
    assert here.authorization().renew(here.shops["second"], OLD) == NEW


def test_a_renewal_ahead_of_need_is_made_once(engine: Engine, seller: Callable[..., Seller]) -> None:
    here = seller(given(now=engine.clock()), given("newer"), REFUSED)
    here.authorization().renew(here.shops["demo"], OLD)
    engine.clock.pass_by(6.5 * 86_400)
    here.authorization().look_ahead()
    newer = Secret("TTP_newer_access")
    assert here.access() == {"demo": newer, "second": newer, "stranger": OLD}


def test_a_shop_that_joined_during_the_renewal_gets_the_new_pair(
    engine: Engine, seller: Callable[..., Seller]
) -> None:
    here = seller(slowly(given(), 1.0))
    with ThreadPoolExecutor(1) as thread:
        renewing = thread.submit(here.authorization().renew, here.shops["demo"], OLD)
        eventually(lambda: stored(engine, "demo").renewing_until)
        engine.connect(replace(here.shops["second"], key="third"))
        assert renewing.result(10) == NEW
    assert stored(engine, "third").pair.access_token == NEW
