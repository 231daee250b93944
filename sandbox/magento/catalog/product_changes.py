"""Apply a save to a product. Pure: from the product and the changes to the product afterwards.

Besides attributes, a change may have the keys `sku`, `qty`, `is_in_stock`, `manage_stock`, `category_ids`,
`website_ids`, `attribute_set_id` and `gallery` (the media gallery's files, in order). As in Magento, a save in a store
view writes attributes of global scope to the default scope, and those of website scope to each view of its website;
None removes an override.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.magento.catalog.attribute_values import (
    StoredValue,
    find_attribute,
    format_quantity,
    parse_amount,
    to_stored,
)
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, ATTRIBUTES, Scope
from sandbox.magento.catalog.categories import CATEGORIES
from sandbox.magento.catalog.product import Product, Stock
from sandbox.magento.catalog.sample_catalog import url_key
from sandbox.magento.catalog.websites import STORE_VIEWS, WEBSITES, sibling_views
from sandbox.magento.errors import InvalidChange

STOCK_KEYS = frozenset({"qty", "is_in_stock", "manage_stock"})
OTHER_KEYS = frozenset({"sku", "category_ids", "website_ids", "attribute_set_id", "gallery"})
FIRST_WEBSITES = (1,)
MAX_SKU_LENGTH = 64


def after_save(product: Product, changes: Mapping[str, object], *, store_id: int, now: str) -> Product:
    """Return the product after a save: next version, `updated_at` is `now`, even if nothing differs."""
    check_view(store_id)
    attributes = {code: value for code, value in changes.items() if code not in STOCK_KEYS | OTHER_KEYS}
    stored_values = attribute_values(attributes, store_id=store_id)
    view_values = {
        code: value for code, value in stored_values.items() if store_id and not ATTRIBUTES[code].is_global
    }
    default_values = {code: value for code, value in stored_values.items() if code not in view_values}
    overrides: dict[int, dict[str, StoredValue]] = {
        view: {**values} for view, values in product.overrides.items()
    }
    for code, value in view_values.items():
        of_website = ATTRIBUTES[code].scope is Scope.WEBSITE
        for view in sibling_views(store_id) if of_website else (store_id,):
            overrides.setdefault(view, {})[code] = value
    return replace(
        product,
        **_entity_fields(changes),
        stock=after_stock(product.stock, changes),
        values={**product.values, **default_values},
        overrides=_own_values(overrides),
        updated_at=now,
        version=product.version + 1,
    )


def _own_values(
    overrides: Mapping[int, Mapping[str, StoredValue]],
) -> dict[int, Mapping[str, StoredValue]]:
    own: dict[int, Mapping[str, StoredValue]] = {
        view: {code: value for code, value in values.items() if value is not None}
        for view, values in overrides.items()
    }
    return {view: values for view, values in own.items() if values}


def check_view(store_id: int) -> None:
    """Raise `InvalidChange` for an unknown store view."""
    if store_id not in STORE_VIEWS:
        views = ", ".join(f"{view.id} ({view.code})" for view in STORE_VIEWS.values() if view.id)
        raise InvalidChange(
            f"store_id: unknown store view {store_id!r}. Choose 0 (all store views) or one of: {views}."
        )


def attribute_values(changes: Mapping[str, object], *, store_id: int) -> dict[str, StoredValue]:
    """Return attribute codes with their stored values. Raises `InvalidChange` for an unknown code or invalid value."""
    values = {code: to_stored(code, value) for code, value in changes.items()}
    for code, value in values.items():
        inherits = store_id and not ATTRIBUTES[code].is_global
        if value is None and find_attribute(code).required and not inherits:
            raise InvalidChange(f"{code}: a value is required. Only a store view may inherit it.")
    return values


def after_stock(stock: Stock, changes: Mapping[str, object]) -> Stock:
    """Return the stock item after the changes. A `qty` of 0 sets it out of stock unless `is_in_stock` is given."""
    qty = format_quantity(parse_amount("qty", changes["qty"])) if "qty" in changes else stock.qty
    in_stock = (qty != "0") if "qty" in changes else stock.is_in_stock
    return Stock(
        qty,
        _boolean(changes, "is_in_stock", in_stock),
        _boolean(changes, "manage_stock", stock.manage_stock),
    )


def new_product(entity_id: int, changes: Mapping[str, object], *, now: str) -> Product:
    """Return a simple product with these values. Raises `InvalidChange` without sku, name and price."""
    missing = [key for key in ("sku", "name", "price") if not changes.get(key)]
    if missing:
        raise InvalidChange(f"A new product needs {', '.join(missing)}.")
    first = {"status": "1", "visibility": "4", "tax_class_id": "2", "weight": "0.5"}
    first["url_key"] = url_key(f"{changes['name']} {changes['sku']}")
    empty = Product(entity_id, "", "simple", 4, now, now, 0, FIRST_WEBSITES, (2,), Stock(), {})
    return after_save(empty, {**first, **changes}, store_id=0, now=now)


def _entity_fields(changes: Mapping[str, object]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if "sku" in changes:
        checked["sku"] = _sku(changes["sku"])
    if "attribute_set_id" in changes:
        checked["attribute_set_id"] = _checked_ids(
            "attribute_set_id", [changes["attribute_set_id"]], ATTRIBUTE_SETS
        )[0]
    if "category_ids" in changes:
        checked["category_ids"] = category_ids(changes["category_ids"])
    if "website_ids" in changes:
        checked["website_ids"] = website_ids(changes["website_ids"])
    if "gallery" in changes:
        checked["gallery"] = _files(changes["gallery"])
    return checked


def category_ids(value: object) -> tuple[int, ...]:
    """Return the category ids. Raises `InvalidChange` for an unknown id."""
    return _checked_ids("category_ids", value, CATEGORIES)


def website_ids(value: object) -> tuple[int, ...]:
    """Return the website ids. Raises `InvalidChange` for an unknown id."""
    return _checked_ids("website_ids", value, WEBSITES)


def _sku(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_SKU_LENGTH:
        raise InvalidChange(f"sku: {value!r} is not text of 1 to {MAX_SKU_LENGTH} characters.")
    return value.strip()


def _files(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item[:1] == "/" for item in value
    ):
        raise InvalidChange(f"gallery: {value!r} is not a list of files that each start with a slash.")
    return tuple(dict.fromkeys(value))


def _checked_ids(key: str, value: object, allowed: Mapping[int, object]) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidChange(f"{key}: {value!r} is not a list of ids.")
    try:
        ids = tuple(int(str(item)) for item in value)
    except ValueError:
        ids = (-1,)
    if not set(ids) <= set(allowed):
        raise InvalidChange(
            f"{key}: {value!r} has an unknown id. Choose from: {', '.join(map(str, allowed))}."
        )
    return ids


def _boolean(changes: Mapping[str, object], key: str, default: bool) -> bool:
    if key not in changes:
        return default
    if str(changes[key]).lower() not in ("0", "1", "true", "false"):
        raise InvalidChange(f"{key}: {changes[key]!r} is not a boolean. Send true or false.")
    return str(changes[key]).lower() in ("1", "true")
