"""A simulation: recorded events decided under the rules in force and under a draft. TikTok is not called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from operations.rules.apply import declared
from operations.rules.call_duration import at_pace
from operations.rules.seen_events import SeenEvents
from policies.rulebook import Rulebooks
from records.catalog import listings, products
from records.catalog.products import ProductKey
from records.db.database import Database
from schemas.apply_file import Declaration
from schemas.event_signature import EventSignatures, UnverifiedEvent
from schemas.product_event import ProductEvent, UnreadableEvent, from_record
from sync.simulation import SimulatedProduct, Simulation, StoredProduct, Tally
from topics.errors import Refused
from topics.event_consumer import Record
from topics.replay_reader import RecordedEvents

SHOWN: Final = 20
"""Examples of products with a different result."""


@dataclass(slots=True)
class Comparison:
    """The same events under the rules in force and under the draft, and the number of records left out, by reason."""

    before: Simulation
    after: Simulation
    shops: frozenset[str]
    signatures: EventSignatures
    events: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def readable(self, records: Iterable[Record], seen: SeenEvents) -> Iterator[ProductEvent]:
        """Yield the events of the compared shops, each once; count the records that are left out, by reason."""
        for record in records:
            try:
                event = from_record(
                    record.key,
                    record.value,
                    record.headers,
                    self.signatures,
                    partition=record.partition,
                )
            except UnverifiedEvent as error:
                self.left_out[error.reason.replace("_", " ")] += 1
                continue
            except UnreadableEvent:
                self.left_out["unreadable"] += 1
                continue
            if event.shop not in self.shops:
                self.left_out["of other shops"] += 1
            elif seen.add(event.shop, event.id):
                yield event
            else:
                self.left_out["duplicates"] += 1

    def apply(self, event: ProductEvent, stored: StoredProduct) -> None:
        """Decide the event under both rulebooks."""
        self.before.apply(event, stored)
        self.after.apply(event, stored)
        self.events += 1

    def different(self) -> list[tuple[SimulatedProduct, SimulatedProduct]]:
        """Return both states of each product with a different result."""
        both = zip(self.before.products, self.after.products, strict=True)
        return [(old, new) for old, new in both if old.actions != new.actions]


def compare(
    topic: RecordedEvents, database: Database, comparison: Comparison, progress: Callable[[int, int], bool]
) -> bool:
    """Read the whole topic into the comparison. Return False where `progress` stopped it before the end.

    `progress` is called with the number of records read and their total, and returns whether to go on. Memory grows
    with the number of products, not with the number of events.
    """
    read = 0
    with SeenEvents() as seen:
        for batch in topic.batches():
            events = list(comparison.readable(batch, seen))
            stored = _stored_products(database, events)
            for event in events:
                comparison.apply(event, stored.get(_key(event), StoredProduct()))
            read += len(batch)
            if not progress(read, topic.total):
                return False
    return True


def comparison_document(comparison: Comparison, since: datetime, calls_per_second: float) -> dict[str, Any]:
    """Return the result for JSON. `calls_per_second` is the pace of each shop; 0 for none."""
    different = comparison.different()
    return {
        "since": since.isoformat(),
        "pace": {"calls_per_second": calls_per_second, "shops": len(comparison.shops)},
        "events": comparison.events,
        "left_out": dict(comparison.left_out),
        "products": len(comparison.before.products),
        "before": _tally(comparison.before.tally, calls_per_second),
        "after": _tally(comparison.after.tally, calls_per_second),
        "different": len(different),
        "examples": [
            {
                "shop": old.context.product.shop,
                "sku": old.context.product.sku or f"#{old.context.product.entity_id}",
                "before": {action.value: number for action, number in sorted(old.actions.items())},
                "after": {action.value: number for action, number in sorted(new.actions.items())},
            }
            for old, new in different[:SHOWN]
        ],
    }


def simulation(rulebooks: Rulebooks, delay: timedelta, since: datetime) -> Simulation:
    """Return an empty simulation under these rules; `delay` is the read delay of the settings."""
    of_shops = {key: rulebooks.of(key) for key in rulebooks.shops}
    return Simulation(of_shops.__getitem__, since, read_delay=delay)


def drafted(rulebooks: Rulebooks, declaration: Declaration, shop: str | None, since: datetime) -> Rulebooks:
    """Return the rules with the draft applied; a Product Upload that it switches on counts from `since`.

    With `shop`, a single policy that no shop uses replaces that shop's own. Raises `Refused` for other unused policies.
    """
    draft = declared(rulebooks, declaration, since)
    titles = [policy.title for policy in declaration.synchronization_policies]
    in_use = {shop_in_force.synchronization_policy for shop_in_force in rulebooks.shops.values()}
    if not titles or in_use & set(titles):
        return draft
    if shop is None or len(titles) > 1:
        raise Refused(
            f"No shop uses {' or '.join(map(repr, titles))}.",
            "name the shop that the policy is for with --shop",
        )
    own = replace(draft.shops[shop], synchronization_policy=titles[0])
    return replace(draft, shops={**draft.shops, shop: own})


def _tally(tally: Tally, calls_per_second: float) -> dict[str, Any]:
    named = {f"{action} {reason}": number for (action, reason), number in tally.decisions.items()}
    return {
        "decisions": dict(sorted(named.items())),
        "calls": {str(operation): number for operation, number in sorted(tally.calls.items())},
        "calls_total": tally.calls.total(),
        "seconds": at_pace(tally.calls_of_shops, calls_per_second),
    }


def _stored_products(database: Database, events: Sequence[ProductEvent]) -> dict[ProductKey, StoredProduct]:
    with database.read() as connection:
        found = products.find(connection, [_key(event) for event in events])
        of = listings.load(connection, {product.id for product in found.values()})
    return {
        key: StoredProduct(
            of[product.id], product.is_child, existed=not (product.is_new or of[product.id].listed)
        )
        for key, product in found.items()
    }


def _key(event: ProductEvent) -> ProductKey:
    return ProductKey(event.shop, event.entity_id, event.sku)
