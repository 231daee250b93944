"""What clients of the REST API do with products, as ERP and PIM systems do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from sandbox.magento.acts import admin
from sandbox.magento.acts.act import Act, Change, Changes, unique_skus, with_next_version
from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.events import other_events, rest_save, save_order, stock_events
from sandbox.magento.events.event import Event
from sandbox.magento.events.rest_save import RestSave


def create(sku: str, changes: Changes, *, child_skus: Sequence[str] = ()) -> Act:
    """POST a product, with a stock item if `changes` has a quantity; with children it is a configurable."""

    def act(connection: Connection, now: str) -> Change:
        values = {**changes, "sku": sku}
        product = product_changes.new_product(product_rows.next_id(connection), values, now=now)
        if child_skus:
            children = [product_rows.find(connection, child) for child in child_skus]
            product = admin.as_configurable(product, children)
        product_rows.save(connection, product)
        sent = RestSave(qty=_sent_quantity(product, changes))
        events = save_order.by_rest(
            product,
            stock=stock_events.from_post(product),
            data=rest_save.created(product, sent),
            original=dict(admin.NEW),
            is_new=True,
        )
        return Change((product,), tuple(events))

    return act


def put(sku: str, changes: Changes, *, store_id: int = 0, sends_media: bool = False) -> Act:
    """PUT a product in a store view, with a stock item if `changes` has one of its keys."""
    return _put(sku, changes, store_id, sends_media=sends_media)


def upload_image(sku: str, file: str, *, roles: Sequence[str] = ()) -> Act:
    """POST an image to the product's gallery, for these roles: image, small_image, thumbnail."""

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        changes = {"gallery": [*product.files, file], **dict.fromkeys(roles, file)}
        return _put(sku, changes, 0, uploads=(file,), sends_media=True)(connection, now)

    return act


def assign_websites(sku: str, website_ids: Sequence[int]) -> Act:
    """Assign the product to exactly these websites, which is a save of the product."""
    return _put(sku, {"website_ids": list(website_ids)}, 0, sends_media=True)


def add_child(sku: str, child_sku: str) -> Act:
    """POST a child to a configurable, which is a save of the parent."""

    def act(connection: Connection, now: str) -> Change:
        parent = product_rows.find(connection, sku)
        if not parent.is_configurable:
            raise InvalidChange("The product is not a configurable.")
        ids = dict.fromkeys((*parent.child_ids, product_rows.find(connection, child_sku).entity_id))
        children = product_rows.find_by_ids(connection, ids)
        product_rows.save(connection, admin.as_configurable(parent, children, tuple(parent.axes)))
        return _put(sku, {}, 0, sends_media=True)(connection, now)

    return act


def put_stock_item(sku: str, changes: Changes) -> Act:
    """PUT the stock item (`qty`, `is_in_stock`, `manage_stock`) without a product save: `updated_at` stays."""
    unknown = set(changes) - product_changes.STOCK_KEYS
    if unknown or not changes:
        raise InvalidChange(
            f"Stock has the keys {', '.join(sorted(product_changes.STOCK_KEYS))}, not {list(changes)}."
        )

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        after = with_next_version(product, stock=product_changes.after_stock(product.stock, changes))
        product_rows.save(connection, after)
        item = stock_events.from_put(after, now, was_sent=True, in_product_save=False)
        events = (
            stock_events.saved(Event.STOCK_ITEM_SAVE, item, in_product_save=False),
            stock_events.sources_saved([after]),
            stock_events.saved(Event.STOCK_ITEM_SAVE_COMMIT, item, in_product_save=False),
        )
        return Change((after,), events)

    return act


def put_price(sku: str, prices: Mapping[str, object]) -> Act:
    """Set `price` or `special_price` by its own route: Magento writes the value, and fires nothing."""
    unknown = set(prices) - {"price", "special_price", "special_from_date", "special_to_date"}
    if unknown or not prices:
        raise InvalidChange(f"Prices have no {', '.join(sorted(unknown)) or 'value'}.")

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        values = product_changes.attribute_values(prices, store_id=0)
        after = with_next_version(product, values={**product.values, **values})
        product_rows.save(connection, after)
        return Change((after,), ())

    return act


def assign_category(skus: Sequence[str], category_id: int) -> Act:
    """POST products to a category: an event of the category, with ids, and no product save."""

    def act(connection: Connection, now: str) -> Change:
        after = []
        for sku in unique_skus(skus):
            product = product_rows.find(connection, sku)
            ids = (*product.category_ids, *({category_id} - set(product.category_ids)))
            after.append(with_next_version(product, category_ids=product_changes.category_ids(list(ids))))
            product_rows.save(connection, after[-1])
        events = other_events.category_products_changed([product.entity_id for product in after])
        return Change(tuple(after), tuple(events))

    return act


def _put(
    sku: str, changes: Changes, store_id: int, *, uploads: tuple[str, ...] = (), sends_media: bool = False
) -> Act:
    def act(connection: Connection, now: str) -> Change:
        before = product_rows.find(connection, sku)
        product = product_changes.after_save(before, changes, store_id=store_id, now=now)
        product_rows.save(connection, product)
        sent = RestSave(_sent_quantity(product, changes), uploads, sends_media)
        events = save_order.by_rest(
            product,
            stock=stock_events.from_put(product, now, was_sent=sent.qty is not None, in_product_save=True),
            data=rest_save.saved(product, before, store_id, sent),
            original=rest_save.original(before, store_id),
            is_new=False,
        )
        return Change((product,), tuple(events))

    return act


def _sent_quantity(product: Product, changes: Changes) -> str | None:
    return product.stock.qty if set(changes) & product_changes.STOCK_KEYS else None
