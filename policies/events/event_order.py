"""The order of the events of one product.

Webhooks arrive twice, late and out of order. Magento's `updated_at` orders two events where both have a credible one.
Else the topic does: what was read later from the same partition is later. No other clock decides, but for what the
topic cannot order: events of one product in different partitions (a mass update names ids only, a save has the SKU) and
replayed ones, which are ordered by when the endpoint received them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from schemas.product import Mark, Product
from schemas.product_event import Origin, ProductEvent

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far the store's clock may be ahead of the endpoint's. A later `updated_at` would block all events until then."""


def mark_of(event: ProductEvent) -> Mark:
    """Return the mark of the values that the event brings."""
    updated_at = None if clock_is_ahead(event) else event.updated_at
    return Mark(event.received_at, updated_at, None if _is_replayed(event) else event.partition)


def clock_is_ahead(event: ProductEvent) -> bool:
    """Whether the event's `updated_at` is not credible, because it is later than when the event was received."""
    return event.updated_at is not None and event.updated_at > event.received_at + CLOCK_TOLERANCE


def is_older(new: Mark, stored: Mark) -> bool:
    """Whether the values marked `new`, which were read last, are older than the stored ones."""
    first, second = _credible(new), _credible(stored)
    if first is not None and second is not None and first != second:
        return first < second
    if new.partition is not None and new.partition == stored.partition:
        return False
    return new.received_at < stored.received_at


def precedes_delete_or_read(event: ProductEvent, product: Product, read_delay: timedelta) -> bool:
    """Whether the whole event is older than the product: it was deleted, or read from Magento after the event.

    `read_delay` is how long Magento may take to commit after it sent the webhook. A read of the product counts as newer
    than the event only if it came later than that, because it may have returned the state before the save.
    """
    return product.deleted or (
        product.read_at is not None and product.read_at > event.received_at + read_delay
    )


def _credible(mark: Mark) -> datetime | None:
    """Return `updated_at`; None where an earlier version stored one from a clock that was ahead."""
    if mark.updated_at is None or mark.updated_at > mark.received_at + CLOCK_TOLERANCE:
        return None
    return mark.updated_at


def _is_replayed(event: ProductEvent) -> bool:
    return event.origin is Origin.REPLAY or event.replay_of is not None
