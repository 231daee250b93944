"""Sources of stock, and the orders that the store itself takes.

None of these acts fires an event of the product or of its stock item: what the web shop sells is seen by nobody who
only hooks those.
"""

from __future__ import annotations

import json
from decimal import Decimal
from sqlite3 import Connection

from sandbox.magento.acts.act import Act, Change, with_next_version
from sandbox.magento.catalog import product_rows, stock_item
from sandbox.magento.catalog.attribute_values import format_quantity, parse_amount
from sandbox.magento.catalog.product import Product, SourceItem, Stock
from sandbox.magento.catalog.sources import DEFAULT_SOURCE, check_source
from sandbox.magento.errors import InvalidChange, NoSuchEntity
from sandbox.magento.events import other_events, stock_events
from sandbox.magento.events.event import Fired


def save_source_item(sku: str, source_code: str, quantity: object, *, in_stock: bool = True) -> Act:
    """POST a source item, which may assign the source to the product."""
    check_source(source_code)
    amount = format_quantity(parse_amount("quantity", quantity))

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        if source_code == DEFAULT_SOURCE:
            stock = Stock(amount, in_stock and amount != "0", product.stock.manage_stock)
            after = with_next_version(product, stock=stock)
        else:
            sources = {**product.sources, source_code: SourceItem(amount, in_stock)}
            after = with_next_version(product, sources=sources)
        product_rows.save(connection, after)
        return Change((after,), (stock_events.one_source_saved(after, source_code),))

    return act


def place_order(sku: str, quantity: object) -> Act:
    """Order the product in the web shop: the salable quantity falls, the quantity stays."""
    amount = parse_amount("quantity", quantity)

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        if not 0 < amount <= stock_item.salable_quantity(product):
            raise InvalidChange("The requested qty is not available")
        after = with_next_version(product, reserved=format_quantity(Decimal(product.reserved) + amount))
        product_rows.save(connection, after)
        number = _add_order(connection, sku, amount)
        reserved = _reservation(after, -amount, "order_placed", "", number)
        return Change((after,), (reserved, other_events.order_placed()))

    return act


def take_in_order(increment_id: str, sku: str, quantity: object) -> Act:
    """POST an order of another channel under its own number: it reserves nothing, and no stock changes."""
    amount = parse_amount("qty_ordered", quantity)

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        rows = connection.execute("SELECT 1 FROM orders WHERE increment_id = ?", (increment_id,))
        if rows.fetchone() is not None:
            raise InvalidChange("Unique constraint violation found")
        _add_order(connection, sku, amount, increment_id)
        return Change((product,), ())

    return act


def ship_order(increment_id: str) -> Act:
    """Ship an order whole: the quantity falls, and what it reserved is given back."""

    def act(connection: Connection, now: str) -> Change:
        row = connection.execute("SELECT * FROM orders WHERE increment_id = ?", (increment_id,)).fetchone()
        if row is None or row["shipped"]:
            raise NoSuchEntity(
                "The entity that was requested doesn't exist. Verify the entity and try again."
            )
        items = json.loads(row["items"])
        product = product_rows.find(connection, items["sku"])
        amount = Decimal(items["qty"])
        qty = format_quantity(max(Decimal(0), Decimal(product.stock.qty) - amount))
        stock = Stock(qty, product.stock.is_in_stock and qty != "0", product.stock.manage_stock)
        reserved = format_quantity(max(Decimal(0), Decimal(product.reserved) - amount))
        after = with_next_version(product, stock=stock, reserved=reserved)
        product_rows.save(connection, after)
        connection.execute("UPDATE orders SET shipped = 1 WHERE increment_id = ?", (increment_id,))
        event = _reservation(after, amount, "shipment_created", str(row["id"]), increment_id)
        return Change((after,), (event,))

    return act


def _add_order(connection: Connection, sku: str, amount: Decimal, increment_id: str = "") -> str:
    items = json.dumps({"sku": sku, "qty": str(amount)})
    row = connection.execute("SELECT coalesce(max(id), 0) + 1 AS next FROM orders").fetchone()
    number = increment_id or f"{row['next']:09d}"
    connection.execute("INSERT INTO orders VALUES (?, ?, ?, 0)", (row["next"], number, items))
    return number


def _reservation(
    product: Product, amount: Decimal, event_type: str, order_id: str, increment_id: str
) -> Fired:
    return stock_events.reservation(
        product,
        str(amount),
        event_type=event_type,
        object_type="order",
        object_id=order_id,
        object_increment_id=increment_id,
    )
