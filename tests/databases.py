"""A database with the current tables for each test: SQLite, and PostgreSQL too with the mark `both_databases`.

The mark may be on a test, a class or a module.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.db.database import Database
from records.every_table import metadata
from tests.postgres import Databases

BOTH = ("sqlite", "postgresql")


def on_both(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses a database on both."""
    for name in ("database_url", "new_url"):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, BOTH, indirect=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Apply the mark `both_databases`. Browser tests are about screens and run on SQLite only."""
    marked = metafunc.definition.get_closest_marker("both_databases") is not None
    if marked and "browser" not in metafunc.fixturenames:
        on_both(metafunc)


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all migrations, built once for the session."""
    path = tmp_path_factory.mktemp("databases") / "upgraded.sqlite"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def sqlite_file(upgraded: Path, tmp_path: Path) -> Path:
    """Return the file of this test's SQLite database, for tests of what only SQLite has."""
    return Path(shutil.copy(upgraded, tmp_path / "m2t.sqlite"))


@pytest.fixture
def sqlite(sqlite_file: Path) -> Iterator[Database]:
    """Open this test's SQLite database."""
    opened = Database(f"sqlite:///{sqlite_file}")
    yield opened
    opened.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of this test's database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('sqlite_file')}"
        return
    with request.getfixturevalue("postgres").emptied() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open this test's database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without tables."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'm2t.sqlite'}"
        return
    with request.getfixturevalue("postgres").new(upgraded=False) as url:
        yield url


@pytest.fixture
def empty(new_url: str) -> Iterator[Database]:
    """Open a database without tables."""
    opened = Database(new_url)
    yield opened
    opened.close()


class Outage:
    """Makes a database unavailable: on SQLite nothing can write to it, on PostgreSQL nothing can connect."""

    def __init__(self, database: Database, postgres: Databases | None) -> None:
        self._database = database
        self._postgres = postgres
        self._holder: sqlite3.Connection | None = None

    def begin(self) -> None:
        """Begin the outage. On SQLite another connection keeps the write lock, and others wait for it for 1 ms only."""
        if self._postgres is not None:
            self._postgres.shut(self._database.url)
            return
        with self._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        assert self._database.path is not None
        self._holder = sqlite3.connect(self._database.path, isolation_level=None, check_same_thread=False)
        self._holder.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        """End the outage."""
        if self._postgres is not None:
            self._postgres.open(self._database.url)
        elif self._holder is not None:
            self._holder.close()


@pytest.fixture
def outage(request: pytest.FixtureRequest, database: Database) -> Iterator[Outage]:
    """Yield an outage of this test's database."""
    made = Outage(database, None if database.is_sqlite else request.getfixturevalue("postgres"))
    yield made
    made.end()


def every_row(database: Database) -> bytes:
    """Return the content of all tables."""
    with database.engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').all()
            for table in metadata.sorted_tables
        ]
    return repr(rows).encode()
