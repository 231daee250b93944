"""Apply an event to the last known state of its product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from policies.attribute_changes import is_noise, members
from schemas.attributes import GLOBAL_SCOPE, STOCK_ATTRIBUTES, Attributes, NotReceived, Value
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent

_FULL_STATES = frozenset({EventKind.SAVED, EventKind.DELETED})
_PARTIAL_STATES = frozenset({EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED})
# Noise to the comparison, but `is_new` judges by it.
_STORED_NOISE = frozenset({"created_at"})
_VIEW = "view:"


def apply_event(product: Product, event: ProductEvent, *, store_view_id: int, stale: bool) -> Product:
    """Return the product after the event.

    Each value goes to the layer that it was saved in; an attribute that Magento keeps once for all store views always
    goes to the default layer. A stale event only fills in attributes that were never received, and leaves the times of
    the product as they are.
    """
    fields = _Layers.of(_attributes(product, event), event, store_view_id)
    if stale:
        return _fill_in(product, event, fields)
    fields = fields.without(_received_later(product, event))
    return replace(
        product,
        **_times(product, event),
        entity_id=event.entity_id or product.entity_id,
        sku=event.sku or product.sku,
        default=_over(product.default, fields.default),
        store_view=_over(product.store_view, fields.store_view),
        deleted=product.deleted or event.kind is EventKind.DELETED,
        attribute_received_at=_attribute_times(product, event, fields),
    )


@dataclass(frozen=True, slots=True)
class _Layers:
    """The values of an event, by the layer of the product that they belong to."""

    default: Attributes
    store_view: Attributes

    @classmethod
    def of(cls, attributes: Attributes, event: ProductEvent, store_view_id: int) -> _Layers:
        if event.store_id != store_view_id or store_view_id == 0:
            return cls(attributes, {})
        shared = attributes.keys() & GLOBAL_SCOPE
        return cls(
            # In a store view null means "inherits", which says nothing about the shared value.
            {code: value for code, value in attributes.items() if code in shared and value is not None},
            {code: value for code, value in attributes.items() if code not in shared},
        )

    def without(self, times: Mapping[str, datetime]) -> _Layers:
        """Leave out the attributes with such a time."""
        return _Layers(
            {code: value for code, value in self.default.items() if code not in times},
            {code: value for code, value in self.store_view.items() if f"{_VIEW}{code}" not in times},
        )


def _attributes(product: Product, event: ProductEvent) -> Attributes:
    """Return the event's values, without noise and without stock that is older than the product's."""
    found = {
        code: value for code, value in event.attributes.items() if code in _STORED_NOISE or not is_noise(code)
    }
    found = _with_websites(product, found)
    if product.stock_received_at is not None and event.received_at < product.stock_received_at:
        return {code: value for code, value in found.items() if code not in STOCK_ATTRIBUTES}
    return found


def _with_websites(product: Product, fields: dict[str, Value]) -> dict[str, Value]:
    """Apply added and removed websites to the known ones. While none are known, a difference says nothing."""
    added, removed = (members(fields.pop(f"website_ids_{change}", [])) for change in ("added", "removed"))
    value = product.value("website_ids")
    if (added or removed) and not isinstance(value, NotReceived):
        fields["website_ids"] = sorted((members(value) | added) - removed)
    return fields


def _fill_in(product: Product, event: ProductEvent, fields: _Layers) -> Product:
    return replace(
        product,
        entity_id=product.entity_id or event.entity_id,
        sku=product.sku or event.sku,
        default={**fields.default, **product.default},
        store_view={**fields.store_view, **product.store_view},
    )


def _received_later(product: Product, event: ProductEvent) -> Mapping[str, datetime]:
    """Return the attributes that were received apart from a full state, and after this event.

    Mass updates and saves may be in different partitions, so that a save may be read after a mass update that was
    received later. The value of the mass update stays.
    """
    return {code: at for code, at in product.attribute_received_at.items() if at > event.received_at}


def _attribute_times(product: Product, event: ProductEvent, fields: _Layers) -> Mapping[str, datetime]:
    if event.kind in _FULL_STATES:
        return _received_later(product, event)
    if event.kind not in _PARTIAL_STATES:
        return dict(product.attribute_received_at)
    codes = [*fields.default, *(f"{_VIEW}{code}" for code in fields.store_view)]
    return {**product.attribute_received_at, **dict.fromkeys(codes, event.received_at)}


class _Times(TypedDict):
    received_at: datetime | None
    updated_at: datetime | None
    stock_received_at: datetime | None


def _times(product: Product, event: ProductEvent) -> _Times:
    """Return the product's times after the event."""
    full = event.kind in _FULL_STATES
    stock = event.kind is EventKind.STOCK_CHANGED or not STOCK_ATTRIBUTES.isdisjoint(event.attributes)
    return {
        "received_at": _newest(product.received_at, event.received_at if full else None),
        "updated_at": _newest(product.updated_at, event.updated_at if full else None),
        "stock_received_at": _newest(product.stock_received_at, event.received_at if stock else None),
    }


def _over(layer: Attributes, fields: Attributes) -> Attributes:
    # A layer without news stays the same object, which costs the later comparison nothing.
    return {**layer, **fields} if fields else layer


def _newest(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((time for time in (first, second) if time is not None), default=None)
