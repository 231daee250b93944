"""Migrations: a database of any older revision is upgraded to the code's tables and keeps its rows."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, func, insert, select

from records.db.database import Database
from tests.records.migrating import differences, migrate, revisions, stored_tables

MIGRATIONS: Final = Path(__file__).parents[3] / "records" / "migrations"
OWN: Final = "records.migrations"
LIBRARIES: Final = frozenset({"alembic", "orjson", "sqlalchemy"})


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def value_for(column: Column[Any]) -> Any:
    """Return a value of the column's type."""
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return 1
    if isinstance(column.type, DateTime):
        return datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    return b"{}" if isinstance(column.type, LargeBinary) else "x"


def fill(database: Database) -> None:
    """Store a row in each table."""
    with database.write() as connection:
        for table in stored_tables(database):
            row = {column.name: value_for(column) for column in table.columns if not column.nullable}
            connection.execute(insert(table).values(row))


def row_counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in stored_tables(database)
        }


@pytest.mark.parametrize("revision", revisions())
def test_a_database_of_each_older_revision_reaches_the_tables_of_the_code_and_keeps_its_rows(
    empty: Database, revision: str
) -> None:
    migrate(empty, command.upgrade, revision)
    fill(empty)
    before = row_counts(empty)
    empty.upgrade()
    assert differences(empty) == []
    after = row_counts(empty)
    assert {table: after.get(table) for table in before} == before


def test_a_migration_imports_nothing_that_may_change_after_it() -> None:
    wrong = {
        (module.name, name)
        for module in MIGRATIONS.rglob("*.py")
        for name in imports(module)
        if not (name.startswith(OWN) or name.partition(".")[0] in LIBRARIES | sys.stdlib_module_names)
    }
    assert wrong == set()
