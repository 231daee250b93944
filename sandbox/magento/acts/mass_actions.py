"""Mass actions of the product grid. Magento writes them without saving the products."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from sandbox.magento.acts.act import Act, Change, Changes, unique_skus, with_next_version
from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.events import other_events, stock_events


def announce_attributes(skus: Sequence[str], attributes: Changes, store_id: int) -> Act:
    """Fire the event of "Update attributes", which comes before the write: nothing has changed yet.

    "Change status" sends the status as a number, the form of all attributes sends text.
    """

    def act(connection: Connection, now: str) -> Change:
        planned = _with_attributes(connection, skus, attributes, store_id, now)
        stored = product_changes.attribute_values(attributes, store_id=store_id)
        status_only = set(stored) == {"status"}
        sent = {"status": int(str(stored["status"]))} if status_only else dict(stored)
        return Change(tuple(planned), (other_events.attributes_updated(planned, sent, store_id),))

    return act


def write_attributes(skus: Sequence[str], attributes: Changes, store_id: int) -> Act:
    """Write what `announce_attributes` announced: `updated_at` moves, and nothing is fired."""

    def act(connection: Connection, now: str) -> Change:
        after = _with_attributes(connection, skus, attributes, store_id, now)
        for product in after:
            product_rows.save(connection, product)
        return Change(tuple(after), ())

    return act


def change_websites(skus: Sequence[str], website_ids: Sequence[int], action: str) -> Act:
    """`add` products to websites or `remove` them: one event for all products, and `updated_at` stays."""
    websites = product_changes.website_ids(list(website_ids))
    if action not in ("add", "remove"):
        raise InvalidChange(f"action: {action!r} is neither add nor remove.")

    def act(connection: Connection, now: str) -> Change:
        after = []
        for sku in unique_skus(skus):
            product = product_rows.find(connection, sku)
            others = set(product.website_ids) - set(websites)
            ids = others | set(websites) if action == "add" else others
            after.append(with_next_version(product, website_ids=tuple(sorted(ids))))
            product_rows.save(connection, after[-1])
        return Change(tuple(after), (other_events.websites_changed(after),))

    return act


def update_inventory(skus: Sequence[str], changes: Changes) -> Act:
    """Do "Update inventory": only the sources are saved, through their plugin, with all products at once."""

    def act(connection: Connection, now: str) -> Change:
        after = []
        for sku in unique_skus(skus):
            product = product_rows.find(connection, sku)
            stock = product_changes.after_stock(product.stock, changes)
            after.append(with_next_version(product, stock=stock))
            product_rows.save(connection, after[-1])
        return Change(tuple(after), (stock_events.sources_saved(after),))

    return act


def _with_attributes(
    connection: Connection, skus: Sequence[str], attributes: Changes, store_id: int, now: str
) -> list[Product]:
    product_changes.check_view(store_id)
    product_changes.attribute_values(attributes, store_id=store_id)
    products = [product_rows.find(connection, sku) for sku in unique_skus(skus)]
    return [
        product_changes.after_save(product, attributes, store_id=store_id, now=now) for product in products
    ]
