"""What people did in the console: a row for each request that may change something, with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from records.columns import columns
from records.tables import console_audit as table


@dataclass(frozen=True, slots=True)
class Change:
    """A field, as it was and as it became, in words; "" where there was or is nothing. Never a secret."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to what, from where, how it was answered, and what that changed. No secret."""

    at: datetime
    author: str
    address: str
    action: str
    target: str
    status: int
    changes: tuple[Change, ...] = ()


def put(connection: Connection, row: AuditRow) -> None:
    """Store the row."""
    changes = [[one.field, one.old, one.new] for one in row.changes]
    connection.execute(insert(table).values({**columns(row), "changes": changes or None}))


def page(connection: Connection, limit: int, before: int | None = None) -> dict[int, AuditRow]:
    """The newest rows by their ids, below an id where told."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return {
        row["id"]: _row({name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    }


def _row(columns: dict[str, Any]) -> AuditRow:
    changes = tuple(Change(*one) for one in columns.pop("changes") or ())
    return AuditRow(**columns, changes=changes)
