"""The product as a module sends it that does `json_encode($product->getData())` after a save in Admin.

Text where Magento stores text, real booleans and integers where the form sets them, PHP's empty arrays, and all keys of
the form that are not attributes. In a store view, inherited values are null.
"""

from __future__ import annotations

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.php_json import number


def saved(product: Product, store_id: int = 0, before: Product | None = None) -> dict[str, object]:
    """Build `getData()` after a save in that scope; `before` is the product before it, None for a new product."""
    return {
        "_edit_mode": True,
        "store_id": store_id,
        **_identity(product),
        "has_options": bool(product.child_ids),
        "required_options": bool(product.child_ids),
        **{code: product.scope_value(code, store_id) for code in product.codes()},
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
        "gift_message_available": "2",
        "options": [],
        "media_gallery": _gallery(product),
        "tier_price": [],
        "tier_price_changed": 0,
        "quantity_and_stock_status": {
            "is_in_stock": "1" if product.stock.is_in_stock else "0",
            "qty": product.stock.qty,
        },
        "category_ids": [str(id_) for id_ in product.category_ids],
        "is_salable": 1 if product.stock.is_in_stock and product.values.get("status") == "1" else 0,
        "stock_data": stock_item.to_form_data(product),
        "website_ids": {str(id_): str(id_) for id_ in product.website_ids} or [],
        **_extension_attributes(product),
        **_form_keys(product, store_id, before),
    }


def original(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build `getOrigData()`: the product as loaded, whose types differ from those after a save."""
    return {
        **_identity(product),
        "store_id": store_id,
        **{code: product.value(code, store_id) for code in product.codes()},
        "quantity_and_stock_status": {
            "is_in_stock": product.stock.is_in_stock,
            "qty": number(product.stock.qty),
        },
        "category_ids": [str(id_) for id_ in product.category_ids],
        "website_ids": [str(id_) for id_ in product.website_ids],
    }


def _identity(product: Product) -> dict[str, object]:
    return {
        "entity_id": str(product.entity_id),
        "attribute_set_id": str(product.attribute_set_id),
        "type_id": product.type_id,
        "sku": product.sku,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def _gallery(product: Product) -> dict[str, object]:
    images = {
        str(product.entity_id * 100 + position): {
            "value_id": str(product.entity_id * 100 + position),
            "file": file,
            "media_type": "image",
            "position": str(position),
            "disabled": "0",
            "label": "Image",
        }
        for position, file in enumerate(product.files, start=1)
    }
    return {"images": images or [], "values": []}


def _extension_attributes(product: Product) -> dict[str, object]:
    if product.type_id != "configurable":
        return {"extension_attributes": []}
    links = [str(id_) for id_ in product.child_ids]
    return {
        "extension_attributes": {"configurable_product_links": links},
        "affect_configurable_product_attributes": "1",
        "associated_product_ids": links,
        "configurable_attributes_data": {
            str(ATTRIBUTES[code].id): {
                "attribute_id": str(ATTRIBUTES[code].id),
                "code": code,
                "position": str(position),
            }
            for position, code in enumerate(product.axes)
        },
    }


def _form_keys(product: Product, store_id: int, before: Product | None) -> dict[str, object]:
    dates = [code for code in product.codes() if ATTRIBUTES[code].input is Input.DATE]
    return {
        "use_config_gift_message_available": "1",
        "current_product_id": str(product.entity_id),
        "affect_product_custom_options": "1",
        "current_store_id": str(store_id),
        "product_has_weight": "1",
        "is_new": "0",
        "url_key_create_redirect": product.values.get("url_key") or "",
        "ignore_links_flag": False,
        "can_save_custom_options": True,
        "save_rewrites_history": True,
        "can_save_bundle_selections": False,
        "is_custom_option_changed": True,
        "parent_id": 0,
        **{f"{code}_is_formated": True for code in dates},
        "is_changed_categories": before is not None and before.category_ids != product.category_ids,
        "is_changed_websites": before is not None and before.website_ids != product.website_ids,
        "force_reindex_eav_required": True,
    }
