"""Stores whose clock is ahead: one row for each shop, for as long as its events show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, delete, select

from policies.events.store_clock import AheadClock
from records.db.upsert import upsert
from records.log.tables import store_clocks as table

_SAVE = upsert(table)


def load_all(connection: Connection) -> dict[str, AheadClock]:
    """Return the clocks that are ahead, by shop."""
    return {
        row.shop: AheadClock(timedelta(seconds=row.ahead_seconds), row.since, row.seen_at)
        for row in connection.execute(select(table))
    }


def save(connection: Connection, clocks: Mapping[str, AheadClock | None]) -> None:
    """Store the state of these shops' clocks; None deletes the row of a clock that is not ahead any more."""
    over = [shop for shop, clock in clocks.items() if clock is None]
    if over:
        connection.execute(delete(table).where(table.c.shop.in_(over)))
    rows = [
        {
            "shop": shop,
            "ahead_seconds": round(clock.ahead.total_seconds()),
            "since": clock.since,
            "seen_at": clock.seen_at,
        }
        for shop, clock in sorted(clocks.items())
        if clock is not None
    ]
    if rows:
        connection.execute(_SAVE(connection), rows)
