"""Last known: the product with an event taken in. Two layers, the default one and the shop's store view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from policies.attribute_changes import is_noise, members
from schemas.attributes import GLOBAL_SCOPE, STOCK_ATTRIBUTES, Attributes, NotReceived, Value
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent

_KEPT = frozenset({"created_at"})
_VIEW = "view:"


def absorb(product: Product, event: ProductEvent, *, store_view_id: int, stale: bool) -> Product:
    """The product after the event.

    Values go to the layer that they were saved in; those that Magento keeps once for all views, always to the default
    layer. A stale event only fills in what was never told, and moves no mark. What was told by itself (a mass update)
    stands against a full state that was received before it and comes after it: they lie in partitions of their own.
    """
    found = _with_websites(
        product,
        {code: value for code, value in event.attributes.items() if code in _KEPT or not is_noise(code)},
    )
    if _before(event.received_at, product.stock_received_at):
        found = {code: value for code, value in found.items() if code not in STOCK_ATTRIBUTES}
    own_view = event.store_id == store_view_id and store_view_id != 0
    shared = {
        code: value
        for code, value in found.items()
        if not own_view or (code in GLOBAL_SCOPE and value is not None)
    }
    own = {code: value for code, value in found.items() if own_view and code not in GLOBAL_SCOPE}
    if stale:
        return replace(
            product,
            entity_id=product.entity_id or event.entity_id,
            sku=product.sku or event.sku,
            default={**shared, **product.default},
            store_view={**own, **product.store_view},
        )
    told_at = {code: at for code, at in product.told_at.items() if at > event.received_at}
    if told_at:
        shared = {code: value for code, value in shared.items() if code not in told_at}
        own = {code: value for code, value in own.items() if f"{_VIEW}{code}" not in told_at}
    full = event.kind in (EventKind.SAVED, EventKind.DELETED)
    if not full:
        told_at = dict(product.told_at)
    if event.kind in (EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED):
        told_at |= dict.fromkeys([*shared, *(f"{_VIEW}{code}" for code in own)], event.received_at)
    stock = event.kind is EventKind.STOCK_CHANGED or bool(STOCK_ATTRIBUTES & event.attributes.keys())
    return replace(
        product,
        entity_id=event.entity_id or product.entity_id,
        sku=event.sku or product.sku,
        default=_over(product.default, shared),
        store_view=_over(product.store_view, own),
        deleted=product.deleted or event.kind is EventKind.DELETED,
        received_at=_newest(product.received_at, event.received_at) if full else product.received_at,
        updated_at=_newest(product.updated_at, event.updated_at) if full else product.updated_at,
        told_at=told_at,
        stock_received_at=(
            _newest(product.stock_received_at, event.received_at) if stock else product.stock_received_at
        ),
    )


def _with_websites(product: Product, fields: dict[str, Value]) -> dict[str, Value]:
    """Websites told as a difference, applied to those that are known; where none are, a difference says nothing."""
    added, removed = (members(fields.pop(f"website_ids_{change}", [])) for change in ("added", "removed"))
    value = product.value("website_ids")
    if (added or removed) and not isinstance(value, NotReceived):
        fields["website_ids"] = sorted((members(value) | added) - removed)
    return fields


def _over(layer: Attributes, fields: Mapping[str, Value]) -> Attributes:
    return {**layer, **fields} if fields else layer


def _newest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((time for time in (one, other) if time is not None), default=None)


def _before(one: datetime, other: datetime | None) -> bool:
    return other is not None and one < other
