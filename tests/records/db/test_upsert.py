"""Upserts: a row is inserted, or the row with its key is changed, on both databases alike."""

from __future__ import annotations

from sqlalchemy import Connection, select

from records.db.database import Database
from records.db.upsert import Statement, insert_if_new, upsert
from records.log.tables import heartbeats, tallies
from tests.policies.examples import NOON

REPLACE = upsert(tallies)
ADD = upsert(tallies, lambda new: {"number": tallies.c.number + new.number})
RAISE = upsert(tallies, lambda new: {"number": new.number}, where=lambda new: new.number > tallies.c.number)


def put(connection: Connection, statement: Statement, *numbers: int) -> int:
    """Upsert these numbers under the same key; return the stored number."""
    key = {"step": 60, "at": NOON, "shop": "demo", "kind": "call", "label": "price", "reason": ""}
    rows = [{**key, "number": number} for number in numbers]
    connection.execute(statement(connection), rows)
    found: int = connection.execute(select(tallies.c.number)).scalar_one()
    return found


def test_a_row_replaces_the_row_with_its_key(database: Database) -> None:
    with database.write() as connection:
        assert put(connection, REPLACE, 5) == 5
        assert put(connection, REPLACE, 3, 4) == 4


def test_a_change_combines_the_stored_row_and_the_new_row(database: Database) -> None:
    with database.write() as connection:
        assert put(connection, ADD, 5) == 5
        assert put(connection, ADD, 3, 4) == 12


def test_a_row_stays_if_the_condition_is_false(database: Database) -> None:
    with database.write() as connection:
        assert put(connection, RAISE, 5) == 5
        assert put(connection, RAISE, 3) == 5
        assert put(connection, RAISE, 6) == 6


def test_a_row_whose_key_is_taken_is_not_inserted(database: Database) -> None:
    insert = insert_if_new(heartbeats, ["process"])
    with database.write() as connection:
        stored = [
            connection.execute(insert(connection), {"process": "p", "at": NOON, "document": {"n": number}})
            .scalars()
            .all()
            for number in (1, 2)
        ]
        assert stored == [["p"], []]
        assert connection.execute(select(heartbeats.c.document)).scalar_one() == {"n": 1}
