"""Attribute shapes: every way in which Magento writes a product's attributes, settled into one by attribute code.

Flat `getData()` with stock and media wrapped, REST with `custom_attributes` and `extension_attributes`, PHP's empty
arrays and sparse lists. Shape only: the values stay as told, null too, and an absent key stays absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemas.attributes import FORM_FIELDS, FORM_PREFIXES, FORM_SUFFIX, Attributes, Value

IDENTITY: Final = frozenset(
    {"entity_id", "id", "product_id", "productId", "productSku", "row_id", "store_id", "updated_at"}
)
"""Keys that say which product, in which view and when: they travel beside the attributes. `row_id` is staging's."""

_LISTS: Final = frozenset({"category_ids", "website_ids"})
_STOCK_WRAPPERS: Final = ("quantity_and_stock_status", "stock_data", "stock_item")
_STOCK_KEYS: Final = {"qty": "quantity", "is_in_stock": "stock_status"}
_MANAGED: Final = "manage_stock"
_BY_CONFIG: Final = "use_config_manage_stock"
_SETTLED: Final = frozenset(
    {"custom_attributes", "extension_attributes", "media_gallery", _MANAGED, *_STOCK_WRAPPERS, *_STOCK_KEYS}
)
_NO_ATTRIBUTES: Final = IDENTITY | FORM_FIELDS | _SETTLED


def settled(product: Mapping[str, Any]) -> Attributes:
    """The attributes of one product body, by code, without noise, stock as `quantity` and `stock_status`."""
    extension = _object(product.get("extension_attributes"))
    fields: dict[str, Value] = {code: value for code, value in product.items() if _is_attribute(code)}
    for code, value in _custom_attributes(product.get("custom_attributes")):
        if _is_attribute(code):
            fields.setdefault(code, value)
    for code, value in _extension_attributes(extension):
        fields.setdefault(code, value)
    for code in _LISTS & fields.keys():
        fields[code] = _list(fields[code])
    if "media_gallery" in product:
        fields["media_gallery"] = _media_gallery(product["media_gallery"])
    for code, value in _stock(product, extension):
        fields.setdefault(code, value)
    return fields


def _is_attribute(code: str) -> bool:
    """The key is an attribute's code."""
    return not (code in _NO_ATTRIBUTES or code.startswith(FORM_PREFIXES) or code.endswith(FORM_SUFFIX))


def _custom_attributes(value: Any) -> Iterator[tuple[str, Value]]:
    """REST's ``[{attribute_code, value}]``, or the object by code that a hand-made module writes."""
    if isinstance(value, dict) and not all(isinstance(one, dict) for one in value.values()):
        yield from value.items()
        return
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(one, dict) and isinstance(one.get("attribute_code"), str) and "value" in one:
            yield one["attribute_code"], one["value"]


def _extension_attributes(extension: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for code, value in extension.items():
        if code == "category_links":
            links = value if isinstance(value, list) else []
            yield "category_ids", [link["category_id"] for link in links if _names_category(link)]
        elif _is_attribute(code):
            yield code, value


def _names_category(link: Any) -> bool:
    return isinstance(link, dict) and "category_id" in link


def _stock(product: Mapping[str, Any], extension: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Every telling of the stock, the nearest to the save first; `quantity_and_stock_status` may be the bare status."""
    wrappers = [product.get(name) for name in _STOCK_WRAPPERS]
    for wrapper in (*wrappers, extension.get("stock_item"), product):
        if isinstance(wrapper, dict):
            yield from ((code, wrapper[key]) for key, code in _STOCK_KEYS.items() if key in wrapper)
            if _MANAGED in wrapper:
                # Where the store's configuration decides, the stock item's own flag means nothing (often 0).
                by_config = str(wrapper.get(_BY_CONFIG)).lower() in ("1", "true")
                yield _MANAGED, True if by_config else wrapper[_MANAGED]
    if isinstance(wrappers[0], str | int):
        yield "stock_status", wrappers[0]


def _media_gallery(value: Value) -> Value:
    """The gallery with its images as a list, for PHP writes them as an object by id when the ids have gaps."""
    if not isinstance(value, dict) or not isinstance(value.get("images"), dict):
        return value
    return {**value, "images": list(value["images"].values())}


def _list(value: Value) -> Value:
    """A list of ids out of a list, PHP's object of ids, or ``"4,5"``; null stays."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


def _object(value: Any) -> Mapping[str, Any]:
    """An object; PHP writes an empty one as ``[]``."""
    return value if isinstance(value, dict) else {}
