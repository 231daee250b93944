"""The events of deletions, mass actions, category changes, imports and orders.

They name products by id or by SKU, and little else: none of them tells a product's values as they are afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.product import Product
from sandbox.magento.events import product_data
from sandbox.magento.events.event import Event, Fired, dispatched, fired
from sandbox.magento.events.product_data import texts

_IMPORT = {"__class": "Magento\\CatalogImportExport\\Model\\Import\\Product\\Interceptor"}
_CATEGORY = {"__class": "Magento\\Catalog\\Model\\Category\\Interceptor"}
_ORDER = {"__class": "Magento\\Sales\\Model\\Order\\Interceptor"}


def deleted(product: Product) -> list[Fired]:
    """Return the events of a deletion by REST or from the product's page: the product as it was loaded."""
    data = product_data.loaded(product)
    return _deletion(data, data, {"media_gallery_images": {}})


def deleted_from_the_grid(product: Product) -> list[Fired]:
    """Return the events of a mass deletion: of a grid's row, which has the columns of the product's table only."""
    row = {
        **product_data.identity(product),
        "has_options": stock_item.flag(product.is_configurable),
        "required_options": stock_item.flag(product.is_configurable),
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }
    data = {**row, "store_id": 1, "media_gallery": product_data.gallery(product)}
    return _deletion(data, row, {"extension_attributes": {}, "media_gallery_images": {}})


def _deletion(
    data: Mapping[str, object], original: Mapping[str, object], added: Mapping[str, object]
) -> list[Fired]:
    after = {**data, **added}
    return [
        fired(Event.PRODUCT_DELETE_BEFORE, product=data, original=original, is_new=False),
        fired(Event.PRODUCT_DELETE, product=after, original=original, is_new=False),
        fired(Event.PRODUCT_DELETE_COMMIT, product=after, original=original, is_new=False),
    ]


def attributes_updated(products: Sequence[Product], attributes: Mapping[str, object], store_id: int) -> Fired:
    """Return the event before a mass update: ids and new values, without SKUs and old values."""
    return dispatched(
        Event.ATTRIBUTE_UPDATE_BEFORE,
        attributes_data=dict(attributes),
        product_ids=texts([product.entity_id for product in products]),
        store_id=store_id,
    )


def websites_changed(products: Sequence[Product]) -> Fired:
    """Return the event of a mass change of websites: ids, but neither which websites nor which way."""
    return dispatched(Event.WEBSITE_CHANGE, products=texts([product.entity_id for product in products]))


def category_products_changed(product_ids: Sequence[int]) -> list[Fired]:
    """Return the events of a category whose products changed: the category is an object without fields."""
    return [
        dispatched(Event.CATEGORY_CHANGE_PRODUCTS, category=dict(_CATEGORY), product_ids=list(product_ids)),
        dispatched(Event.CATEGORY_SAVE_COMMIT, data_object=dict(_CATEGORY), category=dict(_CATEGORY)),
    ]


def bunch_saved(rows: Sequence[Mapping[str, object]]) -> Fired:
    """Return the event of imported rows, in the words of the CSV file."""
    return dispatched(
        Event.IMPORT_BUNCH_SAVE,
        adapter=dict(_IMPORT),
        bunch=[dict(row) for row in rows],
        media_gallery=[],
        media_gallery_labels=[],
    )


def bunch_deleted(rows: Sequence[Mapping[str, object]], ids: Sequence[int]) -> Fired:
    """Return the event of rows whose products an import deleted."""
    bunch = [dict(row) for row in rows]
    return dispatched(
        Event.IMPORT_BUNCH_DELETE, adapter=dict(_IMPORT), bunch=bunch, ids_to_delete=texts(list(ids))
    )


def import_ended() -> Fired:
    """Return the event at the end of an import."""
    return dispatched(Event.IMPORT_FINISH_BEFORE, adapter=dict(_IMPORT))


def order_placed() -> Fired:
    """Return the event of a placed order, whose order is an object without fields."""
    return dispatched(Event.ORDER_PLACE, order=dict(_ORDER))
