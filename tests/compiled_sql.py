"""Compiled SQL, shared by the databases of a session: each test has a new engine, which would compile it all again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

STATEMENTS: Final = 5_000
"""How many compiled statements of a dialect are kept."""


def compile_sql_once() -> None:
    """Let all engines that connect from now on share the compiled statements of their dialect.

    An engine looks for a statement by its own dialect, so dialects of a class must be equal. The tests give all of them
    the same options.
    """
    # Private to SQLAlchemy; if a version renames it, the import of tests/conftest.py fails here.
    assert "_compiled_cache" in Engine.__annotations__
    shared: dict[str, LRUCache[object, object]] = {}

    def share(connection: Connection) -> None:
        name = connection.dialect.name
        setattr(connection.engine, "_compiled_cache", shared.setdefault(name, LRUCache(STATEMENTS)))  # noqa: B010

    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        setattr(kind, "__eq__", _are_alike)  # noqa: B010
        setattr(kind, "__hash__", _hash_of_kind)  # noqa: B010
    event.listen(Engine, "engine_connect", share)


def _are_alike(self: Dialect, other: object) -> bool:
    return type(self) is type(other)


def _hash_of_kind(self: Dialect) -> int:
    return hash(type(self))
