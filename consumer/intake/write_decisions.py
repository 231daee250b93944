"""Write the decisions of a batch of events in one transaction, each table once for all of them.

A listing has one row in the sync queue, however many events make it due: a further event raises the row's request
number and, if it is more urgent, its lane. The row does not say what to send. The sync that takes it compares the
product as it is then with what was last sent, and makes one call for each part that differs: two saves of which one
changed the content and one the price, made before either was sent, are one content edit and one price call. A save
that comes while the listing is being synced leaves the row in the queue, because its request number is higher than the
one that the sync took; the next sync sends only what still differs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import Connection

from consumer.intake.feed_rows import received_row
from policies.messages import sentence
from policies.product_context import ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebooks
from records.catalog import baselines, listings, products, sync_queue
from records.catalog.sync_queue import ScheduledSync, SyncRequest
from records.log import activity, events, feeds
from records.log.activity import ActivityRow, decision_level
from records.log.events import End, EventRow
from records.log.feeds import FeedRow
from schemas.attributes import NotReceived
from schemas.product import Product
from schemas.product_event import ProductEvent
from sync.decide_event import EventDecision, Lane
from topics.event_consumer import Record


@dataclass(frozen=True, slots=True)
class DecidedEvent:
    """An event with its decision, the id of its product's row, and the Kafka record that it came in."""

    event: ProductEvent
    event_decision: EventDecision
    product_id: int
    record: Record


@dataclass(slots=True)
class Batch:
    """The products of a batch, by id: as stored before it (`before`), and after each of its events (`contexts`)."""

    before: Mapping[int, ProductContext]
    contexts: dict[int, ProductContext]
    decided: list[DecidedEvent] = field(default_factory=list)


def record_all(connection: Connection, batch: Batch, rulebooks: Rulebooks, now: datetime) -> set[str]:
    """Write what the batch led to: products, listings, baselines, pending syncs, events, and both logs.

    Returns the shops that have a listing due.
    """
    _save_products(connection, batch)
    requests = [
        SyncRequest(decided.product_id, decided.event.shop, int(lane))
        for decided in batch.decided
        if (lane := decided.event_decision.lane) is not None
    ]
    _save_baselines(connection, batch, {request.product_id for request in requests})
    request_numbers = sync_queue.enqueue(connection, requests, now=now)
    sync_queue.schedule(
        connection,
        [
            ScheduledSync(decided.product_id, decided.event.shop, int(Lane.PRICE), price_changes_at)
            for decided in batch.decided
            if (price_changes_at := decided.event_decision.price_changes_at) is not None
        ],
    )
    events.put(connection, [_event_row(decided, request_numbers, now) for decided in batch.decided])
    _put_logs(connection, batch, rulebooks, now)
    return {request.shop for request in requests} | _requeue_refused_for_freed_skus(connection, batch, now)


def _requeue_refused_for_freed_skus(connection: Connection, batch: Batch, now: datetime) -> set[str]:
    """Make the products due that were refused because a product of the batch had their SKU, which it has no longer.

    Returns the shops of which there are any.
    """
    freed: dict[str, set[str]] = {}
    for product_id, context in batch.contexts.items():
        before, product = batch.before[product_id].product, context.product
        left = (product.deleted and not before.deleted) or product.sku != before.sku
        if left and (tiktok_product_id := context.listing.tiktok_product_id) is not None:
            freed.setdefault(product.shop, set()).add(tiktok_product_id)
    return {
        shop
        for shop, tiktok_product_ids in freed.items()
        if sync_queue.enqueue_listings(
            connection,
            listings.refused_beside(connection, shop, tiktok_product_ids),
            lane=Lane.UPLOAD,
            now=now,
        )
    }


def _save_products(connection: Connection, batch: Batch) -> None:
    """Save the products and listings that the batch changed."""
    changed = [
        (batch.before[product_id], context)
        for product_id, context in batch.contexts.items()
        if context != batch.before[product_id]
    ]
    products.save_rows(connection, [after.product for _, after in changed])
    products.save_layers(
        connection,
        [after.product for before, after in changed if _values_differ(before.product, after.product)],
    )
    listings.save_decided(
        connection, [after.listing for before, after in changed if after.listing != before.listing]
    )


def _save_baselines(connection: Connection, batch: Batch, due: Collection[int]) -> None:
    """Save the baselines of the products that became due: later changes are compared with them."""
    found = {product_id: batch.contexts[product_id].baseline for product_id in due}
    baselines.save(
        connection,
        {product_id: baseline for product_id, baseline in found.items() if baseline is not None},
    )


def _put_logs(connection: Connection, batch: Batch, rulebooks: Rulebooks, now: datetime) -> None:
    """Write the activity log and the feed log, for the shops whose policy has them on."""
    policies = {
        shop: rulebooks.policy_of(shop).policy for shop in {decided.event.shop for decided in batch.decided}
    }
    activity.put(
        connection,
        [
            _activity(decided, rulebooks, now)
            for decided in batch.decided
            if policies[decided.event.shop].activity_log
        ],
    )
    feeds.put(
        connection, [_feed(decided) for decided in batch.decided if policies[decided.event.shop].feed_log]
    )


def _values_differ(before: Product, after: Product) -> bool:
    """Compare as JSON, in which 1 and true differ: to Python they are equal."""
    return any(
        old is not new and orjson.dumps(old) != orjson.dumps(new)
        for old, new in ((before.default, after.default), (before.store_view, after.store_view))
    )


def _event_row(decided: DecidedEvent, request_numbers: Mapping[int, int], now: datetime) -> EventRow:
    event, event_decision = decided.event, decided.event_decision
    due = event_decision.lane is not None
    return EventRow(
        event.shop,
        event.id,
        decided.product_id,
        event.kind.value,
        event.received_at,
        request_number=request_numbers[decided.product_id] if due else None,
        end=None if due else _end(event_decision),
        ended_at=None if due else now,
        body_digest=event.body_digest,
    )


def _end(event_decision: EventDecision) -> End:
    return End.SUPERSEDED if event_decision.decision.reason is Reason.STALE_EVENT else End.FILTERED


def _activity(decided: DecidedEvent, rulebooks: Rulebooks, now: datetime) -> ActivityRow:
    event, event_decision = decided.event, decided.event_decision
    decision, product = event_decision.decision, event_decision.context.product
    return ActivityRow(
        at=now,
        shop=event.shop,
        product_id=decided.product_id,
        sku=product.sku,
        level=decision_level(decision.reason),
        actor=event.origin.value,
        kind="decision",
        action=decision.action.value,
        reason=decision.reason.value,
        message=sentence(decision, product, rulebooks.templates, rulebooks.shops[event.shop].magento),
        event_id=event.id,
        details={
            "event": event.kind.value,
            "record": {
                "topic": decided.record.topic,
                "partition": decided.record.partition,
                "offset": decided.record.offset,
            },
            "template": event_decision.context.listing.template,
            "changes": [
                {
                    "attribute": change.attribute,
                    "old": None if isinstance(change.old, NotReceived) else change.old,
                    "new": change.new,
                }
                for change in decision.changes
            ],
        },
    )


def _feed(decided: DecidedEvent) -> FeedRow:
    event = decided.event
    return received_row(
        event,
        decided.record,
        operation=event.kind.value,
        product_id=decided.product_id,
        sku=decided.event_decision.context.product.sku,
    )
