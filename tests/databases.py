"""A database for each test, as the tables of this version want it: on SQLite, and on PostgreSQL where a test says so.

The mark `both_databases`, on a test, a class or a module, runs it on each of the two.
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
    """A test that wants a database becomes two."""
    for name in ("database_url", "new_url"):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, BOTH, indirect=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The mark, wherever it stands. A test in a browser is about the screen: it runs on SQLite alone."""
    marked = metafunc.definition.get_closest_marker("both_databases") is not None
    if marked and "browser" not in metafunc.fixturenames:
        on_both(metafunc)


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was upgraded once."""
    path = tmp_path_factory.mktemp("databases") / "upgraded.sqlite"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def sqlite_file(upgraded: Path, tmp_path: Path) -> Path:
    """The file of a SQLite database, for tests of what only SQLite has."""
    return Path(shutil.copy(upgraded, tmp_path / "m2t.sqlite"))


@pytest.fixture
def sqlite(sqlite_file: Path) -> Iterator[Database]:
    """The same file, opened."""
    opened = Database(f"sqlite:///{sqlite_file}")
    yield opened
    opened.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where this test's database is."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('sqlite_file')}"
        return
    with request.getfixturevalue("postgres").emptied() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """This test's database, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database without any table is."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'm2t.sqlite'}"
        return
    with request.getfixturevalue("postgres").one(upgraded=False) as url:
        yield url


@pytest.fixture
def empty(new_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(new_url)
    yield opened
    opened.close()


class Outage:
    """Between `begin` and `end` nobody can write to this database; on PostgreSQL nobody reaches it."""

    def __init__(self, database: Database, postgres: Databases | None) -> None:
        self._database = database
        self._postgres = postgres
        self._holder: sqlite3.Connection | None = None

    def begin(self) -> None:
        """On SQLite another process writes and does not end, and nobody has the patience for it."""
        if self._postgres is not None:
            self._postgres.shut(self._database.url)
            return
        with self._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        assert self._database.path is not None
        self._holder = sqlite3.connect(self._database.path, isolation_level=None, check_same_thread=False)
        self._holder.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        """It is back."""
        if self._postgres is not None:
            self._postgres.open(self._database.url)
        elif self._holder is not None:
            self._holder.close()


@pytest.fixture
def outage(request: pytest.FixtureRequest, database: Database) -> Iterator[Outage]:
    """Of this test's database."""
    made = Outage(database, None if database.is_sqlite else request.getfixturevalue("postgres"))
    yield made
    made.end()


def every_row(database: Database) -> bytes:
    """All that is kept, as it is kept."""
    with database.engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').all()
            for table in metadata.sorted_tables
        ]
    return repr(rows).encode()
