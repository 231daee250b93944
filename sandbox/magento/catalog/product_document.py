"""A product as Magento's REST API returns it: typed at the top level, text in `custom_attributes`."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Attribute, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_images import draw_image
from sandbox.magento.php_json import number

TOP_LEVEL = frozenset(
    ("name", "price", "status", "visibility", "weight")
)  # attributes that are not in custom_attributes
_BACKEND_TYPES: Mapping[Input, str] = {
    Input.TEXTAREA: "text",
    Input.PRICE: "decimal",
    Input.WEIGHT: "decimal",
    Input.DATE: "datetime",
    Input.SELECT: "int",
    Input.MULTISELECT: "text",
    Input.BOOLEAN: "int",
}
_OPTION_TABLE = "Magento\\Eav\\Model\\Entity\\Attribute\\Source\\Table"
_CHILD_CODES = frozenset(
    (
        *("required_options", "has_options", "tax_class_id", "category_ids", "url_key"),
        "msrp_display_actual_price_type",
    )
)
"""Magento's own attributes in a configurable's list of children, beside the merchant's."""


def full_document(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build the response of GET /V1/products/{sku}, which some modules also send after a save."""
    extension = {**_extension_attributes(product), "stock_item": stock_item.to_rest(product)}
    return {**list_item(product, store_id), "extension_attributes": extension}


def list_item(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build an item of GET /V1/products: lists leave out the stock item."""
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
        "media_gallery_entries": gallery(product),
        "tier_prices": [],
        "custom_attributes": _custom_attributes(product, store_id),
    }


def child(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build an item of GET /V1/configurable-products/{sku}/children: less of it than a list of products has."""
    document = list_item(product, store_id)
    codes = _CHILD_CODES | {code for code, definition in ATTRIBUTES.items() if definition.user_defined}
    kept = [row for row in _custom_attributes(product, store_id) if row["attribute_code"] in codes]
    left_out = ("extension_attributes", "options")
    return {
        **{name: value for name, value in document.items() if name not in left_out},
        "custom_attributes": kept,
    }


def attribute(definition: Attribute, store_id: int = 0) -> dict[str, object]:
    """Build the response of GET /V1/products/attributes/{code}."""
    return {
        "extension_attributes": {"is_pagebuilder_enabled": False},
        "is_wysiwyg_enabled": False,
        "is_html_allowed_on_front": False,
        "used_for_sort_by": False,
        "is_filterable": definition.user_defined,
        "is_filterable_in_search": False,
        "is_used_in_grid": True,
        "is_visible_in_grid": False,
        "is_filterable_in_grid": True,
        "position": 0,
        "apply_to": [],
        "is_searchable": "1",
        "is_visible_in_advanced_search": "1",
        "is_comparable": "1",
        "is_used_for_promo_rules": "0",
        "is_visible_on_front": "0",
        "used_in_product_listing": "0",
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
        "backend_type": _BACKEND_TYPES.get(definition.input, "varchar"),
        **({"source_model": _OPTION_TABLE} if definition.options else {}),
        "default_value": "",
        "is_unique": "0",
        "validation_rules": [],
    }


def options(definition: Attribute, store_id: int = 0) -> list[dict[str, str]]:
    """Build the response of GET /V1/products/attributes/{code}/options: an empty choice, then the view's labels."""
    choices = [{"label": option.label_for(store_id), "value": option.value} for option in definition.options]
    return [{"label": " ", "value": ""}, *choices]


def _extension_attributes(product: Product) -> dict[str, object]:
    links = [{"position": 0, "category_id": str(id_)} for id_ in product.category_ids]
    extension: dict[str, object] = {"website_ids": list(product.website_ids), "category_links": links}
    if product.is_configurable:
        extension["configurable_product_options"] = _axes(product)
        extension["configurable_product_links"] = list(product.child_ids)
    return extension


def gallery(product: Product) -> list[dict[str, object]]:
    """Build the images of the product as REST lists them."""
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


def gallery_with_content(product: Product) -> list[dict[str, object]]:
    """Build the response of GET /V1/products/{sku}/media, which has the images themselves."""
    rows = []
    for row in gallery(product):
        content_type, image = draw_image(str(row["file"]))
        content = {
            "base64_encoded_data": base64.b64encode(image).decode(),
            "type": content_type,
            "name": str(row["file"]).rpartition("/")[2],
        }
        rows.append({**row, "content": content})
    return rows


def _custom_attributes(product: Product, store_id: int) -> list[dict[str, object]]:
    values = {
        **{code: value for code, value in product.resolved(store_id).items() if code not in TOP_LEVEL},
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
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
