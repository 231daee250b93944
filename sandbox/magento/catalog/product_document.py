"""A product as Magento's REST API returns it: typed at the top level, text in `custom_attributes`."""

from __future__ import annotations

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Attribute
from sandbox.magento.catalog.product import Product
from sandbox.magento.php_json import number

TOP_LEVEL = frozenset(
    ("name", "price", "status", "visibility", "weight")
)  # attributes that are not in custom_attributes


def full_document(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build the response of GET /V1/products/{sku}, which some modules also send after a save."""
    extension = {**_extension_attributes(product), "stock_item": stock_item.to_rest(product)}
    if product.type_id == "configurable":
        extension["configurable_product_options"] = _axes(product)
        extension["configurable_product_links"] = list(product.child_ids)
    return {**list_item(product, store_id), "extension_attributes": extension}


def list_item(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build an item of GET /V1/products: lists leave out the stock item and the configurable options."""
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
        "extension_attributes": _extension_attributes(product),
        "product_links": [],
        "options": [],
        "media_gallery_entries": _gallery(product),
        "tier_prices": [],
        "custom_attributes": _custom_attributes(product, store_id),
    }


def attribute(definition: Attribute, store_id: int = 0) -> dict[str, object]:
    """Build the response of GET /V1/products/attributes/{code}."""
    return {
        "is_filterable": definition.user_defined,
        "is_visible": True,
        "scope": definition.scope.value,
        "attribute_id": definition.id,
        "attribute_code": definition.code,
        "frontend_input": definition.input.value,
        "entity_type_id": "4",
        "is_required": definition.required,
        "options": options(definition, store_id) if definition.options else [],
        "is_user_defined": definition.user_defined,
        "default_frontend_label": definition.label,
        "frontend_labels": [],
        "is_unique": "0",
        "validation_rules": [],
    }


def options(definition: Attribute, store_id: int = 0) -> list[dict[str, str]]:
    """Build the response of GET /V1/products/attributes/{code}/options: an empty choice, then the view's labels."""
    choices = [{"label": option.label_for(store_id), "value": option.value} for option in definition.options]
    return [{"label": " ", "value": ""}, *choices]


def _extension_attributes(product: Product) -> dict[str, object]:
    links = [{"position": 0, "category_id": str(id_)} for id_ in product.category_ids]
    return {"website_ids": list(product.website_ids), "category_links": links}


def _gallery(product: Product) -> list[dict[str, object]]:
    roles = ("image", "small_image", "thumbnail")
    return [
        {
            "id": product.entity_id * 100 + position,
            "media_type": "image",
            "label": "Image",
            "position": position,
            "disabled": False,
            "types": [role for role in roles if product.values.get(role) == file],
            "file": file,
        }
        for position, file in enumerate(product.files, start=1)
    ]


def _custom_attributes(product: Product, store_id: int) -> list[dict[str, object]]:
    values = {
        **{code: product.value(code, store_id) for code in product.codes() if code not in TOP_LEVEL},
        "options_container": "container2",
        "required_options": "1" if product.child_ids else "0",
        "has_options": "1" if product.child_ids else "0",
        "category_ids": [str(id_) for id_ in product.category_ids],
    }
    return [{"attribute_code": code, "value": value} for code, value in values.items() if value is not None]


def _axes(product: Product) -> list[dict[str, object]]:
    return [
        {
            "id": product.entity_id * 10 + position,
            "attribute_id": str(ATTRIBUTES[code].id),
            "label": ATTRIBUTES[code].label,
            "position": position,
            "values": [{"value_index": int(value)} for value in values],
            "product_id": product.entity_id,
        }
        for position, (code, values) in enumerate(product.axes.items())
    ]
