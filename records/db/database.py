"""The database: SQLite by default, or PostgreSQL by its URL. Readers never wait and see a consistent snapshot.

On SQLite every writing transaction starts with ``BEGIN IMMEDIATE`` under a lock of this process, so that intake and
delivery queue here instead of polling the file's lock. On PostgreSQL writers wait for each other only at rows that both
write (docs/decisions/0023). Creating a `Database` opens nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from records.db import postgresql

BUSY_MILLISECONDS = 5_000


class DatabaseNotReady(Exception):
    """The database has not the tables that this version needs. Run: m2t db upgrade"""


class Database:
    """A database whose engine is created at first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parsed = make_url(url)
        self._turn = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite database: a file with one writer at a time."""
        return self._parsed.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None for any other."""
        return Path(self._parsed.database) if self.is_sqlite and self._parsed.database else None

    @cached_property
    def engine(self) -> Engine:
        """SQLAlchemy's engine. SQLite is opened in WAL mode and syncs every commit to disk."""
        if not self.is_sqlite:
            return postgresql.engine(self._parsed, lock_timeout_ms=BUSY_MILLISECONDS)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        fields = {"timeout": BUSY_MILLISECONDS / 1000}
        engine = create_engine(self._parsed, connect_args=fields, hide_parameters=True)
        event.listen(engine, "connect", _open_sqlite)
        return engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction for writing; commit at the end of the block, roll back if it raises."""
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._turn, self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading, with a consistent snapshot."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                postgresql.read_snapshot(connection)
            yield connection

    @contextmanager
    def turn(self, name: str, *, wait: bool = False) -> Iterator[bool]:
        """Yield whether this process has the turn of this name, for work that one process does at a time.

        With `wait` it waits until it has. On SQLite, which has one process, it always has.
        """
        if self.is_sqlite:
            yield True
            return
        with self.engine.connect() as connection, postgresql.turn(connection, name, wait=wait) as ours:
            yield ours

    def require_current(self) -> None:
        """Raise `DatabaseNotReady` unless the tables are those of this version."""
        if not self.is_current():
            raise DatabaseNotReady(f"{DatabaseNotReady.__doc__} (M2T_DATABASE_URL={self._parsed!r})")

    def is_current(self) -> bool:
        """Return whether the tables are those of this version."""
        return self.revision() == ScriptDirectory.from_config(_alembic()).get_current_head()

    def revision(self) -> str | None:
        """Return the schema's revision; None before the first upgrade."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def upgrade(self) -> tuple[str | None, str | None]:
        """Upgrade the tables to this version; return the revisions before and after. A second upgrade waits."""
        with self.turn("upgrade", wait=True), self.engine.connect() as connection:
            before = self.revision()
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        return before, self.revision()

    def close(self) -> None:
        """Close the connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """Return whether the error means that the database is unavailable now, so that the same work may succeed later."""
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = postgresql.code_of(error)
    if code is not None:
        return error.connection_invalidated or postgresql.passes(code)
    return isinstance(error, OperationalError) or error.connection_invalidated


def has_been_overtaken(error: BaseException) -> bool:
    """Return whether another process has just inserted the same row, so that an immediate retry will find it."""
    return isinstance(error, IntegrityError) and postgresql.code_of(error) == postgresql.UNIQUE_VIOLATION


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
