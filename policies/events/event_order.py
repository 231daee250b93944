"""The order of events, and the store view that an event is about.

Deliveries arrive twice, late and out of order. An event that is older than the stored state is *stale*: it may fill in
attributes that were never received, and overwrites nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from schemas.attributes import GLOBAL_SCOPE, PRICE_ATTRIBUTES
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent


def is_stale(event: ProductEvent, product: Product, read_delay: timedelta = timedelta(seconds=2)) -> bool:
    """Whether the stored state of the product is newer than the event.

    `read_delay` is how long Magento may take to commit after it sent the webhook. A read of the product counts as newer
    than the event only if it came later than that, because it may have returned the state before the save.
    """
    if product.deleted:
        return True
    if product.read_at is not None and product.read_at > event.received_at + read_delay:
        return True
    if event.kind is EventKind.DELETED:
        return False
    if event.kind is EventKind.STOCK_CHANGED:
        return _before(event.received_at, product.stock_received_at)
    if event.updated_at is None or product.updated_at is None:
        return _before(event.received_at, product.received_at)
    if event.updated_at != product.updated_at:
        return event.updated_at < product.updated_at
    return _before(event.received_at, product.received_at)


def _before(first: datetime, second: datetime | None) -> bool:
    return second is not None and first < second


def in_scope(event: ProductEvent, store_view_id: int, price_scope: str) -> ProductEvent | None:
    """Return the part of the event that is about the shop's store view; None where no part is.

    A save in another store view counts for the attributes that Magento keeps once for all views: stock, websites,
    categories, weight, and prices where *Catalog Price Scope* is global.
    """
    if event.store_id in (0, store_view_id):
        return event
    shared = GLOBAL_SCOPE | (PRICE_ATTRIBUTES if price_scope == "global" else frozenset())
    fields = {code: value for code, value in event.attributes.items() if code in shared and value is not None}
    return replace(event, attributes=fields) if fields or event.kind is EventKind.DELETED else None
