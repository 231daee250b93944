"""The console's audit log: a row for each request that may change something, with what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from records.accounts.tables import console_audit as table
from records.db.columns import columns

UNENDED: Final = 102
"""HTTP status 102, *Processing*: the request has not ended, or ended with its process."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field before and after, as text; "" for no value. Never a secret."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the audit log: author, address, action and target, HTTP status, and the changes. Contains no secret."""

    at: datetime
    author: str
    address: str
    action: str
    target: str
    status: int
    changes: tuple[Change, ...] = ()


def put(connection: Connection, row: AuditRow) -> int:
    """Store the row; return its id."""
    stored = (
        insert(table).values({**columns(row), "changes": _dump_changes(row.changes)}).returning(table.c.id)
    )
    return int(connection.execute(stored).scalar_one())


def end(connection: Connection, row_id: int, author: str, status: int, changes: Sequence[Change]) -> None:
    """Store the result of a row's request. `author` is given again, because the request may have signed them in."""
    fields = {"author": author, "status": status, "changes": _dump_changes(changes)}
    connection.execute(update(table).where(table.c.id == row_id).values(fields))


def page(connection: Connection, limit: int, before: int | None = None) -> dict[int, AuditRow]:
    """Return the newest rows by id, below `before` if given."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return {
        row["id"]: _row({name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    }


def _dump_changes(changes: Sequence[Change]) -> list[list[str]] | None:
    return [[change.field, change.old, change.new] for change in changes] or None


def _row(columns: dict[str, Any]) -> AuditRow:
    changes = tuple(Change(*change) for change in columns.pop("changes") or ())
    return AuditRow(**columns, changes=changes)
