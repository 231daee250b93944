"""The database: SQLite by default, PostgreSQL by its URL. A reader never waits, and sees one moment.

On SQLite every writing transaction opens with ``BEGIN IMMEDIATE`` under one lock of this process, so that intake and
delivery queue here instead of polling the file's lock. On PostgreSQL writers wait for each other only at the rows that
both write (docs/decisions/0023). Creating a `Database` opens nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

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
    """One database, with its engine made at first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._parsed = make_url(url)
        self._turn = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """One file, one busy writer."""
        return self._parsed.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self._parsed.database) if self.is_sqlite and self._parsed.database else None

    @cached_property
    def engine(self) -> Engine:
        """SQLAlchemy's engine; SQLite opens in WAL mode and syncs every commit."""
        if not self.is_sqlite:
            return postgresql.engine(self._parsed, patience_milliseconds=BUSY_MILLISECONDS)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        fields = {"timeout": BUSY_MILLISECONDS / 1000}
        engine = create_engine(self._parsed, connect_args=fields, hide_parameters=True)
        event.listen(engine, "connect", _open_sqlite)
        return engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction: all of it, or nothing."""
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
        """A consistent view."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                postgresql.one_moment(connection)
            yield connection

    @contextmanager
    def turn(self, name: str, *, wait: bool = False) -> Iterator[bool]:
        """Whether it is this process's turn at what one process does at a time; on SQLite it always is."""
        if self.is_sqlite:
            yield True
            return
        with self.engine.connect() as connection, postgresql.turn(connection, name, wait=wait) as ours:
            yield ours

    def require_current(self) -> None:
        """Raise `DatabaseNotReady` where the tables are not those of this version."""
        if not self.is_current():
            raise DatabaseNotReady(f"{DatabaseNotReady.__doc__} (M2T_DATABASE_URL={self._parsed!r})")

    def is_current(self) -> bool:
        """The tables are those of this version."""
        return self.revision() == ScriptDirectory.from_config(_alembic()).get_current_head()

    def revision(self) -> str | None:
        """The schema's revision; None before the first upgrade."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def upgrade(self) -> tuple[str | None, str | None]:
        """Bring the tables to this version; returns the revisions before and after. Of two at once, one waits."""
        with self.turn("upgrade", wait=True), self.engine.connect() as connection:
            before = self.revision()
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        return before, self.revision()

    def close(self) -> None:
        """Give the connections back."""
        if "engine" in self.__dict__:
            self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """The database can't be reached or written just now: wait and try again, nothing is wrong with the work."""
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = postgresql.code_of(error)
    if code is not None:
        return error.connection_invalidated or postgresql.passes(code)
    return isinstance(error, OperationalError) or error.connection_invalidated


def has_been_overtaken(error: BaseException) -> bool:
    """Another process has just written the same row: what it wrote can be read now, so try again at once."""
    return isinstance(error, IntegrityError) and postgresql.code_of(error) == postgresql.UNIQUE_VIOLATION


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _open_sqlite(connection: Any, _record: Any) -> None:
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
