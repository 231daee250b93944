"""An endpoint with two shops, a publisher that records what it publishes, and a fixed clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask

from tests.records.examples import SIGNATURES
from tests.webhooks.examples import HMAC_HEADER, NOW, SHOP, RecordingPublisher, ShopTable, with_connection
from topics.producer import Publisher, Topics
from webhooks.app import create_app
from webhooks.receive import Endpoint
from webhooks.shop_cache import ShopCache


@dataclass
class ExampleEndpoint:
    """The app with replaceable parts: Kafka, the database, the publisher and the probes."""

    kafka: RecordingPublisher
    database: ShopTable
    shops: ShopCache
    publisher: Publisher | None = None
    faults: dict[str, str | None] = field(default_factory=lambda: {"kafka": None, "database": None})

    def app(self) -> Flask:
        """Return the app."""
        probes = {name: (lambda name=name: self.faults[name]) for name in self.faults}
        return create_app(
            Endpoint(
                self.shops,
                self.publisher or self.kafka,
                Topics("events", "events.dlq", SIGNATURES),
                probes,
                lambda: NOW,
            )
        )


@pytest.fixture
def endpoint() -> Iterator[ExampleEndpoint]:
    """An endpoint with the shops `demo` (Standard Webhooks) and `magic` (HMAC in a header of its own)."""
    magic = with_connection(HMAC_HEADER)
    database = ShopTable(SHOP)
    database.stored = {"demo": SHOP, "magic": magic}
    shops = ShopCache(database.load)
    yield ExampleEndpoint(RecordingPublisher(), database, shops)
    shops.stop()
