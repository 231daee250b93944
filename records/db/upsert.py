"""Upserts: insert a row or change the row with its key, in one statement, for SQLite and PostgreSQL.

Statements are built once for each dialect at import, and executed with one row or many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

Statement: TypeAlias = Callable[[Connection], Executable]
"""Returns the statement in the connection's dialect."""
New: TypeAlias = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""The columns of the row that was to be inserted (`excluded`)."""

_Insert: TypeAlias = Callable[[Table], sqlite.Insert | postgresql.Insert]
_INSERTS: Final[Mapping[str, _Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(
    table: Table,
    changes: Callable[[New], Mapping[str, object]] | None = None,
    *,
    where: Callable[[New], ColumnElement[bool]] | None = None,
) -> Statement:
    """Build a statement that inserts a row, or changes the row with its primary key.

    Without `changes` every other column is replaced. If `where` is false for a row, it stays as it is.
    """
    keys = [column.name for column in table.primary_key]
    replaced = [column.name for column in table.columns if column.name not in keys]

    def build(insert: _Insert) -> Executable:
        new = insert(table)
        changed = changes(new.excluded) if changes else {name: new.excluded[name] for name in replaced}
        condition = where(new.excluded) if where else None
        return new.on_conflict_do_update(index_elements=keys, set_=changed, where=condition)

    return _in_each_dialect(build)


def insert_if_new(table: Table, keys: Sequence[str]) -> Statement:
    """Build a statement that inserts a row unless another has the same values in these columns.

    It returns the primary key of an inserted row, else no row: psycopg does not report the row count of every INSERT.
    """

    def build(insert: _Insert) -> Executable:
        new = insert(table).on_conflict_do_nothing(index_elements=keys)
        return new.returning(*table.primary_key)

    return _in_each_dialect(build)


def _in_each_dialect(build: Callable[[_Insert], Executable]) -> Statement:
    built = {name: build(insert) for name, insert in _INSERTS.items()}
    return lambda connection: built[connection.dialect.name]
