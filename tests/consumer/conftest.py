"""Fixtures: an engine on a copy of a migrated database file, and a TikTok sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from consumer.delivery import dispatcher as delivery_room
from consumer.delivery.dispatcher import Delivery
from records.db.database import Database
from sandbox.tiktok import Sandbox
from sandbox.tiktok import Shop as TikTokApp
from tests.consumer.deliveries import Case, Deliver, gone
from tests.consumer.engine import Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually


@pytest.fixture
def engine(database: Database) -> Engine:
    """An engine with one shop, every switch on, and one template. TikTok is not called."""
    made = Engine(database)
    made.connect()
    made.policy()
    made.template()
    return made


SECOND = TikTokApp(shop_cipher="GCP_second", id="7000714532876273421", access_token="TTP_second")


@pytest.fixture
def tiktok() -> Iterator[SellerCenter]:
    """A strict TikTok with two shops, where an audit takes a tenth of a second."""
    with Sandbox(audit_seconds=0.1, shops=(TikTokApp(), SECOND)) as sandbox:
        yield SellerCenter(sandbox.url)


@pytest.fixture
def sold(engine: Engine, tiktok: SellerCenter) -> Engine:
    """The engine, with its shop connected to the sandbox."""
    engine.connect(connected_to(tiktok.url))
    return engine


@pytest.fixture
def deliver(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Delivery]]:
    """Return a function that starts a delivery with a short poll interval. Each is stopped after the test."""
    monkeypatch.setattr(delivery_room, "LOOK_SECONDS", 0.02)
    started: list[Delivery] = []

    def start(database: Database | None = None, **settings: Any) -> Delivery:
        usual: dict[str, Any] = {
            "calls_in_flight": 4,
            "calls_per_second": 0,
            "audit_look": timedelta(milliseconds=50),
            "clock": engine.clock,
        }
        delivery = Delivery(database or engine.database, engine.box, **{**usual, **settings})
        delivery.start()
        started.append(delivery)
        return delivery

    yield start
    for delivery in started:
        delivery.stop()
        assert delivery.broken is None


@pytest.fixture
def live(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Engine:
    """An engine whose shirt is live, without a running delivery."""
    sold.save()
    delivery = deliver()
    eventually(gone(sold))
    assert delivery.stop()
    return sold


@pytest.fixture
def case(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Case:
    return Case(sold, tiktok, deliver())


@pytest.fixture
def listed(case: Case) -> Case:
    """A case whose shirt is live on TikTok."""
    case.save()
    assert case.status() == "ACTIVATE"
    return case
