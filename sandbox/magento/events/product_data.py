"""`getData()` of a product: as it was loaded, and the keys that each save adds.

All values are resolved: a product that was loaded in a store view has the view's own values and, where it has none,
those of the default scope. No key tells which is which.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, SET_ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.websites import views_of
from sandbox.magento.php_json import number

IMAGE_ROLES = ("image", "small_image", "thumbnail")
NO_IMAGE = "no_selection"
IMAGE_LABEL = "Image"
_EMPTY_DATES = ("special_from_date", "custom_design_from", "news_from_date")
_LAYOUT_UPDATES = ("custom_layout_update", "custom_layout_update_file")
_VIDEO_FIELDS = ("video_provider", "video_url", "video_title", "video_description", "video_metadata")


def loaded(product: Product, store_id: int = 0) -> dict[str, object]:
    """Build the data of a product loaded in this store view: also what `getOrigData()` has after a save."""
    return {
        **identity(product),
        "has_options": stock_item.flag(product.is_configurable),
        "required_options": stock_item.flag(product.is_configurable),
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        **attribute_values(product, store_id),
        "quantity_and_stock_status": {
            "is_in_stock": product.stock.is_in_stock,
            "qty": number(product.stock.qty),
        },
        "options": [],
        "media_gallery": gallery(product),
        "extension_attributes": {},
        **tier_prices(product),
        "category_ids": texts(product.category_ids),
        "is_salable": int(stock_item.is_salable(product)),
    }


def saved(product: Product, store_id: int) -> dict[str, object]:
    """Build what `loaded` has after a save: booleans where the form set them, and a stock status without a quantity."""
    return {
        **loaded(product, store_id),
        "has_options": product.is_configurable,
        "required_options": product.is_configurable,
        "quantity_and_stock_status": "1",
    }


def added_by_every_save(
    product: Product, before: Product | None, values: Mapping[str, object]
) -> dict[str, object]:
    """Build the keys that saving adds to the data of any product, new (`before` is None) or not.

    `values` is the data so far: each of its dates gets a mark that it was formatted.
    """
    empty = dict.fromkeys((*_EMPTY_DATES, *_LAYOUT_UPDATES))
    dates = {code for code in ATTRIBUTES if ATTRIBUTES[code].input is Input.DATE and code in values}
    added: dict[str, object] = {
        "parent_id": 0,
        **{code: values.get(code) for code in empty},
        **{f"{code}_is_formated": True for code in (*_EMPTY_DATES, *sorted(dates - set(_EMPTY_DATES)))},
        "is_changed_categories": before is None or before.category_ids != product.category_ids,
        "is_changed_websites": before is not None and before.website_ids != product.website_ids,
        "store_ids": store_ids(product),
    }
    if added["is_changed_categories"]:
        changed = set(product.category_ids) ^ set(before.category_ids if before else ())
        added["affected_category_ids"] = texts(sorted(changed))
    return added


def identity(product: Product) -> dict[str, object]:
    """Build the columns of the product's own table."""
    return {
        "entity_id": str(product.entity_id),
        "attribute_set_id": str(product.attribute_set_id),
        "type_id": product.type_id,
        "sku": product.sku,
    }


def attribute_values(product: Product, store_id: int) -> dict[str, object]:
    """Build the attributes as Magento's tables have them, all of them text."""
    values: dict[str, object] = {**product.resolved(store_id)}
    if product.files:
        values |= {role: product.value(role, store_id) or NO_IMAGE for role in IMAGE_ROLES}
        values |= {"swatch_image": NO_IMAGE}
        values |= {f"{role}_label": IMAGE_LABEL for role in IMAGE_ROLES if product.value(role, store_id)}
    if product.made_in_admin:
        values["gift_message_available"] = "2"
    return {**values, "options_container": "container2", "msrp_display_actual_price_type": "0"}


def gallery(product: Product, *, empty_video: str | None = None) -> dict[str, object]:
    """Build the media gallery; `empty_video` is what the form sends for an image without a video."""
    images = {
        str(value_id(product, position)): _gallery_row(product, position, file, empty_video)
        for position, file in enumerate(product.files, start=1)
    }
    return {"images": images or [], "values": []}


def value_id(product: Product, position: int) -> int:
    """Return the id of the image at this place, from 1, of the product's gallery."""
    return product.entity_id * 100 + position


def _gallery_row(product: Product, position: int, file: str, empty_video: str | None) -> dict[str, object]:
    own = {"label": IMAGE_LABEL, "position": str(position), "disabled": "0"}
    videos = (*_VIDEO_FIELDS, *(f"{name}_default" for name in _VIDEO_FIELDS))
    return {
        "value_id": str(value_id(product, position)),
        "file": file,
        "media_type": "image",
        "entity_id": str(product.entity_id),
        **own,
        **{f"{name}_default": value for name, value in own.items()},
        **dict.fromkeys(videos, empty_video),
    }


def tier_prices(product: Product) -> dict[str, object]:
    """Build the tier prices, of which this store has none; a configurable has no such keys."""
    return {} if product.is_configurable else {"tier_price": [], "tier_price_changed": 0}


def store_ids(product: Product) -> list[str]:
    """Build the ids of the store views of the product's websites."""
    return texts(views_of(product.website_ids))


def set_attributes() -> dict[str, object]:
    """Build the cache of the attribute set's attributes: objects, of which JSON shows nothing."""
    return {code: {} for code in (*ATTRIBUTES, *SET_ATTRIBUTES)}


def texts(ids: tuple[int, ...] | list[int]) -> list[str]:
    """Return ids as text."""
    return [str(id_) for id_ in ids]
