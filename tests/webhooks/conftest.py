"""The door with one shop, a publisher that remembers, and the time at noon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask

from tests.records.examples import SIGNATURES
from tests.webhooks.examples import HMAC_HEADER, NOW, SHOP, RememberingPublisher, Shops, with_connection
from topics.producer import Publisher, Topics
from webhooks.app import create_app
from webhooks.receive import Door
from webhooks.shop_cache import KnownShops


@dataclass
class House:
    """The app and what stands around it."""

    kafka: RememberingPublisher
    database: Shops
    shops: KnownShops
    publisher: Publisher | None = None
    faults: dict[str, str | None] = field(default_factory=lambda: {"kafka": None, "database": None})

    def app(self) -> Flask:
        """The app."""
        probes = {name: (lambda name=name: self.faults[name]) for name in self.faults}
        return create_app(
            Door(
                self.shops,
                self.publisher or self.kafka,
                Topics("events", "events.dlq", SIGNATURES),
                probes,
                lambda: NOW,
            )
        )


@pytest.fixture
def house() -> Iterator[House]:
    """A house with the shop `demo`, and `magic` that signs in a header of its own."""
    magic = with_connection(HMAC_HEADER)
    database = Shops(SHOP)
    database.held = {"demo": SHOP, "magic": magic}
    shops = KnownShops(database.load)
    yield House(RememberingPublisher(), database, shops)
    shops.close()
