"""A catalog in memory, on which acts are carried out one after another, a second apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.magento.acts import rest
from sandbox.magento.acts.act import Act, Change
from sandbox.magento.catalog import product_rows
from sandbox.magento.catalog.product import Product
from sandbox.magento.database import SCHEMA
from sandbox.magento.events.event import Event, Fired

MUG: Mapping[str, object] = {
    "name": "Camp mug",
    "price": 29.5,
    "description": "<p>A mug.</p>",
    "weight": 0.3,
    "attribute_set_id": 9,
    "category_ids": [3],
    "color": "Red",
    "size": "M",
    "qty": 18,
}
"""A product without images, as an ERP creates it."""


class Catalog:
    """An empty catalog; `do` carries out an act and returns its events."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.row_factory = sqlite3.Row
        self.connection.executescript(SCHEMA)
        self._time = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)

    def change(self, act: Act) -> Change:
        """Carry out the act."""
        self._time += timedelta(seconds=1)
        return act(self.connection, self._time.strftime("%Y-%m-%d %H:%M:%S"))

    def do(self, *acts: Act) -> list[Fired]:
        """Carry out the acts, and return the events of the last one."""
        return [list(self.change(act).fired) for act in acts][-1]

    def product(self, sku: str) -> Product:
        """Return the product."""
        return product_rows.find(self.connection, sku)

    def with_mug(self, sku: str = "MUG-3", /, **changes: object) -> Catalog:
        """Create a mug by REST."""
        self.do(rest.create(sku, {**MUG, **changes}))
        return self


def names(events: list[Fired]) -> list[str]:
    """Return the names of the events, in order."""
    return [fired.event.value for fired in events]


def body(events: list[Fired], event: Event) -> Mapping[str, Any]:
    """Return the body of the last event with this name."""
    return [fired.body for fired in events if fired.event is event][-1]
