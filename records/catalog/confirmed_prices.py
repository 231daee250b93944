"""Prices that a person confirmed although the price guard of a pricing policy stops them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from records.catalog.tables import confirmed_prices as table
from records.db.statements import chunks, values
from schemas.listing import Money

_LOAD = select(table).where(table.c.product_id.in_(values("ids")))


def load(connection: Connection, product_ids: Collection[int]) -> dict[int, dict[str, Money]]:
    """Return the confirmed prices of these listings by product id and `seller_sku`."""
    loaded: dict[int, dict[str, Money]] = {}
    for chunk in chunks(sorted(product_ids)):
        for row in connection.execute(_LOAD, {"ids": chunk}):
            loaded.setdefault(row.product_id, {})[row.seller_sku] = Money(row.amount, row.currency)
    return loaded


def save(
    connection: Connection, product_id: int, prices: Mapping[str, Money], *, now: datetime, author: str
) -> None:
    """Store these confirmed prices in place of the listing's earlier ones."""
    clear(connection, product_id)
    rows = [
        {
            "product_id": product_id,
            "seller_sku": sku,
            "amount": money.amount,
            "currency": money.currency,
            "at": now,
            "author": author,
        }
        for sku, money in prices.items()
    ]
    if rows:
        connection.execute(insert(table), rows)


def clear(connection: Connection, product_id: int) -> None:
    """Delete the listing's confirmed prices after one was sent; the same drop later needs another confirmation."""
    connection.execute(delete(table).where(table.c.product_id == product_id))
