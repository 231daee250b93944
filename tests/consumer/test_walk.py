"""The walk of one save: the stations that docs/architecture.md lists, followed while one real save passes them."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

import orjson

from sandbox.kafka import Broker
from tests.consumer.deliveries import Deliver
from tests.consumer.engine import SHIRT, SKU, Engine
from tests.consumer.seller_center import SellerCenter, eventually
from tests.records.examples import SIGNATURES
from tests.webhooks.examples import SHOP, signed
from topics.admin import ensure, reaching
from topics.event_consumer import KafkaProductEvents, Record
from topics.producer import KafkaPublisher, Topics
from webhooks.app import create_app
from webhooks.receive import Endpoint
from webhooks.shop_cache import ShopCache

ARCHITECTURE: Final = Path(__file__).parents[2] / "docs" / "architecture.md"
STATIONS: Final = tuple(
    name.replace("/", ".")
    for name in re.findall(
        r"^\| \d+ \| `([a-z_]+/[a-z_/]+)` \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE
    )
)
DRIVERS: Final = frozenset(
    {
        "webhooks.receive",
        "consumer.intake.intake",
        "consumer.delivery.dispatcher",
        "consumer.delivery.sync_listing",
    }
)
"""Control may return to these: each drives its half, and is called back."""
ASKED_TWICE: Final = "policies.rules"
"""Delivery evaluates a product's standing again under its lease; both halves use the same pure table."""


class Walk:
    """Records the order in which stations are entered, and which station calls which."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.calls: set[tuple[str, str]] = set()

    def look(self, frame: FrameType, event: str, _: Any) -> None:
        """Record each call of a function of a station. This is a profile function."""
        if event != "call" or (station := station_of(frame)) is None:
            return
        if station not in self.entered:
            self.entered.append(station)
        caller = frame.f_back
        while caller is not None and station_of(caller) is None:
            caller = caller.f_back
        if caller is not None and (before := station_of(caller)) not in (None, station):
            self.calls.add((str(before), station))


def station_of(frame: FrameType) -> str | None:
    """Return the station of this function; None for values and properties, which every module uses."""
    module, code = str(frame.f_globals.get("__name__")), frame.f_code
    if module not in STATIONS or code.co_name.startswith("__"):
        return None
    found: Any = sys.modules[module]
    for part in code.co_qualname.split("."):
        found = vars(found).get(part) if isinstance(found, type) or found is sys.modules[module] else None
    return None if isinstance(found, property) else module


@contextmanager
def followed() -> Iterator[Walk]:
    """Follow this thread, and every thread that starts from now on."""
    walk = Walk()
    threading.setprofile(walk.look)
    sys.setprofile(walk.look)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_the_walk_has_at_most_sixteen_stations_and_each_is_one_module() -> None:
    assert 0 < len(STATIONS) <= 16
    assert all(
        Path(ARCHITECTURE.parents[1], *name.split(".")).with_suffix(".py").is_file() for name in STATIONS
    )


def test_one_real_save_passes_the_stations_in_their_order_and_control_goes_forward(
    broker: Broker, topic_prefix: str, sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    connection = {"bootstrap_servers": [broker.bootstrap_servers]}
    names = (f"{topic_prefix}walk", f"{topic_prefix}walk.dlq")
    with reaching(connection) as admin:
        ensure(admin, list(names), partitions=1)
    with followed() as walk:
        shops = ShopCache(lambda: {"demo": SHOP})
        publisher = KafkaPublisher(connection)
        endpoint = Endpoint(shops, publisher, Topics(*names, SIGNATURES), {}, lambda: datetime.now(UTC))
        document = {"event": "product.saved", "product": {"entity_id": 1, "sku": SKU, **SHIRT}}
        raw = orjson.dumps(document)
        headers = {**signed(raw, sent=datetime.now(UTC)), "content-type": "application/json"}
        answer = create_app(endpoint).test_client().post("/webhooks/magento/demo", data=raw, headers=headers)
        assert answer.status_code == 202, answer.data
        topic = KafkaProductEvents(names[0], group_id=f"{topic_prefix}walk", connection=connection)
        records: list[Record] = []

        def arrived() -> bool:
            records.extend(topic.poll(0.1))
            return bool(records)

        eventually(arrived)
        sold.intake.take(records)
        topic.commit(records)
        delivery = deliver()
        eventually(lambda: sold.pending(SKU) is None)
        delivery.stop()
        topic.close()
        shops.stop()
    assert tiktok.product()["status"] == "ACTIVATE"
    assert tuple(walk.entered) == STATIONS
    backward = {
        (caller, callee)
        for caller, callee in walk.calls
        if STATIONS.index(callee) < STATIONS.index(caller) and callee not in {*DRIVERS, ASKED_TWICE}
    }
    assert backward == set()
