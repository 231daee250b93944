"""The database: all of a transaction or nothing, writers in turn, and tables that are what the code says."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import OperationalError

from records import events
from records.database import Database, DatabaseNotReady, is_away
from records.tables import counters, metadata
from tests.policies.examples import NOON
from tests.records.examples import located, take_event


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(counters)).scalar_one()


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(counters).values(name=name, shop="demo", value=1))


class TestWrite:
    def test_a_transaction_that_fails_leaves_nothing(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.write() as connection:
            put(connection, "first")
            raise ZeroDivisionError
        with database.read() as connection:
            assert count(connection) == 0

    def test_a_transaction_that_ends_is_on_disk(self, database: Database, path: Path) -> None:
        with database.write() as connection:
            put(connection, "first")
        other = Database(f"sqlite:///{path}")
        with other.read() as connection:
            assert count(connection) == 1
        other.close()

    def test_a_failed_transaction_does_not_stand_in_the_way_of_the_next(self, database: Database) -> None:
        for name in ("first", "second"):
            with pytest.raises(ZeroDivisionError), database.write() as connection:
                put(connection, name)
                raise ZeroDivisionError
        with database.write() as connection:
            put(connection, "first")
            assert count(connection) == 1

    def test_a_reader_sees_the_state_at_its_beginning(self, database: Database) -> None:
        with database.read() as reading:
            assert count(reading) == 0
            with database.write() as writing:
                put(writing, "first")
            assert count(reading) == 0

    def test_a_second_writer_waits_for_the_first(self, database: Database, path: Path) -> None:
        """Another process's `BEGIN IMMEDIATE` is served after ours, and sees what ours wrote."""
        other = Database(f"sqlite:///{path}")
        began, seen = threading.Event(), []

        def write() -> None:
            began.set()
            with other.write() as connection:
                seen.append(count(connection))
                put(connection, "second")

        thread = threading.Thread(target=write)
        with database.write() as connection:
            thread.start()
            assert began.wait(10)
            put(connection, "first")
            assert seen == []
        thread.join(10)
        other.close()
        assert seen == [1]

    def test_threads_of_one_process_lose_no_write(self, database: Database) -> None:
        def write(thread: int) -> None:
            for number in range(10):
                with database.write() as connection:
                    events.count_duplicates(connection, "demo", 1)
                    take_event(connection, f"{thread}-{number}", 1)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with database.read() as connection:
            assert events.counts(connection) == {"open": 40, "duplicate_events": 40}

    def test_sqlite_syncs_every_commit_and_keeps_foreign_keys(self, database: Database) -> None:
        with database.read() as connection:
            pragmas = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class TestAway:
    def test_a_database_that_is_locked_for_too_long_is_away(self, path: Path) -> None:
        database = Database(f"sqlite:///{path}")
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as raised, database.write():
            pass
        holder.close()
        database.close()
        assert is_away(raised.value)

    def test_a_fault_of_ours_is_not_away(self, database: Database) -> None:
        with pytest.raises(Exception, match="UNIQUE") as raised, database.write() as connection:
            put(connection, "twice")
            put(connection, "twice")
        assert not is_away(raised.value)
        assert not is_away(ValueError("x"))


class TestUpgrade:
    def test_making_one_opens_nothing(self, tmp_path: Path) -> None:
        Database(f"sqlite:///{tmp_path / 'later' / 'm2t.sqlite'}").close()
        assert list(tmp_path.iterdir()) == []

    def test_an_upgrade_from_empty_gives_the_tables_of_the_code(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'new' / 'm2t.sqlite'}")
        assert database.upgrade()[0] is None
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
        database.close()

    def test_a_second_upgrade_changes_nothing(self, database: Database) -> None:
        with database.write() as connection:
            located(connection, "41", "S")
        before, after = database.upgrade()
        assert before == after == database.revision()
        with database.read() as connection:
            assert located(connection, "41", "S").entity_id == "41"

    def test_a_database_without_its_tables_says_what_to_do(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'm2t.sqlite'}")
        assert not database.is_current()
        with pytest.raises(DatabaseNotReady, match="m2t db upgrade"):
            database.require_current()
        database.upgrade()
        database.require_current()
        database.close()

    def test_the_password_of_its_url_is_not_told(self) -> None:
        database = Database("postgresql+psycopg://m2t:hunter2@db.example/m2t")
        database.revision = lambda: None  # type: ignore[method-assign]
        with pytest.raises(DatabaseNotReady) as raised:
            database.require_current()
        assert "hunter2" not in str(raised.value)
        assert "db.example" in str(raised.value)


def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="has no time zone"), database.write() as connection:
        events.finish(connection, [events.Ending(1, 1, events.End.APPLIED)], now=NOON)
        events.put(connection, [events.EventRow("demo", "e", 1, "saved", naive)])
