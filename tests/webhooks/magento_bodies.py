"""Product bodies as Magento writes them, and the attributes in them."""

from __future__ import annotations

from magento.payloads.product_payload import ProductPayload, read

MUG: dict[str, object] = {"entity_id": "7", "sku": "MUG-01", "name": "Mug"}
NAMED = {"sku": "MUG-01", "name": "Mug"}


def read_single(document: object) -> ProductPayload:
    """Return the only product in the document."""
    (payload,) = read(document)
    return payload


ADMIN_SAVE: dict[str, object] = {
    "_edit_mode": True,
    "_cache_instance_product_set_attributes": [],
    "store_id": "0",
    "entity_id": "7",
    "row_id": "9",
    "attribute_set_id": "4",
    "type_id": "simple",
    "sku": "MUG-01",
    "has_options": False,
    "required_options": False,
    "created_at": "2026-01-02 03:04:05",
    "updated_at": "2026-11-24 11:59:58",
    "name": "Mug",
    "status": "1",
    "visibility": "4",
    "price": "9.900000",
    "special_price": None,
    "material": "5459,5471",
    "new": "0",
    "options": [],
    "tier_price": [],
    "tier_price_changed": 0,
    "media_gallery": {"images": {"4": {"file": "/m/u/mug.jpg", "position": "1"}}, "values": []},
    "quantity_and_stock_status": {"is_in_stock": "1", "qty": "333"},
    "stock_data": {
        "item_id": "3",
        "qty": "333",
        "use_config_min_qty": "1",
        "is_in_stock": "1",
        "type_id": "simple",
    },
    "category_ids": ["4", "12"],
    "website_ids": {"1": "1", "3": "3"},
    "extension_attributes": [],
    "is_salable": 1,
    "form_key": "dEaDbEeF",
    "mp_new": 1,
    "use_config_gift_message_available": "1",
    "current_product_id": "7",
    "current_store_id": "0",
    "affect_product_custom_options": "1",
    "affected_category_ids": ["4"],
    "product_has_weight": "1",
    "is_new": "0",
    "url_key_create_redirect": "mug",
    "ignore_links_flag": False,
    "can_save_custom_options": True,
    "can_save_bundle_selections": False,
    "save_rewrites_history": True,
    "is_custom_option_changed": True,
    "parent_id": 0,
    "special_from_date_is_formated": True,
    "is_changed_categories": False,
    "is_changed_websites": False,
    "force_reindex_eav_required": True,
}
ADMIN_ATTRIBUTES: dict[str, object] = {
    "attribute_set_id": "4",
    "type_id": "simple",
    "sku": "MUG-01",
    "created_at": "2026-01-02 03:04:05",
    "name": "Mug",
    "status": "1",
    "visibility": "4",
    "price": "9.900000",
    "special_price": None,
    "material": "5459,5471",
    "new": "0",
    "options": [],
    "tier_price": [],
    "media_gallery": {"images": [{"file": "/m/u/mug.jpg", "position": "1"}]},
    "quantity": "333",
    "stock_status": "1",
    "min_qty": None,
    "category_ids": ["4", "12"],
    "website_ids": ["1", "3"],
}
REST: dict[str, object] = {
    "id": 68,
    "sku": "HOODIE",
    "name": "Hoodie",
    "price": 0,
    "status": 1,
    "visibility": 4,
    "type_id": "configurable",
    "updated_at": "2026-11-24 11:59:58",
    "extension_attributes": {
        "website_ids": [1],
        "category_links": [{"position": 0, "category_id": "15"}, {"position": 1, "category_id": "36"}],
        "stock_item": {
            "item_id": 68,
            "product_id": 68,
            "qty": 0,
            "is_in_stock": True,
            "use_config_min_qty": True,
        },
        "configurable_product_links": [53, 54],
    },
    "media_gallery_entries": [{"id": 84, "file": "/m/h/mh01.jpg"}],
    "custom_attributes": [
        {"attribute_code": "color", "value": "52"},
        {"attribute_code": "climate", "value": "5628,5630"},
        {"attribute_code": "has_options", "value": "1"},
        {"attribute_code": "sku", "value": "not the top level's"},
    ],
}
REST_ATTRIBUTES: dict[str, object] = {
    "sku": "HOODIE",
    "name": "Hoodie",
    "price": 0,
    "status": 1,
    "visibility": 4,
    "type_id": "configurable",
    "website_ids": [1],
    "category_ids": ["15", "36"],
    "quantity": 0,
    "stock_status": True,
    "min_qty": None,
    "configurable_product_links": [53, 54],
    "media_gallery": {"images": [{"file": "/m/h/mh01.jpg"}]},
    "color": "52",
    "climate": "5628,5630",
}
