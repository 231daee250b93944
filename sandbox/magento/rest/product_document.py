"""The product as Magento's REST API answers it: typed at the top, text below in `custom_attributes`."""

from __future__ import annotations

from typing import Any

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Attribute
from sandbox.magento.catalog.product import Product
from sandbox.magento.webhooks.php_json import number

TOP_LEVEL = frozenset(
    ("name", "price", "status", "visibility", "weight")
)  # the attributes that REST takes out of custom_attributes


def full(product: Product, store_id: int = 0) -> dict[str, Any]:
    """GET /V1/products/{sku}; also the shape that some modules send after a save."""
    answer = in_list(product, store_id)
    extension = answer["extension_attributes"]
    extension["stock_item"] = stock_item.typed(product)
    if product.type_id == "configurable":
        extension["configurable_product_options"] = _axes(product)
        extension["configurable_product_links"] = list(product.child_ids)
    return answer


def in_list(product: Product, store_id: int = 0) -> dict[str, Any]:
    """One of GET /V1/products: without stock item and configurable options, which lists leave out."""
    links = [{"position": 0, "category_id": str(id_)} for id_ in product.category_ids]
    return {
        "id": product.entity_id,
        "sku": product.sku,
        "name": product.value("name", store_id),
        "attribute_set_id": product.attribute_set_id,
        "price": number(product.value("price", store_id)),
        "status": int(product.value("status", store_id) or 0),
        "visibility": int(product.value("visibility", store_id) or 0),
        "type_id": product.type_id,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "weight": number(product.value("weight", store_id)),
        "extension_attributes": {"website_ids": list(product.website_ids), "category_links": links},
        "product_links": [],
        "options": [],
        "media_gallery_entries": _gallery(product),
        "tier_prices": [],
        "custom_attributes": _custom_attributes(product, store_id),
    }


def attribute(described: Attribute, store_id: int = 0) -> dict[str, Any]:
    """GET /V1/products/attributes/{code}."""
    return {
        "is_filterable": described.user_defined,
        "is_visible": True,
        "scope": described.scope.value,
        "attribute_id": described.id,
        "attribute_code": described.code,
        "frontend_input": described.input.value,
        "entity_type_id": "4",
        "is_required": described.required,
        "options": options(described, store_id) if described.options else [],
        "is_user_defined": described.user_defined,
        "default_frontend_label": described.label,
        "frontend_labels": [],
        "is_unique": "0",
        "validation_rules": [],
    }


def options(described: Attribute, store_id: int = 0) -> list[dict[str, str]]:
    """GET /V1/products/attributes/{code}/options: the first is the empty choice, labels are those of the view."""
    choices = [{"label": option.label_in(store_id), "value": option.value} for option in described.options]
    return [{"label": " ", "value": ""}, *choices]


def _gallery(product: Product) -> list[dict[str, Any]]:
    roles = ("image", "small_image", "thumbnail")
    return [
        {
            "id": product.entity_id * 100 + place,
            "media_type": "image",
            "label": "Image",
            "position": place,
            "disabled": False,
            "types": [role for role in roles if product.values.get(role) == file],
            "file": file,
        }
        for place, file in enumerate(product.files, start=1)
    ]


def _custom_attributes(product: Product, store_id: int) -> list[dict[str, Any]]:
    told = {
        **{code: product.value(code, store_id) for code in product.codes() if code not in TOP_LEVEL},
        "options_container": "container2",
        "required_options": "1" if product.child_ids else "0",
        "has_options": "1" if product.child_ids else "0",
        "category_ids": [str(id_) for id_ in product.category_ids],
    }
    return [{"attribute_code": code, "value": value} for code, value in told.items() if value is not None]


def _axes(product: Product) -> list[dict[str, Any]]:
    return [
        {
            "id": product.entity_id * 10 + place,
            "attribute_id": str(ATTRIBUTES[code].id),
            "label": ATTRIBUTES[code].label,
            "position": place,
            "values": [{"value_index": int(value)} for value in values],
            "product_id": product.entity_id,
        }
        for place, (code, values) in enumerate(product.axes.items())
    ]
