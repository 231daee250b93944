"""The queue as a person reads it: the pending syncs with what they are of, in the order in which they go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from records.catalog.sync_queue import PATIENCE
from records.catalog.tables import pending_syncs as table
from records.catalog.tables import products


def read(
    connection: Connection, shops: Collection[str], *, now: datetime, limit: int
) -> list[Mapping[str, Any]]:
    """The first rows of these shops, each with its product's `sku` and `entity_id`: what is due as delivery takes
    it (long-waiting first, then by lane, then by age), then what waits, by when it is due.
    """
    due = table.c.due_at <= now
    turn = case((due & (table.c.since <= now - PATIENCE), 0), (due, 1), else_=2)
    query = (
        select(table, products.c.sku, products.c.entity_id)
        .join(products, products.c.id == table.c.product_id)
        .where(table.c.shop.in_(shops))
        .order_by(turn, case((due, table.c.lane), else_=0), table.c.due_at, table.c.since, table.c.product_id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def count(connection: Connection, shops: Collection[str]) -> int:
    """How many listings of these shops are due or waiting."""
    query = select(func.count()).select_from(table).where(table.c.shop.in_(shops))
    return int(connection.execute(query).scalar_one())
