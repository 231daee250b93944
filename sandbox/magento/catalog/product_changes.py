"""What a save does to a product: pure, from the product and the changes to the product after.

Besides attributes, a change may name `sku`, `qty`, `is_in_stock`, `manage_stock`, `category_ids`, `website_ids`,
`attribute_set_id` and `gallery` (the media gallery's files, in their order). In a store view, values of global scope go
to the default scope, as Magento does; None gives an override back to inheritance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.magento.catalog.attribute_values import Stored, amount, attribute_named, plain, stored
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, ATTRIBUTES, VIEWS
from sandbox.magento.catalog.categories import CATEGORIES
from sandbox.magento.catalog.product import Product, Stock
from sandbox.magento.catalog.sample_catalog import url_key
from sandbox.magento.errors import InvalidChange

STOCK_KEYS = frozenset({"qty", "is_in_stock", "manage_stock"})
OTHER_KEYS = frozenset({"sku", "category_ids", "website_ids", "attribute_set_id", "gallery"})
WEBSITES = (1,)
LONGEST_SKU = 64


def after_save(product: Product, changes: Mapping[str, object], *, store_id: int, now: str) -> Product:
    """The product after a save: one version on, `updated_at` now, whether or not anything differs."""
    check_view(store_id)
    told = {code: value for code, value in changes.items() if code not in STOCK_KEYS | OTHER_KEYS}
    here = attribute_values(told, store_id=store_id)
    own = {code: value for code, value in here.items() if store_id and not ATTRIBUTES[code].is_global}
    shared = {code: value for code, value in here.items() if code not in own}
    kept = {code: value for code, value in {**product.overrides, **own}.items() if value is not None}
    return replace(
        product,
        **_entity(changes),
        stock=after_stock(product.stock, changes),
        values={**product.values, **shared},
        overrides=kept,
        updated_at=now,
        version=product.version + 1,
    )


def check_view(store_id: int) -> None:
    """InvalidChange for a store view that is not there."""
    if store_id not in VIEWS:
        raise InvalidChange(
            f"store_id: no store view {store_id!r}. Choose 0 (all store views) or 1 (default)."
        )


def attribute_values(told: Mapping[str, object], *, store_id: int) -> dict[str, Stored]:
    """Attribute codes with the values to keep. InvalidChange for an unknown code or a value that can't be."""
    values = {code: stored(code, value) for code, value in told.items()}
    for code, value in values.items():
        inherits = store_id and not ATTRIBUTES[code].is_global
        if value is None and attribute_named(code).required and not inherits:
            raise InvalidChange(
                f"{code}: a product needs one. Only a store view may leave it to the default."
            )
    return values


def after_stock(stock: Stock, changes: Mapping[str, object]) -> Stock:
    """The stock item after the changes: none left is out of stock, some is in stock, unless told otherwise."""
    qty = plain(amount("qty", changes["qty"])) if "qty" in changes else stock.qty
    in_stock = (qty != "0") if "qty" in changes else stock.is_in_stock
    return Stock(
        qty,
        _yes(changes, "is_in_stock", in_stock),
        _yes(changes, "manage_stock", stock.manage_stock),
    )


def new_product(entity_id: int, changes: Mapping[str, object], *, now: str) -> Product:
    """A simple product from its first values; sku, name and price must be told."""
    missing = [key for key in ("sku", "name", "price") if not changes.get(key)]
    if missing:
        raise InvalidChange(f"A new product needs {', '.join(missing)}.")
    first = {"status": "1", "visibility": "4", "tax_class_id": "2", "weight": "0.5"}
    first["url_key"] = url_key(f"{changes['name']} {changes['sku']}")
    empty = Product(entity_id, "", "simple", 4, now, now, 0, WEBSITES, (2,), Stock(), {})
    return after_save(empty, {**first, **changes}, store_id=0, now=now)


def _entity(changes: Mapping[str, object]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if "sku" in changes:
        checked["sku"] = _sku(changes["sku"])
    if "attribute_set_id" in changes:
        checked["attribute_set_id"] = _known(
            "attribute_set_id", [changes["attribute_set_id"]], ATTRIBUTE_SETS
        )[0]
    if "category_ids" in changes:
        checked["category_ids"] = _known("category_ids", changes["category_ids"], CATEGORIES)
    if "website_ids" in changes:
        checked["website_ids"] = website_ids(changes["website_ids"])
    if "gallery" in changes:
        checked["gallery"] = _files(changes["gallery"])
    return checked


def website_ids(told: object) -> tuple[int, ...]:
    """Websites by id; this store has one."""
    return _known("website_ids", told, dict.fromkeys(WEBSITES))


def _sku(told: object) -> str:
    if not isinstance(told, str) or not told.strip() or len(told) > LONGEST_SKU:
        raise InvalidChange(f"sku: {told!r} is not a text of 1 to {LONGEST_SKU} characters.")
    return told.strip()


def _files(told: object) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) and one[:1] == "/" for one in told):
        raise InvalidChange(f"gallery: {told!r} is not a list of files, each with a slash before it.")
    return tuple(dict.fromkeys(told))


def _known(key: str, told: object, known: Mapping[int, object]) -> tuple[int, ...]:
    if not isinstance(told, list | tuple):
        raise InvalidChange(f"{key}: {told!r} is not a list of ids.")
    try:
        ids = tuple(int(str(one)) for one in told)
    except ValueError:
        ids = (-1,)
    if not set(ids) <= set(known):
        raise InvalidChange(
            f"{key}: {told!r} has an unknown id. This store has: {', '.join(map(str, known))}."
        )
    return ids


def _yes(changes: Mapping[str, object], key: str, otherwise: bool) -> bool:
    if key not in changes:
        return otherwise
    if str(changes[key]).lower() not in ("0", "1", "true", "false"):
        raise InvalidChange(f"{key}: {changes[key]!r} is neither yes nor no. Send true or false.")
    return str(changes[key]).lower() in ("1", "true")
