"""What people did in the console: a row for each request that may change something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from records.columns import columns
from records.tables import console_audit as table


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to what, from where, and how it was answered. No content, no secret."""

    at: datetime
    author: str
    address: str
    action: str
    target: str
    status: int


def put(connection: Connection, row: AuditRow) -> None:
    """Store the row."""
    connection.execute(insert(table).values(**columns(row)))


def page(connection: Connection, limit: int, before: int | None = None) -> dict[int, AuditRow]:
    """The newest rows by their ids, below an id where told."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return {
        row["id"]: AuditRow(**{name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    }
