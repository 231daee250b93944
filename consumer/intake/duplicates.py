"""Drop events that were received before, and notice those whose webhook had another body under the same id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from consumer.intake.feed_rows import received_row
from policies.rulebook import Rulebooks
from records.log import events, feeds
from records.log.feeds import REUSED_ID, FeedRow
from schemas.product_event import ProductEvent
from topics.event_consumer import Record

Received = tuple[ProductEvent, Record]


@dataclass(slots=True)
class Sifted:
    """The events of a batch: the new ones, each once, and the `dropped` ones: stored before, or repeated in the batch.

    `reused` are those dropped events whose webhook had another body than that of the same id before: the sender gave an
    id twice.
    """

    fresh: list[Received] = field(default_factory=list)
    dropped: list[Received] = field(default_factory=list)
    reused: list[Received] = field(default_factory=list)


def sift(connection: Connection, readable: Sequence[Received]) -> Sifted:
    """Return which of these events are new. A body that is not known, as of an older record, is no other body."""
    seen = events.stored(connection, [(event.shop, event.id) for event, _ in readable])
    sifted = Sifted()
    for event, record in readable:
        key = event.shop, event.id
        if key not in seen:
            seen[key] = event.body_digest
            sifted.fresh.append((event, record))
            continue
        sifted.dropped.append((event, record))
        before = seen[key]
        if before is not None and event.body_digest is not None and before != event.body_digest:
            sifted.reused.append((event, record))
    return sifted


def record_dropped(connection: Connection, sifted: Sifted, rulebooks: Rulebooks) -> None:
    """Count what was dropped, and write a row of the feed log, where it is on, for each reused id."""
    for name, received in ((events.DUPLICATES, sifted.dropped), (events.REUSED_IDS, sifted.reused)):
        for shop, number in Counter(event.shop for event, _ in received).items():
            events.count(connection, name, shop, number)
    logged = [
        (event, record) for event, record in sifted.reused if rulebooks.policy_of(event.shop).policy.feed_log
    ]
    feeds.put(connection, [_row(event, record) for event, record in logged])


def _row(event: ProductEvent, record: Record) -> FeedRow:
    message = f"Not processed: an earlier webhook had the same id and another body ({event.kind.value})."
    return received_row(
        event, record, operation=REUSED_ID, product_id=None, sku=event.sku, message=message, failed=True
    )
