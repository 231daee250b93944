"""Normalize a product's attributes: every shape in which Magento writes them becomes one mapping by attribute code.

The shapes are flat `getData()` with stock and media wrapped, REST with `custom_attributes` and `extension_attributes`,
and PHP's empty arrays and sparse lists. Only the shape changes: values stay as received, null included, and a missing
attribute stays missing. Of several names for one attribute the one that says something counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

from magento.payloads.file_contents import FILE_CONTENT
from magento.payloads.media_gallery import ENTRIES, GALLERY, read_gallery
from magento.payloads.stock import (
    OWN_WRAPPERS,
    PLAIN_CODES,
    SOURCE_ITEMS,
    STOCK_KEYS,
    is_stock,
    read_stock,
    says_something,
    source_items,
)
from schemas.attributes import FORM_FIELDS, FORM_PREFIXES, FORM_SUFFIX, Attributes, Value
from schemas.gates import read_stock_status

IDENTITY: Final = frozenset(
    {"entity_id", "id", "product_id", "productId", "productSku", "row_id", "store_id", "updated_at"}
)
"""Keys that say which product was saved, where and when. `row_id` belongs to Adobe Commerce's content staging."""

_MODEL_KEYS: Final = frozenset(
    {
        "category_links",
        "copy_to_stores",
        "cross_sell_products",
        "media_attributes",
        "media_gallery_images",
        "product_links",
        "related_products",
        "store_ids",
        "up_sell_products",
    }
)
"""Keys that Magento's product model has in a save beside the attributes (seen in Magento 2.4.7)."""

_CUSTOM: Final = ("custom_attributes", "customAttributes", "custom_attributesV2")
"""Names of the custom attributes: in REST, in its camel case, and in GraphQL."""
_UNWRAPPED: Final = frozenset({*_CUSTOM, "extension_attributes", GALLERY, ENTRIES})
_NO_ATTRIBUTES: Final = IDENTITY | FORM_FIELDS | STOCK_KEYS | _MODEL_KEYS | _UNWRAPPED
_NESTED: Final = (list, dict)
_CODE: Final = re.compile(r"[A-Za-z]")
_CODE_NAMES: Final = ("attribute_code", "code", "attributeCode")
_VALUE_NAMES: Final = ("value", "selected_options")
_WEBSITE_ID: Final = re.compile(r"[1-9][0-9]*\Z")
_RICH_TEXTS: Final = ("description", "short_description")
"""Attributes that GraphQL sends as ``{"html": ...}``."""
_WEBSITE_NAMES: Final = ("website_id", "id")


def normalize(product: Mapping[str, object], *, stock_item_counts: bool = False) -> Attributes:
    """Return the attributes of one product body by code, without form fields and without the content of files.

    Stock becomes `quantity`, `stock_status`, `manage_stock`, `min_qty` and `source_items`, the images `media_gallery`.
    `stock_item_counts` is whether the body is a stock item's, whose `stock_item` needs no ids.
    """
    extension = _object(product.get("extension_attributes"))
    fields: dict[str, Value] = {code: value for code, value in product.items() if _is_attribute(code)}
    stock: dict[str, object] = {}
    custom = [_custom_attributes(product[name]) for name in _CUSTOM if name in product]
    for code, value in chain(*custom, extension.items()):
        if code in STOCK_KEYS:
            stock.setdefault(code, value)
        elif _is_attribute(code) and (code not in fields or _says_more(value, fields[code])):
            fields[code] = value
    for code in _RICH_TEXTS:
        if isinstance(text := fields.get(code), dict) and "html" in text:
            fields[code] = text["html"]
    _set_categories(fields, product, extension)
    if "website_ids" in fields:
        fields["website_ids"] = website_ids(fields["website_ids"])
    if (gallery := read_gallery({**extension, **product} if extension else product)) is not None:
        fields[GALLERY] = gallery
    items = [fields.pop(name) for name in SOURCE_ITEMS if name in fields]
    plain: dict[str, object] = {code: fields.pop(code) for code in PLAIN_CODES if code in fields}
    wrapped = [fields.pop(name) for name in OWN_WRAPPERS if is_stock(fields.get(name))]
    nested = (*wrapped, stock) if stock else wrapped
    fields |= read_stock(product, plain, nested, stock_item_counts=stock_item_counts)
    if items and (rows := source_items(next(filter(says_something, items), None), product.get("sku"))):
        fields["source_items"] = rows
    for code, value in fields.items():
        if value and isinstance(value, _NESTED):
            fields[code] = _without_files(value)
    return fields


def website_ids(value: object) -> object:
    """Return a list of website ids from a list, an object or ``"1,2"``; null and other values unchanged.

    An object has the ids as its keys, and a value of 0, false or "" means that the product is not in the website
    (Magento Admin writes ``{"1": "1"}``, single-store mode ``{"1": 1}``). It is PHP's list with gaps where it has the
    key 0, which no website has, or a value that is neither its own key nor yes or no: then its values are the ids.
    """
    if isinstance(value, dict):
        if "0" in value or any(_is_other_id(key, item) for key, item in value.items()):
            return [_website(item) for item in value.values() if _is_in(item)]
        return [key for key, item in value.items() if _is_in(item)]
    ids = _list(value)
    return [_website(item) for item in ids] if isinstance(ids, list) else ids


def _website(item: object) -> object:
    """Return the id of a website that is an object, as REST and GraphQL have it; others unchanged."""
    if not isinstance(item, dict):
        return item
    return next((item[name] for name in _WEBSITE_NAMES if name in item), item)


def _says_more(value: object, first: object) -> bool:
    """Whether a second value of an attribute replaces the first, which says nothing."""
    return first is None or (not says_something(first) and says_something(value))


@lru_cache(maxsize=4096)
def _is_attribute(code: str) -> bool:
    return not (code in _NO_ATTRIBUTES or code.startswith(FORM_PREFIXES) or code.endswith(FORM_SUFFIX))


def _custom_attributes(value: object) -> Iterator[tuple[str, object]]:
    """Yield code and value, from REST's ``[{attribute_code, value}]``, GraphQL's ``[{code, value}]`` or an object.

    Custom modules write an object by code, of values or of ``{"value": ...}``; PHP also turns the list into an object
    by index if the indexes have gaps. GraphQL has the list in `items`, and the options of a select, with their labels,
    in `selected_options`.
    """
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        value = value["items"]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        name = next((name for name in _VALUE_NAMES if name in item), None) if isinstance(item, dict) else None
        code = key if name is None else next((item[name] for name in _CODE_NAMES if name in item), key)
        if isinstance(code, str) and _CODE.match(code):
            yield code, item if name is None else _single(item[name])


def _single(value: object) -> object:
    """Return the only option of a list; other values unchanged."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) else value


def _set_categories(
    fields: dict[str, Value], product: Mapping[str, object], extension: Mapping[str, object]
) -> None:
    """Set `category_ids`, also from the links of the REST API.

    When the REST API creates a product, `category_ids` is empty and the links are beside it.
    """
    if "category_ids" in fields:
        fields["category_ids"] = _list(fields["category_ids"])
    links = product.get("category_links", extension.get("category_links"))
    ids = [link["category_id"] for link in _items(links) if isinstance(link, dict) and "category_id" in link]
    ids_of_body = fields.get("category_ids")
    if ids_of_body is None and ("category_links" in extension or ids):
        # Magento writes null for a product without categories.
        fields["category_ids"] = ids
    elif ids_of_body == [] and ids and str(product.get("is_changed_categories")).lower() in ("1", "true"):
        fields["category_ids"] = ids


def _is_in(value: object) -> bool:
    return says_something(value) and read_stock_status(value) is not False


def _is_other_id(key: str, value: object) -> bool:
    """Whether the value of this key is another website's id."""
    text = str(value).strip()
    return not isinstance(value, bool) and text not in (key, "1") and _WEBSITE_ID.match(text) is not None


def _list(value: object) -> object:
    """Return a list of ids from a list, an object of ids (PHP) or ``"4,5"``; other values unchanged."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


def _without_files(value: list[Value] | dict[str, Value]) -> Value:
    """Return the value without the content of uploaded files, which is large and stands in the store's media folder."""
    if isinstance(value, dict):
        return {
            key: _without_files(item) if isinstance(item, _NESTED) else item
            for key, item in value.items()
            if key != FILE_CONTENT
        }
    return [_without_files(item) if isinstance(item, _NESTED) else item for item in value]


def _items(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _object(value: object) -> Mapping[str, object]:
    """Return the object. PHP writes an empty object as ``[]``."""
    return value if isinstance(value, dict) else {}
