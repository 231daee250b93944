"""What people did in the console: a row for each request that may change something, with what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from records.accounts.tables import console_audit as table
from records.db.columns import columns

UNENDED: Final = 102
"""HTTP's *Processing*: the answer of a request that has not ended, or that was cut off with its process."""


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


def put(connection: Connection, row: AuditRow) -> int:
    """Store the row; returns its id."""
    stored = insert(table).values({**columns(row), "changes": _told(row.changes)}).returning(table.c.id)
    return int(connection.execute(stored).scalar_one())


def end(connection: Connection, row_id: int, author: str, status: int, changes: Sequence[Change]) -> None:
    """How the request of a row was answered and what it has changed; `author` may have signed in by it."""
    fields = {"author": author, "status": status, "changes": _told(changes)}
    connection.execute(update(table).where(table.c.id == row_id).values(fields))


def page(connection: Connection, limit: int, before: int | None = None) -> dict[int, AuditRow]:
    """The newest rows by their ids, below an id where told."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return {
        row["id"]: _row({name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    }


def _told(changes: Sequence[Change]) -> list[list[str]] | None:
    return [[one.field, one.old, one.new] for one in changes] or None


def _row(columns: dict[str, Any]) -> AuditRow:
    changes = tuple(Change(*one) for one in columns.pop("changes") or ())
    return AuditRow(**columns, changes=changes)
