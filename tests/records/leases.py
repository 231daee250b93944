"""Helpers that lease rows of the sync queue and give them back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from records.catalog import sync_queue_leases
from records.catalog.sync_queue_leases import Finish, PendingSync, Postponement
from tests.policies.examples import at
from tests.records.examples import located


def product(connection: Connection, number: int = 1, shop: str = "demo") -> int:
    return located(connection, str(number), f"S-{number}", shop).id


def lease(
    connection: Connection, token: str = "a", *, seconds: float = 0, limit: int = 9, turn: int = 0
) -> list[PendingSync]:
    return sync_queue_leases.lease(
        connection, "demo", now=at(seconds), until=at(seconds + 20), token=token, limit=limit, turn=turn
    )


def finish(connection: Connection, row: PendingSync, token: str = "a", seconds: float = 1) -> Finish | None:
    """Finish the row as its owner does; return None if the lease was lost."""
    if row.product_id not in sync_queue_leases.lock_owned(connection, {row.product_id: token}):
        return None
    return sync_queue_leases.finish(connection, {row.product_id: row.request_number}, now=at(seconds))[
        row.product_id
    ]


def postpone(
    connection: Connection, row: PendingSync, *, until: float, now: float, token: str = "a", **value: Any
) -> bool:
    """Postpone the row as its owner does; return False if the lease was lost."""
    if row.product_id not in sync_queue_leases.lock_owned(connection, {row.product_id: token}):
        return False
    sync_queue_leases.postpone(
        connection, [Postponement(row.product_id, row.request_number, at(until), **value)], now=at(now)
    )
    return True
