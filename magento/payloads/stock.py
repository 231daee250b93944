"""Read the stock in a body: quantity, stock status, Manage Stock, Out-of-Stock Threshold, and the stock of each source.

A body may have the same stock several times, in wrappers and beside them. Of each value the first that is understood
counts, else the first that says something. Null and an empty text say nothing, but see `_add`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from schemas.attributes import Attributes, Value
from schemas.gates import Unread, read_stock_status
from schemas.inventory_policy import DEFAULT_SOURCE

MIN_QTY: Final = "min_qty"
"""Magento's *Out-of-Stock Threshold*. None: the store's configuration decides, and no body contains that."""

PLAIN_CODES: Final = ("quantity", "stock_status")
"""Stock attributes that modules also send beside the product's attributes, under our own names."""
STOCK_KEYS: Final = frozenset(
    {"quantity_and_stock_status", "stock_data", "stock_item", "qty", "is_in_stock", "manage_stock", MIN_QTY}
)
"""Keys of a body that are read into stock attributes and are none themselves."""

OWN_WRAPPERS: Final = ("stock", "inventory", "stockItem")
"""Names under which modules wrap stock. An attribute of such a name counts as stock if it looks like it: `is_stock`."""

SOURCE_ITEMS: Final = ("source_items", "sourceItems")
"""Names of the stock by source."""

_NAMES: Final = {
    "quantity": ("qty", "quantity"),
    "stock_status": ("is_in_stock", "isInStock", "stock_status"),
}
_WRAPPERS: Final = ("quantity_and_stock_status", "stock_data")
_SOURCE_ITEM: Final = ("source_code", "quantity", "status")
_NUMBER: Final = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*\Z", re.ASCII)


def read_stock(
    product: Mapping[str, object],
    plain: Mapping[str, object],
    nested: Iterable[Mapping[str, object]] = (),
    *,
    stock_item_counts: bool,
) -> dict[str, Value]:
    """Return the stock attributes of a body; those that it does not have are missing.

    `plain` has the values of `PLAIN_CODES`, which come before those in wrappers. `nested` are objects of the body that
    have stock, too: wrappers of modules, and what stands among custom or extension attributes. `stock_item_counts` is
    whether a `stock_item` without ids is the store's: see `is_rest_default`.
    """
    bodies = (plain, *_bodies(product, nested, stock_item_counts=stock_item_counts))
    found: dict[str, Value] = {}
    for code, keys in _NAMES.items():
        _add(found, code, [body[key] for body in bodies for key in keys if key in body])
    _add(found, "manage_stock", [_managed(body) for body in bodies])
    for body in bodies:
        if _is_yes(body.get("use_config_min_qty")):
            found[MIN_QTY] = None
            break
        if says_something(body.get(MIN_QTY)):
            found[MIN_QTY] = body[MIN_QTY]
            break
    return found


def is_stock(value: object) -> bool:
    """Whether an object of a module is the stock of a product."""
    return isinstance(value, dict) and ("qty" in value or "is_in_stock" in value)


def is_rest_default(stock_item: Mapping[str, object], *, may_lack_ids: bool = False) -> bool:
    """Whether this `stock_item` is the empty object that Magento's REST API makes for the stock of a request.

    It has defaults where the request had nothing, and is in stock whatever the request said. Magento's own stock items
    have an `item_id` or a `product_id`; those of modules may lack both (`may_lack_ids`), but have no `product_id` of 0.
    """
    if may_lack_ids and "product_id" not in stock_item:
        return False
    return not (_is_id(stock_item.get("item_id")) or _is_id(stock_item.get("product_id")))


def source_items(value: object, sku: object = None) -> list[Attributes]:
    """Return the stock by source as a list of ``{"source_code", "quantity", "status"}``.

    `value` is a list, an object whose list has gaps (PHP) or that has the items by source code, or a search result with
    `items`. Items of another SKU are left out.
    """
    if isinstance(value, dict):
        value = value.get("items", [value] if "source_code" in value else value)
    if isinstance(value, dict):
        items = [{"source_code": key, **item} for key, item in value.items() if isinstance(item, dict)]
    else:
        items = value if isinstance(value, list) else []
    return [
        _source_item(item)
        for item in items
        if isinstance(item, dict) and isinstance(item.get("source_code"), str) and _is_of(item, sku)
    ]


def _source_item(item: Mapping[str, object]) -> Attributes:
    found = {key: item[key] for key in _SOURCE_ITEM if key in item}
    return found if "quantity" in found or "qty" not in item else {**found, "quantity": item["qty"]}


def source_items_by_sku(value: object) -> Mapping[str, list[Attributes]]:
    """Return the stock by source of each SKU that the items name."""
    value = value.get("items", value) if isinstance(value, dict) else value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found: dict[str, list[Attributes]] = {}
    for item in items:
        if isinstance(item, dict) and isinstance(sku := item.get("sku"), str | int) and sku is not True:
            found.setdefault(str(sku), []).extend(source_items([item]))
    return {sku: rows for sku, rows in found.items() if rows}


def stock_of_sources(rows: list[Attributes]) -> Attributes:
    """Return the stock attributes that saved source items mean.

    The default source is also the stock item's quantity and stock status.
    """
    found: dict[str, Value] = {"source_items": rows}
    for row in rows:
        if row["source_code"].strip().lower() == DEFAULT_SOURCE:
            _add(found, "quantity", (row.get("quantity"),))
            _add(found, "stock_status", (row.get("status"),))
    return found


def says_something(value: object) -> bool:
    """Whether the value is neither missing, null, an empty text nor an empty list or object."""
    if isinstance(value, str):
        return bool(value.strip())
    return not (value is None or value == [] or value == {})


def _bodies(
    product: Mapping[str, object], nested: Iterable[Mapping[str, object]], *, stock_item_counts: bool
) -> Iterator[Mapping[str, object]]:
    """Yield each stock in the body: the wrapper nearest to the save comes first.

    `quantity_and_stock_status` counts as an object only: the bare number stays 1 in Magento when a product is out of
    stock.
    """
    for name in _WRAPPERS:
        if isinstance(wrapper := product.get(name), dict):
            yield wrapper
    stock_item = product.get("stock_item")
    if isinstance(stock_item, dict) and not is_rest_default(stock_item, may_lack_ids=stock_item_counts):
        yield stock_item
    extension = product.get("extension_attributes")
    stock_item = extension.get("stock_item") if isinstance(extension, dict) else None
    if isinstance(stock_item, dict) and not is_rest_default(stock_item, may_lack_ids=True):
        yield stock_item
    yield product
    for body in nested:
        yield from (wrapper for name in _WRAPPERS if isinstance(wrapper := body.get(name), dict))
        yield body


def _managed(body: Mapping[str, object]) -> object:
    """Return whether stock is managed. If the store's configuration decides, the own flag has no meaning (often 0)."""
    return True if _is_yes(body.get("use_config_manage_stock")) else body.get("manage_stock")


def _add(found: dict[str, Value], code: str, values: Iterable[object]) -> None:
    """Add the first value that is understood, else the first one that says something.

    Where all that is sent of the stock status is an empty text, that is added: PHP writes false as one.
    """
    first = empty = None
    for value in values:
        if not says_something(value):
            empty = value if isinstance(value, str) else empty
        elif _is_understood(code, value):
            found[code] = value
            return
        else:
            first = value if first is None else first
    if first is not None:
        found[code] = first
    elif empty is not None and code == "stock_status":
        found[code] = empty


def _is_understood(code: str, value: object) -> bool:
    if code != "quantity":
        return not isinstance(read_stock_status(value), Unread)
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.match(value) is not None)


def _is_of(item: Mapping[str, object], sku: object) -> bool:
    if sku is None or item.get("sku") is None:
        return True
    return str(item["sku"]).strip().lower() == str(sku).strip().lower()


def _is_id(value: object) -> bool:
    return says_something(value) and str(value) not in ("0", "False")


def _is_yes(value: object) -> bool:
    """Whether this flag of Magento is a yes, in whatever form: the stock status is such a flag, too."""
    return value is not None and read_stock_status(value) is True
