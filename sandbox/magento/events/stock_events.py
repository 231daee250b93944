"""The bodies of the stock item's events, and of the calls that save sources and reservations.

A stock item's event names its product by `product_id` only. It has no SKU and no original; on creation it also has an
`id`, which is the stock item's.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.magento import php_json
from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sources import DEFAULT_SOURCE
from sandbox.magento.events.event import Event, Fired, fired
from sandbox.magento.php_json import number


def from_form(product: Product) -> dict[str, object]:
    """Build the stock item after a save of the form in Admin: text without decimals."""
    form = stock_item.to_form_data(product)
    data = {**form, "stock_id": stock_item.STOCK_ID, "website_id": 0, "low_stock_date": None}
    if product.is_configurable:
        data |= {"qty": 0, "low_stock_date": "", "stock_status_changed_auto": 0}
    return data


def from_new_form(product: Product) -> dict[str, object]:
    """Build the stock item of a product that the form of Admin created."""
    qty = {"qty": 0} if product.is_configurable else {}
    changed = {} if product.is_configurable else {"stock_status_changed_auto": 0, "low_stock_date": None}
    return {**stock_item.new_form_data(product), **qty, **changed, **_new_ids(product)}


def from_post(product: Product) -> dict[str, object]:
    """Build the stock item of a product that a POST created."""
    changed = {} if product.is_configurable else {"stock_status_changed_auto": 0, "low_stock_date": None}
    return {
        "qty": number(product.stock.qty),
        "is_in_stock": product.stock.is_in_stock or product.is_configurable,
        "extension_attributes": {},
        **changed,
        **_new_ids(product),
    }


def from_put(product: Product, now: str, *, was_sent: bool, in_product_save: bool) -> dict[str, object]:
    """Build the stock item after a PUT: as the database has it, over it what the client sent of it (`was_sent`)."""
    sent = {"qty": number(product.stock.qty), "is_in_stock": product.stock.is_in_stock} if was_sent else {}
    low = was_sent and product.stock.qty == "0"
    data = {
        "item_id": str(stock_item.item_id(product)),
        "product_id": str(product.entity_id),
        "stock_id": stock_item.STOCK_ID,
        **stock_item.settings(product, decimals=True),
        **sent,
        "low_stock_date": now if low else None,
        "is_decimal_divided": "0",
        "website_id": 0,
        "type_id": product.type_id,
        **({"extension_attributes": {}} if in_product_save else {}),
    }
    if product.is_configurable:
        data |= {"qty": 0, "stock_status_changed_auto": 0}
    return data


def saved(event: Event, item: dict[str, object], *, in_product_save: bool) -> Fired:
    """Return the event of a saved stock item."""
    return fired(event, in_product_save, product=item, original=None)


def sources_saved(products: Sequence[Product]) -> Fired:
    """Return the call that saves the default source of these products."""
    return source_items(
        [
            _source_item(product.sku, DEFAULT_SOURCE, product.stock.qty, product.stock.is_in_stock)
            for product in products
        ]
    )


def all_sources_saved(product: Product) -> Fired:
    """Return the call that saves every source of the product, as the form of Admin does in the end."""
    first = _source_item(product.sku, DEFAULT_SOURCE, product.stock.qty, product.stock.is_in_stock)
    others = [
        _source_item(product.sku, code, item.quantity, item.in_stock)
        for code, item in product.sources.items()
    ]
    return source_items([first, *others])


def one_source_saved(product: Product, source_code: str) -> Fired:
    """Return the call that saves one source of the product."""
    if source_code == DEFAULT_SOURCE:
        return sources_saved([product])
    item = product.sources[source_code]
    return source_items([_source_item(product.sku, source_code, item.quantity, item.in_stock)])


def source_items(items: Sequence[dict[str, object]]) -> Fired:
    """Return the call that saves these source items."""
    return fired(Event.SOURCE_ITEMS_SAVE, source_items=list(items))


def reservation(product: Product, quantity: str, **metadata: str) -> Fired:
    """Return the call that changes what is reserved of the product; orders take (below 0), shipments give back."""
    row = {
        "sku": product.sku,
        "stock_id": stock_item.STOCK_ID,
        "quantity": number(quantity),
        "metadata": php_json.encode(metadata).decode(),
    }
    return fired(Event.APPEND_RESERVATIONS, reservations=[row])


def _source_item(sku: str, source_code: str, quantity: str, in_stock: bool) -> dict[str, object]:
    return {"sku": sku, "source_code": source_code, "quantity": number(quantity), "status": int(in_stock)}


def _new_ids(product: Product) -> dict[str, object]:
    number_ = str(stock_item.item_id(product))
    return {
        "product_id": str(product.entity_id),
        "website_id": 0,
        "stock_id": stock_item.STOCK_ID,
        "item_id": number_,
        "id": number_,
    }
