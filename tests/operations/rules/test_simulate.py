"""Comparing two sets of rules on recorded events: each event counts once, and memory depends on the products alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import cast

import pytest

from operations.rules import simulate
from operations.rules.seen_events import SeenEvents
from operations.rules.simulate import Comparison, compare
from policies.rulebook import Rulebook
from records.db.database import Database
from schemas.event_signature import EventSignatures
from schemas.product_event import ProductEvent, to_record
from schemas.secret import Secret
from sync.simulation import Simulation
from tests.policies.examples import NOON, SHIRT, policy, saved, template
from tests.records.examples import SHOP
from topics.event_consumer import Record
from topics.replay_reader import RecordedEvents

SIGNATURES = EventSignatures([Secret("simulate-0123456789-abcdefghijklmnopqrstuv")])
RULEBOOK = Rulebook(SHOP, policy(), (template(),))


class Topic:
    """Return a topic with these events, in batches of ten."""

    def __init__(self, events: Sequence[ProductEvent]) -> None:
        self.total = len(events)
        self._records = [
            Record("magento.product.events", 0, offset, 0, key, value, tuple(headers))
            for offset, (key, value, headers) in enumerate(to_record(event, SIGNATURES) for event in events)
        ]

    def batches(self) -> Iterator[Sequence[Record]]:
        for first in range(0, self.total, 10):
            yield self._records[first : first + 10]


def saves(products: int, of_each: int) -> list[ProductEvent]:
    """Return `of_each` saves of each of the products, each save with a different color."""
    return [
        saved(
            number,
            id=f"{number}-{product}",
            sku=f"SHIRT-{product}",
            entity_id=str(100 + product),
            attributes={**SHIRT, "sku": f"SHIRT-{product}", "color": f"color {number} of {product}"},
        )
        for number in range(of_each)
        for product in range(products)
    ]


def compared(events: Sequence[ProductEvent], database: Database) -> Comparison:
    def simulation() -> Simulation:
        return Simulation({SHOP.key: RULEBOOK}.__getitem__, NOON, read_delay=timedelta(seconds=2))

    comparison = Comparison(simulation(), simulation(), frozenset({SHOP.key}), SIGNATURES)
    assert compare(cast(RecordedEvents, Topic(events)), database, comparison, lambda _read, _total: True)
    return comparison


def retained(*roots: object) -> int:
    """Count the objects that are reachable from these, except code."""
    seen: dict[int, object] = {}
    left = list(roots)
    while left:
        found = left.pop()
        if id(found) not in seen and not isinstance(
            found, type | ModuleType | FunctionType | BuiltinFunctionType
        ):
            seen[id(found)] = found
            left.extend(gc.get_referents(found))
    return len(seen)


def test_an_event_that_is_recorded_twice_counts_once(sqlite: Database) -> None:
    events = saves(products=2, of_each=3)
    comparison = compared([*events, *events], sqlite)
    assert (comparison.events, dict(comparison.left_out)) == (6, {"duplicates": 6})


def test_memory_grows_with_the_products_and_not_with_the_events(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[SeenEvents] = []

    def opens() -> SeenEvents:
        opened.append(SeenEvents())
        return opened[-1]

    monkeypatch.setattr(simulate, "SeenEvents", opens)

    def retained_after(products: int, of_each: int) -> int:
        comparison = compared(saves(products, of_each), sqlite)
        assert comparison.events == products * of_each
        return retained(comparison, opened.pop())

    few = retained_after(products=5, of_each=4)
    # The same products ten times as often: the few objects of difference are shared or small values.
    assert retained_after(products=5, of_each=40) < 1.2 * few
    assert retained_after(products=50, of_each=4) > 5 * few
