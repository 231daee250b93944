"""The backlog: by shop, how many listings wait, and since when the longest-waiting one does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from records.catalog.tables import pending_syncs as table


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one shop. `waiting` has all rows, `due` those that could go now; `due_since` is the oldest of those.

    `unsent_since` is since when the oldest save waits that TikTok has not been given, be it due or told to wait. What
    only follows an audit has been given.
    """

    waiting: int
    due: int
    due_since: datetime | None
    unsent_since: datetime | None


def by_shop(connection: Connection, *, now: datetime) -> dict[str, Backlog]:
    """Every shop with rows. It walks all of them: for whoever looks seldom, never for a page."""
    due, unsent = table.c.due_at <= now, ~table.c.following & (table.c.since <= now)
    query = select(
        table.c.shop,
        func.count().label("waiting"),
        func.count(case((due, 1))).label("due"),
        func.min(case((due, table.c.due_at))).label("due_since"),
        func.min(case((unsent, table.c.since))).label("unsent_since"),
    ).group_by(table.c.shop)
    return {
        row.shop: Backlog(row.waiting, row.due, row.due_since, row.unsent_since)
        for row in connection.execute(query)
    }
