"""Read the products in a webhook body, in every shape that Magento and its modules send.

The shapes are ``{"event", "product", "original"?, "is_new"?}``, the bare product, Magento's event names around `data`
and `value`, a stock item alone, and bodies about many products: mass updates, saved source items and CSV imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from magento.payloads import import_rows, product_identity
from magento.payloads.attributes import normalize, website_ids
from magento.payloads.event_names import ReportedEvent, reported_event
from magento.payloads.product_identity import NotAProduct
from magento.payloads.stock import (
    SOURCE_ITEMS,
    is_rest_default,
    says_something,
    source_items_by_sku,
    stock_of_sources,
)
from schemas.attributes import STOCK_ATTRIBUTES, Attributes
from schemas.product_event import EventKind

_ENVELOPE_FIELDS: Final = frozenset(
    {"event", "event_type", "eventName", "eventType", "original", "store_url", "timestamp", "action"}
)
_WRAPPERS: Final = ("product", "value", "data", "payload", "event", "data_object")
_ID_LISTS: Final = ("product_ids", "entity_ids", "products")
_MASS_UPDATES: Final = (EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED)
_STOCK_ITEM_KEYS: Final = frozenset({"stock_id", "item_id"})
_ACTIONS: Final[Mapping[str | None, str]] = {
    "add": "website_ids_added",
    "remove": "website_ids_removed",
    None: "website_ids",
}
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
    event = reported_event(envelope, product)
    if import_rows.ROWS in product:
        return _read_import(product, event.kind)
    if event.kind in (EventKind.STOCK_CHANGED, None):
        sources = next((product[name] for name in SOURCE_ITEMS if name in product), None)
        if sources is not None and not _names_a_product(product, envelope):
            return _read_source_items(sources)
    if event.kind in _MASS_UPDATES or "attributes_data" in product:
        ids = next((name for name in _ID_LISTS if isinstance(product.get(name), list | dict)), None)
        if ids is not None:
            return _read_mass_update(product, ids, event.kind)
    return (_read_product(envelope, product, event),)


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


def _read_product(
    envelope: Mapping[str, object], product: Mapping[str, object], event: ReportedEvent
) -> ProductPayload:
    levels, kind = (product, envelope), event.kind
    is_stock_item = kind is EventKind.STOCK_CHANGED or (
        kind is None and not _STOCK_ITEM_KEYS.isdisjoint(product)
    )
    entity_id, sku = _identity(envelope, product, is_stock_item=is_stock_item)
    # A flat product has the envelope's fields among its own.
    flat = bool(event.name) and not envelope
    body = _without(product, _ENVELOPE_FIELDS) if flat else product
    attributes = normalize(body, stock_item_counts=is_stock_item)
    if kind is None and attributes.keys() <= {"sku"}:
        # The stock item is all that the body has, so it is not a save's empty one.
        attributes = normalize(body, stock_item_counts=True)
    if kind is None and _says_only_stock(attributes, is_stock_item=is_stock_item):
        kind = EventKind.STOCK_CHANGED
    kind = kind or EventKind.SAVED
    if kind is EventKind.STOCK_CHANGED:
        attributes = {code: value for code, value in attributes.items() if code in STOCK_ATTRIBUTES}
    _require_a_change(kind, attributes)
    return ProductPayload(
        kind,
        entity_id,
        sku,
        product_identity.store_id(*levels, *_metadata(product, envelope)),
        attributes,
        _original(product, (product, envelope) if flat else (envelope,)),
        _is_new(product, envelope, event),
        product_identity.updated_at(product),
    )


def _identity(
    envelope: Mapping[str, object], product: Mapping[str, object], *, is_stock_item: bool
) -> tuple[str | None, str | None]:
    """Return the entity id and the SKU. Raises `NotAProduct` if the body has neither."""
    stock_item = product.get("stock_item")
    counts = isinstance(stock_item, dict) and not is_rest_default(stock_item)
    outside = (envelope, stock_item) if counts and isinstance(stock_item, dict) else (envelope,)
    entity_id = product_identity.entity_id(product, *outside, is_stock_item=is_stock_item)
    sku = product_identity.sku(product, envelope)
    if entity_id is None and sku is None:
        needed = "sku nor product_id" if is_stock_item else "sku nor entity_id"
        raise NotAProduct("names_no_product", f"Neither {needed} is given; send at least one of them.")
    return entity_id, sku


def _names_a_product(*bodies: Mapping[str, object]) -> bool:
    return any(
        says_something(body.get(name)) for body in bodies for name in product_identity.NAMES if name != "id"
    )


def _says_only_stock(attributes: Attributes, *, is_stock_item: bool) -> bool:
    """Whether the attributes of a body without an event's name are stock: all of them, or any in a stock item."""
    if is_stock_item:
        return not STOCK_ATTRIBUTES.isdisjoint(attributes)
    codes = attributes.keys() - {"sku"}
    return bool(codes) and codes <= STOCK_ATTRIBUTES


def _require_a_change(kind: EventKind, attributes: Attributes) -> None:
    """Raise `NotAProduct` if the event, whose attributes these are, does not say what changed."""
    if kind is EventKind.STOCK_CHANGED and all(value is None for value in attributes.values()):
        raise NotAProduct("tells_no_stock", "The stock event contains neither qty nor is_in_stock.")
    if kind is EventKind.SAVED and attributes.keys() <= {"sku"}:
        raise NotAProduct(
            "tells_nothing", "The body names a product, but none of its attributes: send those that changed."
        )


def _read_source_items(sources: object) -> tuple[ProductPayload, ...]:
    """Return a stock event for each SKU of saved source items."""
    found = tuple(
        ProductPayload(
            EventKind.STOCK_CHANGED, None, product_identity.sku({"sku": sku}), 0, stock_of_sources(rows)
        )
        for sku, rows in source_items_by_sku(sources).items()
        if sku.strip()
    )
    if not found:
        raise NotAProduct("names_no_product", "source_items: no item has a sku and a source_code.")
    return found


def _read_import(event: Mapping[str, object], kind: EventKind | None) -> tuple[ProductPayload, ...]:
    """Return an event for each row of a CSV import that can be read."""
    if kind is EventKind.DELETED:
        found = tuple(
            ProductPayload(EventKind.DELETED, entity_id, sku, 0, {} if sku is None else {"sku": sku})
            for entity_id, sku in import_rows.deleted_rows(event)
        )
    else:
        found = tuple(
            ProductPayload(EventKind.ATTRIBUTES_UPDATED, None, sku, 0, attributes)
            for sku, attributes in import_rows.imported_rows(event)
        )
    if not found:
        raise NotAProduct(
            "tells_nothing", f"{import_rows.ROWS}: no row says what changed for all store views."
        )
    return found


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
    websites = kind is EventKind.WEBSITES_CHANGED
    attributes = _websites(product) if websites else _mass_attributes(product)
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
    found = normalize(attributes)
    if not found:
        raise NotAProduct("tells_no_attributes", "attributes_data: names no attribute of a product.")
    return found


def _websites(product: Mapping[str, object]) -> Attributes:
    """Return all websites of the products or, with an `action`, the added or removed ones. Raises `NotAProduct`.

    Magento's own event has neither: it only names the products.
    """
    ids = website_ids(product.get("website_ids"))
    action = product.get("action")
    code = _ACTIONS.get(action) if isinstance(action, str | None) else None
    if not isinstance(ids, list) or (code != "website_ids" and not ids):
        raise NotAProduct(
            "tells_nothing",
            "The event says that websites changed, but not which: send website_ids and action.",
        )
    if code is None:
        raise NotAProduct("tells_nothing", f"action: {str(action)[:80]!r} is neither 'add' nor 'remove'.")
    return {code: ids}


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


def _is_new(
    product: Mapping[str, object], envelope: Mapping[str, object], event: ReportedEvent
) -> bool | None:
    """Return whether the save created the product, None if the body does not say.

    The product's own `is_new` does not count: it is a form value.
    """
    for value in (envelope.get("is_new"), envelope.get("_isNew"), product.get("_isNew")):
        if value in (True, 1, "1", "true"):
            return True
        if value in (False, 0, "0", "false"):
            return False
    return True if event.is_creation else None


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
