"""The database: transactions are atomic, writers take turns, and the tables are those of the code."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from records.db import database as database_room
from records.db.database import Database, DatabaseNotReady, is_away
from records.log import events
from records.log.tables import counters
from tests.policies.examples import NOON
from tests.records.examples import located, take_event
from tests.records.migrating import differences, migrate


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(counters)).scalar_one()


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(counters).values(name=name, shop="demo", value=1))


def tables(database: Database) -> dict[str, Any]:
    """Return the tables as reflected from the database: columns, keys, indexes."""
    with database.engine.connect() as connection:
        looking = inspect(connection)
        return {
            name: str(
                (
                    sorted(looking.get_columns(name), key=str),
                    sorted(map(_index, looking.get_indexes(name)), key=str),
                    sorted(looking.get_unique_constraints(name), key=str),
                    sorted(looking.get_foreign_keys(name), key=str),
                    looking.get_pk_constraint(name),
                )
            )
            for name in looking.get_table_names()
        }


def _index(given: Any) -> dict[str, Any]:
    """Return an index with its condition as text, because the object's repr contains its memory address."""
    options = {name: str(value) for name, value in given.get("dialect_options", {}).items()}
    return {**given, "dialect_options": options}


class TestWrite:
    def test_a_failed_transaction_is_rolled_back(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.write() as connection:
            put(connection, "first")
            raise ZeroDivisionError
        with database.read() as connection:
            assert count(connection) == 0

    def test_a_committed_transaction_is_visible_to_every_process(self, database: Database) -> None:
        with database.write() as connection:
            put(connection, "first")
        other = Database(database.url)
        with other.read() as connection:
            assert count(connection) == 1
        other.close()

    def test_a_failed_transaction_does_not_block_the_next(self, database: Database) -> None:
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

    def test_on_sqlite_a_second_writer_waits_for_the_first(self, sqlite: Database) -> None:
        """Another process's `BEGIN IMMEDIATE` waits for ours, and sees what ours wrote."""
        other = Database(sqlite.url)
        began, seen = threading.Event(), []

        def write() -> None:
            began.set()
            with other.write() as connection:
                seen.append(count(connection))
                put(connection, "second")

        thread = threading.Thread(target=write)
        with sqlite.write() as connection:
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
                    events.count(connection, events.DUPLICATES, "demo", 1)
                    take_event(connection, f"{thread}-{number}", 1)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with database.read() as connection:
            assert events.counts(connection) == {"open": 40, "duplicate_events": 40}

    def test_sqlite_syncs_every_commit_and_keeps_foreign_keys(self, sqlite: Database) -> None:
        with sqlite.read() as connection:
            pragmas = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class TestAway:
    def test_a_database_that_is_locked_for_too_long_is_away(self, sqlite_file: Path) -> None:
        database = Database(f"sqlite:///{sqlite_file}")
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        holder = sqlite3.connect(sqlite_file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as raised, database.write():
            pass
        holder.close()
        database.close()
        assert is_away(raised.value)

    def test_an_error_does_not_contain_the_written_values(self, database: Database) -> None:
        with pytest.raises(DBAPIError) as raised, database.write() as connection:
            connection.execute(text("SELECT :value FROM nowhere"), {"value": "a secret"})
        assert "a secret" not in str(raised.value)

    def test_an_error_of_the_code_is_not_away(self, database: Database) -> None:
        with pytest.raises(IntegrityError) as raised, database.write() as connection:
            put(connection, "twice")
            put(connection, "twice")
        assert not is_away(raised.value)
        assert not is_away(ValueError("x"))


class TestUpgrade:
    def test_creating_a_database_opens_nothing(self, tmp_path: Path) -> None:
        Database(f"sqlite:///{tmp_path / 'later' / 'm2t.sqlite'}").close()
        assert list(tmp_path.iterdir()) == []

    def test_an_upgrade_from_empty_gives_the_tables_of_the_code(self, empty: Database) -> None:
        assert empty.upgrade()[0] is None
        assert differences(empty) == []

    def test_every_downgrade_undoes_its_upgrade(self, empty: Database) -> None:
        empty.upgrade()
        script = ScriptDirectory.from_config(database_room._alembic())
        for step in script.walk_revisions():
            migrate(empty, command.downgrade, "-1")
            assert empty.revision() == step.down_revision
        with empty.engine.connect() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]
        for step in reversed(list(script.walk_revisions())):
            migrate(empty, command.upgrade, step.revision)
            before = tables(empty)
            migrate(empty, command.downgrade, "-1")
            migrate(empty, command.upgrade, step.revision)
            assert tables(empty) == before
        assert differences(empty) == []

    def test_a_second_upgrade_changes_nothing(self, database: Database) -> None:
        with database.write() as connection:
            located(connection, "41", "S")
        before, after = database.upgrade()
        assert before == after == database.revision()
        with database.write() as connection:
            assert located(connection, "41", "S").entity_id == "41"

    def test_a_database_without_its_tables_says_what_to_do(self, empty: Database) -> None:
        assert not empty.is_current()
        with pytest.raises(DatabaseNotReady, match="m2t db upgrade"):
            empty.require_current()
        empty.upgrade()
        empty.require_current()

    def test_the_password_of_its_url_is_not_shown(self) -> None:
        database = Database("postgresql+psycopg://m2t:hunter2@db.example/m2t")
        database.revision = lambda: None  # type: ignore[method-assign]
        with pytest.raises(DatabaseNotReady) as raised:
            database.require_current()
        assert "hunter2" not in str(raised.value)
        assert "db.example" in str(raised.value)


def test_a_time_without_a_time_zone_is_rejected(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="has no time zone"), database.write() as connection:
        events.finish(connection, [events.Ending(1, 1, events.End.APPLIED)], now=NOON)
        events.put(connection, [events.EventRow("demo", "e", 1, "saved", naive)])
