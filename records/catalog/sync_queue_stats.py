"""The backlog of each shop: how many listings are in the sync queue, and how long the oldest has waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from records.catalog.tables import pending_syncs as table


@dataclass(frozen=True, slots=True)
class Backlog:
    """The backlog of a shop: all rows (`waiting`), those due now, and since when the oldest of those is due.

    `unsent_since`: since when the oldest change waits that is not sent to TikTok yet, due or postponed. Rows that only
    await an audit do not count.
    """

    waiting: int
    due: int
    due_since: datetime | None
    unsent_since: datetime | None


def by_shop(connection: Connection, *, now: datetime) -> dict[str, Backlog]:
    """Return the backlog of every shop that has one. Reads the whole queue, so it is not for pages."""
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
