"""Product shapes: what a body tells, whatever envelope it comes in.

``{"event", "product", "original"?, "is_new"?}``, the bare product, Magento's event names around `data` and `value`,
a stock item alone, and the mass updates, which name many products by id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from magento.payloads import product_identity
from magento.payloads.attributes import settled
from magento.payloads.product_identity import NotAProduct
from schemas.attributes import STOCK_ATTRIBUTES, Attributes
from schemas.product_event import EventKind

_EVENT_NAMES: Final[Mapping[EventKind, str]] = {
    EventKind.SAVED: r"product[._/](?:saved|created|updated)|catalog_product_save(?:_commit)?_after"
    r"|resource_model\.product\.save",
    EventKind.DELETED: r"product[._/]deleted|catalog_product_delete(?:_before|_after|_commit_after)",
    EventKind.STOCK_CHANGED: r"stock[._/](?:changed|updated)|cataloginventory_stock_item_save(?:_commit)?_after",
    EventKind.ATTRIBUTES_UPDATED: r"attributes[._/](?:updated|changed)"
    r"|catalog_product_attribute_update_(?:before|after)",
    EventKind.WEBSITES_CHANGED: r"websites[._/](?:changed|updated)|catalog_product_to_website_change",
}
"""What events are called, by the end of the name: Adobe's begin with ``com.adobe.commerce.observer.``."""
_EVENT: Final = re.compile(
    "(?:" + "|".join(f"(?P<{kind.name}>{names})" for kind, names in _EVENT_NAMES.items()) + r")\Z"
)

_CREATED: Final = re.compile(r"product[._/]created\Z")
_EVENT_WORDS: Final = ("event", "event_type", "eventName", "eventType", "type")
_LOOKS_LIKE_AN_EVENT: Final = re.compile(r"[A-Za-z_]+([./][A-Za-z_]+)+\Z")
_BESIDE_A_FLAT_PRODUCT: Final = frozenset(
    {"event", "event_type", "eventName", "eventType", "original", "store_url", "timestamp", "action"}
)
_WRAPPERS: Final = ("product", "value", "data", "payload", "event", "data_object")
_ID_LISTS: Final = ("product_ids", "entity_ids", "products")
_DEEPEST_WRAPPER = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What the body tells of one product; the fields are those of a `ProductEvent`."""

    kind: EventKind
    entity_id: str | None
    sku: str | None
    store_id: int
    attributes: Attributes
    original: Attributes | None = None
    is_new: bool | None = None
    updated_at: datetime | None = None


def read(document: Any) -> tuple[Told, ...]:
    """What the document tells, product by product. Raises `NotAProduct`, saying which field is at fault."""
    if not isinstance(document, dict):
        raise NotAProduct("not_an_object", f"The body is a JSON {type(document).__name__}, not an object.")
    envelope, product = _unwrapped(document)
    kind, word = _kind(envelope, product)
    ids = next((name for name in _ID_LISTS if isinstance(product.get(name), list | dict)), None)
    mass = kind in (EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED) or "attributes_data" in product
    if ids is not None and mass:
        return _many(product, ids, kind)
    return (_one(envelope, product, kind, word),)


def _unwrapped(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The envelope, all its levels as one, and the product inside; the product stands alone where it is bare."""
    envelope: dict[str, Any] = {}
    level = document
    for _ in range(_DEEPEST_WRAPPER):
        inner = next((level[name] for name in _WRAPPERS if isinstance(level.get(name), dict)), None)
        bare = "sku" in level or "entity_id" in level
        if inner is None or (bare and not isinstance(level.get("product"), dict)):
            break
        envelope |= level
        level = inner
    return envelope, level


def _kind(envelope: Mapping[str, Any], product: Mapping[str, Any]) -> tuple[EventKind | None, str]:
    """What the body calls its event, and the word; None where it says nothing. Raises `NotAProduct` for others.

    An attribute of the product may be called *event* as well: there, only what looks like an event's name counts.
    """
    for body in (envelope, product):
        for name in _EVENT_WORDS:
            word = body.get(name)
            if not isinstance(word, str):
                continue
            named = _EVENT.search(word)
            if named is not None:
                return EventKind[str(named.lastgroup)], word
            if body is envelope or _LOOKS_LIKE_AN_EVENT.match(word):
                raise NotAProduct("unknown_event", f"{name}: {word[:80]!r} is no event that we follow.")
    return None, ""


def _one(envelope: Mapping[str, Any], product: Mapping[str, Any], kind: EventKind | None, word: str) -> Told:
    levels = (product, envelope)
    stock_item = product.get("stock_item")
    beside = (envelope, stock_item) if isinstance(stock_item, dict) else (envelope,)
    entity_id, sku = product_identity.entity_id(product, *beside), product_identity.sku(*levels)
    if entity_id is None and sku is None:
        raise NotAProduct("names_no_product", "Neither sku nor entity_id is told; send at least one of them.")
    flat = bool(word) and not envelope
    attributes = settled(_without(product, _BESIDE_A_FLAT_PRODUCT) if flat else product)
    stock = {code: value for code, value in attributes.items() if code in STOCK_ATTRIBUTES}
    if (
        kind is None
        and stock
        and ("stock_id" in product or not attributes.keys() - STOCK_ATTRIBUTES - {"sku"})
    ):
        kind = EventKind.STOCK_CHANGED
    if kind is EventKind.STOCK_CHANGED and not stock:
        raise NotAProduct("tells_no_stock", "A stock event tells neither qty nor is_in_stock.")
    values_beside = (product, envelope) if flat else (envelope,)
    return Told(
        kind or EventKind.SAVED,
        entity_id,
        sku,
        product_identity.store_id(*levels, *_metadata(product, envelope)),
        stock if kind is EventKind.STOCK_CHANGED else attributes,
        _original(product, values_beside),
        _is_new(product, envelope, word),
        product_identity.updated_at(product),
    )


def _many(product: Mapping[str, Any], ids_name: str, kind: EventKind | None) -> tuple[Told, ...]:
    ids = product[ids_name]
    value = list(ids.values()) if isinstance(ids, dict) else ids
    named = dict.fromkeys(
        product_identity.as_entity_id(f"{ids_name}[{n}]", one) for n, one in enumerate(value)
    )
    if not named:
        raise NotAProduct("names_no_product", f"{ids_name}: is empty; it names no product.")
    attributes = _websites(product) if kind is EventKind.WEBSITES_CHANGED else _mass_attributes(product)
    one = Told(
        kind or EventKind.ATTRIBUTES_UPDATED, None, None, product_identity.store_id(product), attributes
    )
    return tuple(replace(one, entity_id=entity_id) for entity_id in named)


def _mass_attributes(product: Mapping[str, Any]) -> Attributes:
    for name in ("attributes_data", "attributes"):
        if isinstance(product.get(name), dict):
            return settled(product[name])
    raise NotAProduct(
        "tells_no_attributes", "A mass update has no attributes_data: say which attributes changed."
    )


def _websites(product: Mapping[str, Any]) -> Attributes:
    """The websites told: all of the product's, or with an `action` those that were added or removed."""
    found = settled({name: product[name] for name in ("website_ids",) if name in product})
    action = product.get("action")
    if action not in ("add", "remove"):
        return found
    return {f"website_ids_{'added' if action == 'add' else 'removed'}": ids for ids in found.values()}


def _original(product: Mapping[str, Any], beside: tuple[Mapping[str, Any], ...]) -> Attributes | None:
    """The product as it was, in the same shape; none where not told."""
    first = next((body["original"] for body in beside if body.get("original") is not None), None)
    for body in (product, *beside):
        first = body.get("_origData") if first is None else first
    if first is None:
        return None
    if isinstance(first, dict):
        return settled(first)
    if first == []:
        return {}
    raise NotAProduct("invalid_original", f"original: is a JSON {type(first).__name__}, not an object.")


def _is_new(product: Mapping[str, Any], envelope: Mapping[str, Any], word: str) -> bool | None:
    """The envelope's word, or Adobe's `_isNew`; never the product's own `is_new`, which is a form value."""
    for item in (envelope.get("is_new"), envelope.get("_isNew"), product.get("_isNew")):
        if item in (True, 1, "1", "true"):
            return True
        if item in (False, 0, "0", "false"):
            return False
    return True if _CREATED.search(word) else None


def _metadata(product: Mapping[str, Any], envelope: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(body["_metadata"] for body in (envelope, product) if isinstance(body.get("_metadata"), dict))


def _without(body: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    return {name: value for name, value in body.items() if name not in names}
