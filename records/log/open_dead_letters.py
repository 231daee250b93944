"""Count the open dead letters, up to a limit."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from records.log.tables import dead_letters as table


def count(connection: Connection, most: int) -> int:
    """Return the number of open dead letters, `most` if there are that many or more."""
    some = select(table.c.id).where(table.c.settled.is_(None)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
