"""A page of a log, newest first. Its cursor is an id, so rows that are written meanwhile do not shift it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, select


@dataclass(frozen=True, slots=True)
class LogPage:
    """At most `limit` rows of these shops with ids below `before`, filtered by product and time.

    With `after`: the rows above that id, oldest first.
    """

    shops: Collection[str]
    limit: int
    product_ids: Collection[int] | None = None
    since: datetime | None = None
    before: int | None = None
    after: int | None = None


def on_page(table: Table, page: LogPage) -> Select[Any]:
    """Return the query of the page, of the activity log or the feed log."""
    query = select(table).where(table.c.shop.in_(page.shops))
    if page.product_ids is not None:
        query = query.where(table.c.product_id.in_(page.product_ids))
    if page.since is not None:
        query = query.where(table.c.at >= page.since)
    if page.before is not None:
        query = query.where(table.c.id < page.before)
    if page.after is not None:
        return query.where(table.c.id > page.after).order_by(table.c.id).limit(page.limit)
    return query.order_by(table.c.id.desc()).limit(page.limit)
