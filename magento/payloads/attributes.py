"""Normalize a product's attributes: every shape in which Magento writes them becomes one mapping by attribute code.

The shapes are flat `getData()` with stock and media wrapped, REST with `custom_attributes` and `extension_attributes`,
and PHP's empty arrays and sparse lists. Only the shape changes: values stay as received, null included, and a missing
attribute stays missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.attributes import FORM_FIELDS, FORM_PREFIXES, FORM_SUFFIX, Attributes, Value

IDENTITY: Final = frozenset(
    {"entity_id", "id", "product_id", "productId", "productSku", "row_id", "store_id", "updated_at"}
)
"""Keys that say which product was saved, where and when. `row_id` belongs to Adobe Commerce's content staging."""

_LISTS: Final = frozenset({"category_ids", "website_ids"})
_STOCK_WRAPPERS: Final = ("quantity_and_stock_status", "stock_data", "stock_item")
_STOCK_KEYS: Final = {"qty": "quantity", "is_in_stock": "stock_status"}
_MANAGED: Final = "manage_stock"
_BY_CONFIG: Final = "use_config_manage_stock"
_UNWRAPPED: Final = frozenset(
    {"custom_attributes", "extension_attributes", "media_gallery", _MANAGED, *_STOCK_WRAPPERS, *_STOCK_KEYS}
)
_NO_ATTRIBUTES: Final = IDENTITY | FORM_FIELDS | _UNWRAPPED


def normalize(product: Mapping[str, object]) -> Attributes:
    """Return the attributes of one product body by code, without form fields.

    Stock becomes `quantity` and `stock_status`.
    """
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
    return not (code in _NO_ATTRIBUTES or code.startswith(FORM_PREFIXES) or code.endswith(FORM_SUFFIX))


def _custom_attributes(value: object) -> Iterator[tuple[str, object]]:
    """Yield code and value, from REST's ``[{attribute_code, value}]`` or from an object by code.

    Custom modules write the object; PHP also turns the list into an object by index when the indexes have gaps.
    """
    if isinstance(value, dict) and not all(isinstance(item, dict) for item in value.values()):
        yield from value.items()
        return
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, dict) and isinstance(item.get("attribute_code"), str) and "value" in item:
            yield item["attribute_code"], item["value"]


def _extension_attributes(extension: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for code, value in extension.items():
        if code == "category_links":
            links = value if isinstance(value, list) else []
            yield (
                "category_ids",
                [link["category_id"] for link in links if isinstance(link, dict) and "category_id" in link],
            )
        elif _is_attribute(code):
            yield code, value


def _stock(product: Mapping[str, object], extension: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield each stock value in the body, in order of precedence: the wrapper nearest to the save comes first.

    `quantity_and_stock_status` may be the bare status.
    """
    wrappers = [product.get(name) for name in _STOCK_WRAPPERS]
    for wrapper in (*wrappers, extension.get("stock_item"), product):
        if isinstance(wrapper, dict):
            yield from ((code, wrapper[key]) for key, code in _STOCK_KEYS.items() if key in wrapper)
            if _MANAGED in wrapper:
                # If the store's configuration decides, the stock item's own flag has no meaning (and is often 0).
                by_config = str(wrapper.get(_BY_CONFIG)).lower() in ("1", "true")
                yield _MANAGED, True if by_config else wrapper[_MANAGED]
    if isinstance(wrappers[0], str | int):
        yield "stock_status", wrappers[0]


def _media_gallery(value: object) -> object:
    """Return the gallery with its images as a list: PHP writes them as an object by id if the ids have gaps."""
    images = value.get("images") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(images, dict):
        return value
    return {**value, "images": list(images.values())}


def _list(value: object) -> object:
    """Return a list of ids from a list, an object of ids (PHP) or ``"4,5"``; other values unchanged."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


def _object(value: object) -> Mapping[str, object]:
    """Return the object. PHP writes an empty object as ``[]``."""
    return value if isinstance(value, dict) else {}
