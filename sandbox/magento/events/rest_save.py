"""`getData()` after a save by REST: what was loaded and, over it, the objects that the client's JSON became.

Unlike in Admin, what the client sent stays beside Magento's own data: `category_links`, `stock_item`, `id`,
`media_gallery_entries` with each uploaded image as base64.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_images import draw_image
from sandbox.magento.events import product_data
from sandbox.magento.events.product_data import IMAGE_LABEL, IMAGE_ROLES, NO_IMAGE, texts
from sandbox.magento.php_json import number

_LINKS = ("cross_sell_products", "up_sell_products", "related_products")
_MEDIA_ATTRIBUTES = (*IMAGE_ROLES, "swatch_image")


@dataclass(frozen=True)
class RestSave:
    """What a REST save sent besides attributes.

    `qty` is the quantity of a `stock_item` in the body, None if it had none. `uploads` are the files that the save
    uploads. `sends_media` means that the client sent the product's images too, as the routes for images, websites and
    children do.
    """

    qty: str | None = None
    uploads: tuple[str, ...] = ()
    sends_media: bool = False


def saved(product: Product, before: Product, store_id: int, sent: RestSave) -> dict[str, object]:
    """Build the data of an existing product after a PUT in this store view."""
    data = product_data.saved(product, store_id)
    if product.is_configurable:
        data |= {"has_options": "1", "required_options": "1", "tier_price_changed": 0}
    if product.files:
        data |= {"media_gallery": {"images": product_data.gallery(product)["images"]}}
    return {
        **data,
        **({"_edit_mode": True} if store_id or product.is_configurable else {}),
        "id": product.entity_id,
        "product_links": [],
        "tier_prices": [],
        **_extension_attributes(product, before, sent),
        **{name: [] for name in _LINKS},
        "store_id": store_id,
        "can_save_custom_options": True,
        "_cache_instance_product_set_attributes": product_data.set_attributes(),
        "is_custom_option_changed": True,
        **product_data.added_by_every_save(product, before, data),
        **(_media(product, before, sent) if sent.sends_media else {}),
        **({"url_path": product.value("url_key")} if before.website_ids != product.website_ids else {}),
        **(_children(product, is_new=False) if product.is_configurable else {}),
    }


def original(before: Product, store_id: int) -> dict[str, object]:
    """Build `getOrigData()`: the product as the repository loaded it, without a store view's id."""
    return {**product_data.loaded(before, store_id), "website_ids": texts(before.website_ids)}


def created(product: Product, sent: RestSave) -> dict[str, object]:
    """Build the data of a product that a POST created: what the client sent, and what saving added.

    `category_ids` is empty; the categories stand in `category_links` and `affected_category_ids`.
    """
    values = product.resolved()
    typed = {code: _as_sent(code, value) for code, value in values.items() if code not in IMAGE_ROLES}
    stock = None if product.is_configurable else sent.qty
    return {
        "website_ids": list(product.website_ids),
        "sku": product.sku,
        "attribute_set_id": product.attribute_set_id,
        "type_id": product.type_id,
        **typed,
        **({"price": 0} if product.is_configurable else {}),
        "category_links": _category_links(product),
        **({"stock_item": stock_item.empty_object(stock)} if stock or product.is_configurable else {}),
        "extension_attributes": {},
        **({} if product.is_configurable else {"tier_price": []}),
        "tier_price_changed": 0,
        "store_id": 0,
        "can_save_custom_options": True,
        "has_options": False,
        "required_options": False,
        "options_container": "container2",
        "msrp_display_actual_price_type": "0",
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "quantity_and_stock_status": "1",
        "entity_id": str(product.entity_id),
        **product_data.added_by_every_save(product, None, values),
        "category_ids": [],
        **{name: [] for name in _LINKS},
        "url_path": product.value("url_key"),
        **(_created_media(product) if product.files else {}),
        **(_children(product, is_new=True) if product.is_configurable else {}),
    }


def _extension_attributes(product: Product, before: Product, sent: RestSave) -> dict[str, object]:
    """Build what the body's extension attributes became; a body without a stock item gets the stored ones."""
    if sent.qty is not None:
        return {"website_ids": texts(product.website_ids), "stock_item": stock_item.empty_object(sent.qty)}
    return {
        "website_ids": _assigned_websites(product, before),
        "category_links": _category_links(product),
        "stock_item": stock_item.to_rest(product),
    }


def _assigned_websites(product: Product, before: Product) -> object:
    """Build the websites: numbers from the client, text from the database where the route added or removed one.

    What remains after a removal keeps its keys, so PHP writes an object where the first one was removed.
    """
    if product.website_ids == before.website_ids:
        return list(product.website_ids)
    stored = {place: str(id_) for place, id_ in enumerate(before.website_ids) if id_ in product.website_ids}
    added = [id_ for id_ in product.website_ids if id_ not in before.website_ids]
    if list(stored) == list(range(len(stored))):
        return [*stored.values(), *added]
    return {str(place): id_ for place, id_ in stored.items()}


def _category_links(product: Product) -> list[dict[str, object]]:
    return [{"position": 0, "category_id": str(id_)} for id_ in product.category_ids]


def _as_sent(code: str, value: object) -> object:
    """Return a stored value in the type that a client's JSON usually has: numbers for prices and options."""
    match ATTRIBUTES[code].input:
        case Input.PRICE | Input.WEIGHT:
            return number(str(value))
        case Input.SELECT | Input.BOOLEAN if code != "tax_class_id":
            return int(str(value))
    return value


def _media(product: Product, before: Product, sent: RestSave) -> dict[str, object]:
    """Build the images: stored ones as the database has them, uploaded ones with their content."""
    entries: list[dict[str, object]] = []
    rows: dict[str, object] = {}
    stored = product_data.gallery(product)["images"]
    for position, file in enumerate(product.files, start=1):
        key = str(product_data.value_id(product, position))
        types = _types(product, file)
        if file in sent.uploads:
            entries.append(_uploaded_entry(file, position, types))
            rows[key] = _uploaded_row(product, file, position, types)
            continue
        entries.append({**_entry(position, types), "id": int(key), "file": file})
        row = dict(stored[key]) if isinstance(stored, dict) else {}
        rows[key] = {**row, "types": types, "content": None} if sent.uploads else row
    images: object = rows if before.files else list(rows.values())
    added: dict[str, object] = {"media_gallery_entries": entries, "media_attributes": _no_media_attributes()}
    if not product.files:
        return {**added, **dict.fromkeys(IMAGE_ROLES, NO_IMAGE)}
    return {**added, "media_gallery": {"images": images}}


def _created_media(product: Product) -> dict[str, object]:
    rows = [
        _uploaded_row(product, file, position, _types(product, file))
        for position, file in enumerate(product.files, start=1)
    ]
    entries = [
        _uploaded_entry(file, position, _types(product, file))
        for position, file in enumerate(product.files, start=1)
    ]
    return {
        "media_gallery_entries": entries,
        "_cache_instance_product_set_attributes": product_data.set_attributes(),
        "media_attributes": _no_media_attributes(),
        **{role: product.value(role) or NO_IMAGE for role in IMAGE_ROLES},
        "swatch_image": NO_IMAGE,
        "media_gallery": {"images": rows},
        **{f"{role}_label": IMAGE_LABEL for role in IMAGE_ROLES},
    }


def _types(product: Product, file: str) -> list[str]:
    return [role for role in IMAGE_ROLES if product.values.get(role) == file]


def _entry(position: int, types: Sequence[str]) -> dict[str, object]:
    return {
        "media_type": "image",
        "label": IMAGE_LABEL,
        "position": position,
        "disabled": False,
        "types": list(types),
    }


def _uploaded_entry(file: str, position: int, types: Sequence[str]) -> dict[str, object]:
    return {**_entry(position, types), "content": {**_content(file), "name": file.rpartition("/")[2]}}


def _uploaded_row(product: Product, file: str, position: int, types: Sequence[str]) -> dict[str, object]:
    name = file.rpartition("/")[2].rpartition(".")[0]
    return {
        **_entry(position, types),
        "value_id": str(product_data.value_id(product, position)),
        "file": file,
        "content": {"data": {**_content(file), "name": name}},
        "new_file": file,
    }


def _content(file: str) -> dict[str, object]:
    content_type, image = draw_image(file)
    return {"base64_encoded_data": base64.b64encode(image).decode(), "type": content_type}


def _no_media_attributes() -> dict[str, object]:
    return {code: {} for code in _MEDIA_ATTRIBUTES}


def _children(product: Product, *, is_new: bool) -> dict[str, object]:
    """Build the keys of a configurable: unlike a save in Admin, a save by REST names the children."""
    ids = [str(ATTRIBUTES[code].id) for code in product.axes]
    options = [
        {
            "attribute_id": str(ATTRIBUTES[code].id),
            "label": ATTRIBUTES[code].label,
            "position": position,
            "values": [{"value_index": int(value)} for value in values],
        }
        for position, (code, values) in enumerate(product.axes.items())
    ]
    used: object = [] if is_new else {id_: {} for id_ in ids}
    data: dict[str, object] = {
        "configurable_product_options": options,
        "configurable_product_links": list(product.child_ids),
        "_cache_instance_used_attributes": used,
        "_cache_instance_used_product_attributes": used,
        "_cache_instance_used_product_attribute_ids": [] if is_new else ids,
    }
    if is_new:
        return data
    return {**data, **dict.fromkeys(product.axes), "_cache_instance_configurable_attributes": {}}
