"""The sync queue as a person reads it: rows with their products, in the order in which they are synced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from records.catalog.sync_queue import ROW, QueueRow
from records.catalog.tables import pending_syncs as table
from records.catalog.tables import products


@dataclass(frozen=True, slots=True)
class QueuedProduct:
    """A row of the queue with its product's SKU and Magento entity id."""

    row: QueueRow
    sku: str | None
    entity_id: str | None


def read(connection: Connection, shops: Collection[str], *, now: datetime, limit: int) -> list[QueuedProduct]:
    """Return the first rows of these shops' queue.

    Due rows come by lane and age, then the others by when they are due. Delivery leases in this order, too, but every
    second row is one of the oldest (`sync_queue_leases.lease`).
    """
    due = table.c.due_at <= now
    turn = case((due, 0), else_=1)
    query = (
        select(products.c.sku, products.c.entity_id, *ROW)
        .join(products, products.c.id == table.c.product_id)
        .where(table.c.shop.in_(shops))
        .order_by(turn, case((due, table.c.lane), else_=0), table.c.due_at, table.c.since, table.c.product_id)
        .limit(limit)
    )
    return [
        QueuedProduct(QueueRow(*row), sku, entity_id) for sku, entity_id, *row in connection.execute(query)
    ]


def count(connection: Connection, shops: Collection[str]) -> int:
    """Return how many listings of these shops are in the queue."""
    query = select(func.count()).select_from(table).where(table.c.shop.in_(shops))
    return int(connection.execute(query).scalar_one())
