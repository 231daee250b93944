"""The dead letters that nobody has settled: how many, counted no further than asked."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from records.log.tables import dead_letters as table


def count(connection: Connection, most: int) -> int:
    """Up to `most`."""
    some = select(table.c.id).where(table.c.settled.is_(None)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
