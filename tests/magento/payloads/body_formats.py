"""The same product in every body format that Magento, its modules and its APIs send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

PRODUCTS = st.fixed_dictionaries(
    {
        "name": st.text(min_size=1, max_size=8),
        "price": st.decimals("0.01", "9999", places=2).map(str),
        "status": st.sampled_from([1, 2]),
        "visibility": st.sampled_from([1, 2, 3, 4]),
        "color": st.none() | st.integers(1, 99).map(str),
        "website_ids": st.lists(st.integers(1, 4), unique=True, max_size=3),
        "category_ids": st.lists(st.integers(1, 99), unique=True, max_size=3),
        "files": st.lists(st.sampled_from(["/a.jpg", "/b.jpg", "/c.jpg"]), unique=True),
        "qty": st.integers(0, 500),
        "is_in_stock": st.booleans(),
        "managed": st.sampled_from([True, False, None]),
        "min_qty": st.none() | st.integers(0, 20),
    }
)
"""`managed` and `min_qty` are None where the store's configuration decides."""
Format = Callable[[Mapping[str, Any]], dict[str, object]]
_IDENTITY = {"entity_id": 7, "sku": "MUG-01"}


def stock_item(product: Mapping[str, Any], text: Callable[[object], object]) -> dict[str, object]:
    """Return Magento's stock item, with `text` as the form of its numbers."""
    managed, threshold = product["managed"], product["min_qty"]
    return {
        "qty": text(product["qty"]),
        "is_in_stock": text(product["is_in_stock"]),
        "manage_stock": text(bool(managed)),
        "use_config_manage_stock": text(managed is None),
        "min_qty": text(threshold or 0),
        "use_config_min_qty": text(threshold is None),
    }


def gallery(product: Mapping[str, Any], **more: object) -> list[dict[str, object]]:
    return [
        {"file": file, "position": n, "disabled": False, **more} for n, file in enumerate(product["files"])
    ]


def as_text(value: object) -> object:
    """Return a number as PHP reads it from the database: ``"18.0000"``, ``"1"``."""
    return str(int(value)) if isinstance(value, bool) else f"{value}.0000"


def flat(product: Mapping[str, Any]) -> dict[str, object]:
    """The data of a save in Magento Admin: numbers are texts, websites an object, the bare status says nothing."""
    own = {key: product[key] for key in ("name", "price", "color")}
    return {
        **_IDENTITY,
        **own,
        "status": str(product["status"]),
        "visibility": str(product["visibility"]),
        "website_ids": {str(id_): str(id_) for id_ in product["website_ids"]} or [],
        "category_ids": [str(id_) for id_ in product["category_ids"]],
        "media_gallery": {
            "images": {str(n): entry for n, entry in enumerate(gallery(product, value_id="3"), 4)} or [],
            "values": [],
        },
        "quantity_and_stock_status": "1",
        "stock_data": {**stock_item(product, as_text), "item_id": "3"},
        "form_key": "x",
    }


def rest(product: Mapping[str, Any]) -> dict[str, object]:
    """A product of the REST API."""
    return {
        "id": 7,
        "sku": "MUG-01",
        "name": product["name"],
        "price": float(product["price"]),
        "status": product["status"],
        "visibility": product["visibility"],
        "extension_attributes": {
            "website_ids": product["website_ids"],
            "category_links": [{"category_id": str(id_)} for id_ in product["category_ids"]],
            "stock_item": {**stock_item(product, lambda value: value), "item_id": 3, "product_id": 7},
        },
        "media_gallery_entries": gallery(product, id=3, types=[]),
        "custom_attributes": [{"attribute_code": "color", "value": product["color"]}],
    }


def rest_save(product: Mapping[str, Any]) -> dict[str, object]:
    """The data of a save by the REST API, with the store's stock item."""
    return {
        **flat(product),
        "category_ids": [],
        "category_links": [{"category_id": id_, "position": 0} for id_ in product["category_ids"]],
        "is_changed_categories": True,
        "media_gallery": {"images": gallery(product, content={"data": {"base64_encoded_data": "eA=="}})},
        "media_gallery_entries": [{"content": {"base64_encoded_data": "eA=="}} for _ in product["files"]],
        "stock_data": None,
        "stock_item": {**stock_item(product, lambda value: value), "item_id": 3, "product_id": 7},
    }


def with_nulls(product: Mapping[str, Any]) -> dict[str, object]:
    """A module that sends every name that it knows, most of them empty."""
    return {
        **flat(product),
        "color": None,
        "custom_attributes": {"color": {"value": product["color"]}},
        "quantity_and_stock_status": {"qty": None, "is_in_stock": ""},
        "extension_attributes": {"stock_item": None, "website_ids": None, "category_links": None},
        "media_gallery_entries": None,
        "quantity": None,
        "qty": "",
    }


FORMATS: tuple[Format, ...] = (
    flat,
    rest,
    rest_save,
    with_nulls,
    lambda product: {"event": "product.saved", "product": flat(product)},
    lambda product: {"event": {"data": {"value": rest(product)}}},
    lambda product: {"eventName": "catalog_product_save_after", "data": {"product": rest_save(product)}},
    lambda product: {"event": "catalog_product_save_after", **with_nulls(product)},
)
