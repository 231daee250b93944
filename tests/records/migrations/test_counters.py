"""Upgrades: counters stored by name become counters by kind, label and reason, so charts keep their history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from alembic import command
from sqlalchemy import insert, select

from records.db.database import Database
from records.log import counters
from records.log.counters import HOUR, MINUTE, Counter, CounterKind
from tests.records.migrating import migrate, stored_tables

NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
STORED: Final = {
    "event webhook": Counter(CounterKind.EVENT, "webhook"),
    "event sweep": Counter(CounterKind.EVENT, "sweep"),
    "decision sync observed_attribute_changed": Counter(
        CounterKind.DECISION, "sync", "observed_attribute_changed"
    ),
    "decision take_down product_disabled": Counter(CounterKind.DECISION, "take_down", "product_disabled"),
    "decided_within 0.25": Counter(CounterKind.DECIDED_WITHIN, "0.25"),
    "applied_within more": Counter(CounterKind.APPLIED_WITHIN, "more"),
    "dead_letter unreadable_event": Counter(CounterKind.DEAD_LETTER, "unreadable_event"),
    "outcome refused_here": Counter(CounterKind.OUTCOME, "refused_here"),
    "call partial_edit": Counter(CounterKind.CALL, "partial_edit"),
    "call_refused partial_edit": Counter(CounterKind.CALL_REFUSED, "partial_edit"),
    "call_failed price": Counter(CounterKind.CALL_FAILED, "price"),
    "call_throttled create": Counter(CounterKind.CALL_THROTTLED, "create"),
    "oldest_seconds": Counter(CounterKind.OLDEST_SECONDS),
    "waiting": Counter(CounterKind.WAITING),
    "lag_records": Counter(CounterKind.LAG_RECORDS),
    "lag_seconds": Counter(CounterKind.LAG_SECONDS),
}
"""A name of each kind, as version 0.1.0 stored them."""


def row(name: str, number: int, step: int = MINUTE, at: datetime = NOON) -> dict[str, object]:
    return {"step": step, "at": at.replace(tzinfo=None), "shop": "demo", "name": name, "number": number}


def store(database: Database, rows: list[dict[str, object]]) -> None:
    (table,) = (one for one in stored_tables(database) if one.name == "tallies")
    with database.write() as connection:
        connection.execute(insert(table), rows)


def by_name(database: Database) -> dict[str, int]:
    (table,) = (one for one in stored_tables(database) if one.name == "tallies")
    with database.read() as connection:
        query = select(table.c.name, table.c.number).where(table.c.step == MINUTE)
        return {row.name: row.number for row in connection.execute(query)}


def totals(database: Database, step: int) -> dict[Counter, int]:
    with database.read() as connection:
        return counters.totals(
            connection, ["demo"], step=step, since=NOON, until=NOON + timedelta(seconds=2 * step)
        )


def test_each_stored_name_becomes_its_counter_with_its_numbers_step_by_step(empty: Database) -> None:
    migrate(empty, command.upgrade, "0014")
    store(empty, [row(name, number) for number, name in enumerate(STORED, 1)])
    store(empty, [row("call price", 3, at=NOON + timedelta(minutes=1)), row("call price", 70, HOUR)])
    empty.upgrade()
    numbers = {STORED[name]: number for number, name in enumerate(STORED, 1)}
    assert totals(empty, MINUTE) == {**numbers, Counter(CounterKind.CALL, "price"): 3}
    assert totals(empty, HOUR) == {Counter(CounterKind.CALL, "price"): 70}
    with empty.read() as connection:
        steps = counters.series(
            connection, ["demo"], step=MINUTE, since=NOON, until=NOON + timedelta(minutes=2)
        )
    assert [(one.at, one.number) for one in steps if one.counter == Counter(CounterKind.CALL, "price")] == [
        (NOON + timedelta(minutes=1), 3)
    ]


def test_what_another_version_counted_is_kept_and_not_read(empty: Database) -> None:
    migrate(empty, command.upgrade, "0014")
    store(empty, [row("weather fine today", 1)])
    empty.upgrade()
    assert totals(empty, MINUTE) == {}
    migrate(empty, command.downgrade, "0014")
    assert by_name(empty) == {"weather fine today": 1}


def test_a_downgrade_gives_each_counter_its_name_again(empty: Database) -> None:
    migrate(empty, command.upgrade, "0014")
    store(empty, [row(name, number) for number, name in enumerate(STORED, 1)])
    empty.upgrade()
    migrate(empty, command.downgrade, "0014")
    assert by_name(empty) == {name: number for number, name in enumerate(STORED, 1)}
