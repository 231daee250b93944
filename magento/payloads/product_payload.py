"""Read the products in a webhook body, in every shape that Magento and its modules send.

The shapes are ``{"event", "product", "original"?, "is_new"?}``, the bare product, Magento's event names around `data`
and `value`, a stock item alone, and mass updates, which name many products by id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from magento.payloads import product_identity
from magento.payloads.attributes import normalize
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
"""Patterns for the end of an event's name: Adobe's names begin with ``com.adobe.commerce.observer.``."""
_EVENT: Final = re.compile(
    "(?:" + "|".join(f"(?P<{kind.name}>{names})" for kind, names in _EVENT_NAMES.items()) + r")\Z"
)

_CREATED: Final = re.compile(r"product[._/]created\Z")
_EVENT_FIELDS: Final = ("event", "event_type", "eventName", "eventType", "type")
_LOOKS_LIKE_AN_EVENT: Final = re.compile(r"[A-Za-z_]+([./][A-Za-z_]+)+\Z")
_ENVELOPE_FIELDS: Final = frozenset(
    {"event", "event_type", "eventName", "eventType", "original", "store_url", "timestamp", "action"}
)
_WRAPPERS: Final = ("product", "value", "data", "payload", "event", "data_object")
_ID_LISTS: Final = ("product_ids", "entity_ids", "products")
_DEEPEST_WRAPPER = 5


@dataclass(frozen=True, slots=True)
class ProductPayload:
    """What a webhook body says about one product. The fields are those of `ProductEvent`."""

    kind: EventKind
    entity_id: str | None
    sku: str | None
    store_id: int
    attributes: Attributes
    original: Attributes | None = None
    is_new: bool | None = None
    updated_at: datetime | None = None


def read(document: object) -> tuple[ProductPayload, ...]:
    """Return the products that a JSON document describes. Raises `NotAProduct`, which names the wrong field."""
    if not isinstance(document, dict):
        raise NotAProduct("not_an_object", f"The body is a JSON {type(document).__name__}, not an object.")
    envelope, product = _unwrap(document)
    kind, event_name = _event_kind(envelope, product)
    ids = next((name for name in _ID_LISTS if isinstance(product.get(name), list | dict)), None)
    mass = kind in (EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED) or "attributes_data" in product
    if ids is not None and mass:
        return _read_mass_update(product, ids, kind)
    return (_read_product(envelope, product, kind, event_name),)


def _unwrap(document: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the envelope, with all its levels merged, and the product. The envelope of a bare product is empty."""
    envelope: dict[str, object] = {}
    level = document
    for _ in range(_DEEPEST_WRAPPER):
        inner = _first_object(level, _WRAPPERS)
        bare = "sku" in level or "entity_id" in level
        if inner is None or (bare and not isinstance(level.get("product"), dict)):
            break
        envelope |= level
        level = inner
    return envelope, level


def _event_kind(
    envelope: Mapping[str, object], product: Mapping[str, object]
) -> tuple[EventKind | None, str]:
    """Return the kind and the name of the body's event, None and "" if it names none.

    Raises `NotAProduct` for an unknown event. Inside the product only a text that looks like an event's name counts,
    because an attribute may be called *event* too.
    """
    for body in (envelope, product):
        for field in _EVENT_FIELDS:
            name = body.get(field)
            if not isinstance(name, str):
                continue
            match = _EVENT.search(name)
            if match is not None:
                return EventKind[str(match.lastgroup)], name
            if body is envelope or _LOOKS_LIKE_AN_EVENT.match(name):
                raise NotAProduct("unknown_event", f"{field}: {name[:80]!r} is not a supported event.")
    return None, ""


def _read_product(
    envelope: Mapping[str, object], product: Mapping[str, object], kind: EventKind | None, event_name: str
) -> ProductPayload:
    levels = (product, envelope)
    stock_item = product.get("stock_item")
    outside = (envelope, stock_item) if isinstance(stock_item, dict) else (envelope,)
    entity_id, sku = product_identity.entity_id(product, *outside), product_identity.sku(*levels)
    if entity_id is None and sku is None:
        raise NotAProduct(
            "names_no_product", "Neither sku nor entity_id is given; send at least one of them."
        )
    # A flat product has the envelope's fields among its own.
    flat = bool(event_name) and not envelope
    attributes = normalize(_without(product, _ENVELOPE_FIELDS) if flat else product)
    stock = {code: value for code, value in attributes.items() if code in STOCK_ATTRIBUTES}
    if (
        kind is None
        and stock
        and ("stock_id" in product or not attributes.keys() - STOCK_ATTRIBUTES - {"sku"})
    ):
        kind = EventKind.STOCK_CHANGED
    if kind is EventKind.STOCK_CHANGED and not stock:
        raise NotAProduct("tells_no_stock", "The stock event contains neither qty nor is_in_stock.")
    return ProductPayload(
        kind or EventKind.SAVED,
        entity_id,
        sku,
        product_identity.store_id(*levels, *_metadata(product, envelope)),
        stock if kind is EventKind.STOCK_CHANGED else attributes,
        _original(product, (product, envelope) if flat else (envelope,)),
        _is_new(product, envelope, event_name),
        product_identity.updated_at(product),
    )


def _read_mass_update(
    product: Mapping[str, object], ids_name: str, kind: EventKind | None
) -> tuple[ProductPayload, ...]:
    """Return a payload for each id in the list `ids_name`: each gets the same attributes."""
    ids = product[ids_name]
    listed = list(ids.values()) if isinstance(ids, dict) else ids if isinstance(ids, list) else []
    entity_ids = dict.fromkeys(
        product_identity.parse_entity_id(f"{ids_name}[{n}]", value) for n, value in enumerate(listed)
    )
    if not entity_ids:
        raise NotAProduct("names_no_product", f"{ids_name}: is empty; it names no product.")
    attributes = _websites(product) if kind is EventKind.WEBSITES_CHANGED else _mass_attributes(product)
    payload = ProductPayload(
        kind or EventKind.ATTRIBUTES_UPDATED, None, None, product_identity.store_id(product), attributes
    )
    return tuple(replace(payload, entity_id=entity_id) for entity_id in entity_ids)


def _mass_attributes(product: Mapping[str, object]) -> Attributes:
    attributes = _first_object(product, ("attributes_data", "attributes"))
    if attributes is None:
        raise NotAProduct(
            "tells_no_attributes", "A mass update has no attributes_data: send the attributes that changed."
        )
    return normalize(attributes)


def _websites(product: Mapping[str, object]) -> Attributes:
    """Return all websites of the product or, with an `action`, the added or removed ones."""
    found = normalize({name: product[name] for name in ("website_ids",) if name in product})
    action = product.get("action")
    if action not in ("add", "remove"):
        return found
    return {f"website_ids_{'added' if action == 'add' else 'removed'}": ids for ids in found.values()}


def _original(product: Mapping[str, object], outside: tuple[Mapping[str, object], ...]) -> Attributes | None:
    """Return the normalized product before the save, None if the body does not have it. Raises `NotAProduct`."""
    original = next((body["original"] for body in outside if body.get("original") is not None), None)
    for body in (product, *outside):
        original = body.get("_origData") if original is None else original
    if original is None:
        return None
    if isinstance(original, dict):
        return normalize(original)
    if original == []:
        return {}
    raise NotAProduct("invalid_original", f"original: is a JSON {type(original).__name__}, not an object.")


def _is_new(product: Mapping[str, object], envelope: Mapping[str, object], event_name: str) -> bool | None:
    """Return whether the save created the product, None if the body does not say.

    The product's own `is_new` does not count: it is a form value.
    """
    for value in (envelope.get("is_new"), envelope.get("_isNew"), product.get("_isNew")):
        if value in (True, 1, "1", "true"):
            return True
        if value in (False, 0, "0", "false"):
            return False
    return True if _CREATED.search(event_name) else None


def _metadata(
    product: Mapping[str, object], envelope: Mapping[str, object]
) -> Iterator[Mapping[str, object]]:
    for body in (envelope, product):
        metadata = body.get("_metadata")
        if isinstance(metadata, dict):
            yield metadata


def _first_object(body: Mapping[str, object], names: Iterable[str]) -> Mapping[str, object] | None:
    """Return the first field with one of these names that is an object, None if there is none."""
    for name in names:
        value = body.get(name)
        if isinstance(value, dict):
            return value
    return None


def _without(body: Mapping[str, object], names: frozenset[str]) -> Mapping[str, object]:
    return {name: value for name, value in body.items() if name not in names}
