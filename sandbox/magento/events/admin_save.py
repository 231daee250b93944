"""`getData()` after a save in Admin: what was loaded, over it what the form sent, and what saving added."""

from __future__ import annotations

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.websites import STORE_VIEWS, WEBSITES
from sandbox.magento.events import product_data
from sandbox.magento.events.product_data import texts


def saved(product: Product, before: Product, store_id: int) -> dict[str, object]:
    """Build the data of an existing product after its form was saved in this store view."""
    data = product_data.saved(product, store_id)
    data |= {"media_gallery": _posted_gallery(product)}
    if product.made_in_admin:
        data |= {
            "quantity_and_stock_status": _posted_stock_status(product),
            "use_config_gift_message_available": "1",
        }
    return {
        "_edit_mode": True,
        "store_id": str(store_id),
        **data,
        "_cache_instance_product_set_attributes": product_data.set_attributes(),
        "stock_data": stock_item.to_form_data(product),
        "current_product_id": str(product.entity_id),
        **_copy_to_stores(product),
        "affect_product_custom_options": "1",
        "current_store_id": str(store_id),
        "product_has_weight": "1",
        "website_ids": posted_websites(product),
        "ignore_links_flag": False,
        "can_save_custom_options": True,
        "can_save_bundle_selections": False,
        "is_custom_option_changed": True,
        **product_data.added_by_every_save(product, before, data),
        "force_reindex_eav_required": True,
        **(_variations(product, is_new=False) if product.is_configurable else {}),
    }


def original(before: Product, store_id: int) -> dict[str, object]:
    """Build `getOrigData()`: the product as the form's controller loaded it in this store view."""
    return {
        "_edit_mode": True,
        "store_id": str(store_id),
        **product_data.loaded(before, store_id),
        "website_ids": texts(before.website_ids),
    }


def created(product: Product) -> dict[str, object]:
    """Build the data of a product that the form created: only what the form sent, as text, and what saving added."""
    posted = dict(product.resolved())
    return {
        "_edit_mode": True,
        "type_id": product.type_id,
        "store_id": "0",
        "attribute_set_id": str(product.attribute_set_id),
        "_cache_instance_product_set_attributes": product_data.set_attributes(),
        "stock_data": stock_item.new_form_data(product),
        "use_config_gift_message_available": "1",
        "affect_product_custom_options": "1",
        **posted,
        "sku": product.sku,
        "product_has_weight": "1",
        "website_ids": posted_websites(product),
        "category_ids": texts(product.category_ids),
        "quantity_and_stock_status": _posted_stock_status(product),
        "ignore_links_flag": False,
        "options": [],
        **({"media_gallery": _posted_gallery(product)} if product.files else {}),
        "extension_attributes": {},
        **({} if product.is_configurable else {"tier_price": [], "tier_price_changed": 0}),
        "can_save_custom_options": True,
        "can_save_bundle_selections": False,
        "is_custom_option_changed": True,
        **_set_by_creation(product),
        **product_data.added_by_every_save(product, None, posted),
        "affected_category_ids": list(product.category_ids),
        "gift_message_available": 2,
        "force_reindex_eav_required": True,
        **(_variations(product, is_new=True) if product.is_configurable else {}),
    }


def created_variation(product: Product, *, is_first: bool) -> dict[str, object]:
    """Build the data of a child that the form of a configurable created: each attribute of the set, mostly null.

    Only the first child of a form still carries the cache of the set's attributes.
    """
    cache = {"_cache_instance_product_set_attributes": product_data.set_attributes()} if is_first else {}
    posted = product.resolved()
    values: dict[str, object] = {
        code: posted.get(code, _unsent(code)) for code in ATTRIBUTES if code != "url_key"
    }
    empty = ("news_from_date", "news_to_date", "country_of_manufacture", "msrp", "page_layout")
    design = ("custom_layout_update_file", "custom_design_from", "custom_design_to", "custom_design")
    dates = [code for code in ATTRIBUTES if ATTRIBUTES[code].input is Input.DATE]
    formatted = (*dates, "custom_design_from", "custom_design_to", "news_from_date", "news_to_date")
    return {
        "store_id": 0,
        "type_id": product.type_id,
        "attribute_set_id": str(product.attribute_set_id),
        **cache,
        **values,
        "visibility": 1,
        "quantity_and_stock_status": {"qty": product.stock.qty},
        "category_ids": texts(product.category_ids),
        **dict.fromkeys((*empty, *design, "custom_layout", "gift_message_available")),
        "tier_price": [],
        "sku": product.sku,
        "media_gallery": "",
        "swatch_image": "",
        "stock_data": stock_item.new_form_data(product),
        "website_ids": posted_websites(product),
        **_set_by_creation(product),
        **product_data.added_by_every_save(product, None, values),
        **{f"{code}_is_formated": True for code in formatted},
        "extension_attributes": {},
        "affected_category_ids": list(product.category_ids),
        "cross_sell_products": [],
        "up_sell_products": [],
        "related_products": [],
        "force_reindex_eav_required": True,
    }


def posted_websites(product: Product) -> object:
    """Build the ticked websites, id to id; PHP writes an empty array as a list."""
    return {str(id_): str(id_) for id_ in product.website_ids} or []


def _unsent(code: str) -> str | None:
    return "" if ATTRIBUTES[code].input in (Input.SELECT, Input.MULTISELECT, Input.MEDIA_IMAGE) else None


def _set_by_creation(product: Product) -> dict[str, object]:
    return {
        "entity_id": str(product.entity_id),
        "has_options": product.is_configurable,
        "required_options": product.is_configurable,
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "url_key": product.value("url_key"),
        "url_path": product.value("url_key"),
    }


def _posted_stock_status(product: Product) -> dict[str, object]:
    in_stock = product.stock.is_in_stock or product.is_configurable
    return {
        "is_in_stock": stock_item.flag(in_stock),
        "qty": "" if product.is_configurable else product.stock.qty,
    }


def _posted_gallery(product: Product) -> dict[str, object]:
    """Build the gallery as the form sends it: its images without the list of values, empty texts for no video."""
    gallery = product_data.gallery(product, empty_video="")
    return {"images": gallery["images"]} if product.files else gallery


def _copy_to_stores(product: Product) -> dict[str, object]:
    views = {
        str(website): [
            {"storeView": view.name, "copy_from": "0", "copy_to": str(view.id)}
            for view in STORE_VIEWS.values()
            if view.website_id == website
        ]
        for website in WEBSITES
        if website not in product.website_ids
    }
    return {"copy_to_stores": views} if views else {}


def _variations(product: Product, *, is_new: bool) -> dict[str, object]:
    """Build the form's keys of a configurable: its axes with their options, but no child."""
    ids = [str(ATTRIBUTES[code].id) for code in product.axes]
    data: dict[str, object] = {
        **dict.fromkeys(product.axes),
        "_cache_instance_used_product_attributes": [{} for _ in ids],
        "_cache_instance_used_product_attribute_ids": ids,
        "configurable_attributes_data": {
            str(ATTRIBUTES[code].id): _axis(code, position, values)
            for position, (code, values) in enumerate(product.axes.items())
        },
        "new_variations_attribute_set_id": str(product.attribute_set_id),
        "can_save_configurable_attributes": True,
        "type_has_options": True,
        "type_has_required_options": True,
    }
    return data if is_new else {**data, "_cache_instance_configurable_attributes": {}}


def _axis(code: str, position: int, values: tuple[str, ...]) -> dict[str, object]:
    return {
        "attribute_id": str(ATTRIBUTES[code].id),
        "code": code,
        "label": ATTRIBUTES[code].label,
        "position": str(position),
        "values": {value: {"include": "1", "value_index": value} for value in values},
    }
