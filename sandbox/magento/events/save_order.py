"""The order in which one save of a product fires its events.

The stock item is saved before the product, both in one transaction; then come both events after the commit. Admin
saves the sources a second time in the end, and only then with the quantities that its form has for each source.
"""

from __future__ import annotations

from sandbox.magento.catalog.product import Product
from sandbox.magento.events import stock_events
from sandbox.magento.events.event import Event, Fired, fired

Body = dict[str, object]


def by_rest(product: Product, *, stock: Body, data: Body, original: Body, is_new: bool) -> list[Fired]:
    """Return the events of a save by REST."""
    body = {"product": data, "original": original, "is_new": is_new}
    return [
        stock_events.saved(Event.STOCK_ITEM_SAVE, stock, in_product_save=True),
        *([] if product.is_configurable else [stock_events.sources_saved([product])]),
        fired(Event.PRODUCT_SAVE, **body),
        stock_events.saved(Event.STOCK_ITEM_SAVE_COMMIT, stock, in_product_save=True),
        fired(Event.PRODUCT_SAVE_COMMIT, **body),
    ]


def by_form(
    product: Product, after: Product, *, stock: Body, data: Body, original: Body, is_new: bool
) -> list[Fired]:
    """Return the events of a save in Admin; `after` is the product with the quantities of the form's sources."""
    return [
        *by_rest(product, stock=stock, data=data, original=original, is_new=is_new),
        fired(Event.PRODUCT_SAVE_CONTROLLER, product=data, original=original, is_new=is_new),
        *([] if product.is_configurable else [stock_events.all_sources_saved(after)]),
    ]
