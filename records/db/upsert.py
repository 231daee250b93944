"""The one upsert: a row is inserted, or the row with its key is changed, in one statement for SQLite and PostgreSQL.

Statements are built once for each dialect at import and executed with one row or many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

Statement: TypeAlias = Callable[[Connection], Executable]
"""The statement in the connection's dialect."""
New: TypeAlias = Any
"""The columns of the row that was to be inserted (`excluded`)."""

_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(
    table: Table,
    changes: Callable[[New], Mapping[str, Any]] | None = None,
    *,
    where: Callable[[New], ColumnElement[bool]] | None = None,
) -> Statement:
    """Insert a row, or change the one with its primary key; without `changes` every other column is replaced.

    Where `where` does not hold, the row stays as it is.
    """
    keys = [column.name for column in table.primary_key]
    replaced = [column.name for column in table.columns if column.name not in keys]

    def build(insert: Any) -> Executable:
        new = insert(table)
        changed = changes(new.excluded) if changes else {name: new.excluded[name] for name in replaced}
        condition = where(new.excluded) if where else None
        return new.on_conflict_do_update(  # type: ignore[no-any-return]  # `insert` is either dialect's
            index_elements=keys, set_=changed, where=condition
        )

    return _in_each_dialect(build)


def insert_if_new(table: Table, keys: Sequence[str]) -> Statement:
    """Insert a row unless another has its values in these columns; returns its primary key, or no row.

    Not by the row count, which psycopg does not report for every INSERT.
    """

    def build(insert: Any) -> Executable:
        new = insert(table).on_conflict_do_nothing(index_elements=keys)
        return new.returning(*table.primary_key)  # type: ignore[no-any-return]

    return _in_each_dialect(build)


def _in_each_dialect(build: Callable[[Any], Executable]) -> Statement:
    built = {name: build(insert) for name, insert in _INSERTS.items()}
    return lambda connection: built[connection.dialect.name]
