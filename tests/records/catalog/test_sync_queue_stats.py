"""The backlog of each shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from records.catalog import sync_queue_stats
from records.catalog.sync_queue import SyncRequest, enqueue
from records.catalog.sync_queue_stats import Backlog
from records.catalog.tables import pending_syncs
from records.db.database import Database
from tests.policies.examples import NOON
from tests.records.examples import located

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def stands(database: Database, sku: str, shop: str = "demo", **columns: Any) -> None:
    """Queue a product at noon; `columns` replace columns of its row."""
    with database.write() as connection:
        product = located(connection, None, sku, shop)
        enqueue(connection, [SyncRequest(product.id, shop, 2)], now=NOON)
        of_it = pending_syncs.c.product_id == product.id
        if columns:
            connection.execute(update(pending_syncs).where(of_it).values(**columns))


def seen(database: Database) -> dict[str, Backlog]:
    with database.read() as connection:
        return sync_queue_stats.by_shop(connection, now=NOON + MINUTE)


@pytest.mark.parametrize(
    ("columns", "due", "due_since", "unsent_since"),
    [
        ({}, 1, NOON, NOON),
        ({"due_at": NOON + HOUR}, 0, None, NOON),  # postponed, as by the daily listing limit
        ({"due_at": NOON + HOUR, "following": True}, 0, None, None),  # sent: its audit is followed
        ({"due_at": NOON + HOUR, "since": NOON + HOUR}, 0, None, None),  # its price moves by the clock
        ({"due_at": NOON, "since": NOON - HOUR, "tries": 3}, 1, NOON, NOON - HOUR),
    ],
)
def test_due_rows_and_unsent_rows_are_counted_separately(
    database: Database, columns: dict[str, Any], due: int, due_since: Any, unsent_since: Any
) -> None:
    stands(database, "S", **columns)
    assert seen(database) == {"demo": Backlog(1, due, due_since, unsent_since)}


def test_each_shop_has_its_own_backlog_and_oldest_row(database: Database) -> None:
    stands(database, "A", due_at=NOON - MINUTE, since=NOON - MINUTE)
    stands(database, "B")
    stands(database, "C", "other")
    assert seen(database) == {
        "demo": Backlog(2, 2, NOON - MINUTE, NOON - MINUTE),
        "other": Backlog(1, 1, NOON, NOON),
    }


def test_an_empty_queue_has_no_backlog(database: Database) -> None:
    assert seen(database) == {}
