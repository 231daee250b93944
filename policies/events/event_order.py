"""Order: which of two things that Magento said is the newer one, and which store view it speaks for.

Deliveries come twice, late and out of order. An event that is older than what we know is *stale*: it may fill in what
was never told, and overwrites nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from schemas.attributes import GLOBAL_SCOPE, PRICE_ATTRIBUTES
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent


def is_stale(event: ProductEvent, product: Product, read_delay: timedelta = timedelta(seconds=2)) -> bool:
    """The product is already known in a newer state than the event tells.

    `read_delay` is how long after a webhook Magento's commit may come: a read-back counts as newer only beyond it.
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


def _before(one: datetime, other: datetime | None) -> bool:
    return other is not None and one < other


def in_scope(event: ProductEvent, store_view_id: int, price_scope: str) -> ProductEvent | None:
    """The event as far as it speaks for the shop's store view; None where it does not.

    A save in another view counts for what Magento keeps once for all views: stock, websites, categories, weight, and
    the price where *Catalog Price Scope* is global.
    """
    if event.store_id in (0, store_view_id):
        return event
    shared = GLOBAL_SCOPE | (PRICE_ATTRIBUTES if price_scope == "global" else frozenset())
    fields = {code: value for code, value in event.attributes.items() if code in shared and value is not None}
    return replace(event, attributes=fields) if fields or event.kind is EventKind.DELETED else None
