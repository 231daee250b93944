"""Tallies: how many of what, by the minute and by the hour; and the highest that was seen."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from records.db.database import Database
from records.log import counters
from records.log.counters import HOUR, MINUTE, Tallied
from tests.policies.examples import NOON

SECOND, HALF_A_MINUTE = timedelta(seconds=1), timedelta(seconds=30)
EVENT = ("demo", "event webhook")


def told(
    database: Database, step: int = MINUTE, shops: tuple[str, ...] = ("demo",), prefix: str = ""
) -> list[Tallied]:
    with database.read() as connection:
        return counters.series(
            connection, shops, prefix, step=step, since=NOON, until=NOON + timedelta(hours=3)
        )


def add(database: Database, numbers: dict[tuple[str, str], int], at: datetime = NOON) -> None:
    with database.write() as connection:
        counters.add(connection, numbers, now=at)


def test_what_comes_in_one_minute_is_one_number_and_the_next_minute_is_another(database: Database) -> None:
    add(database, {EVENT: 2})
    add(database, {EVENT: 3}, NOON + HALF_A_MINUTE)
    add(database, {EVENT: 7}, NOON + 2 * HALF_A_MINUTE)
    assert told(database) == [
        Tallied(NOON, "event webhook", 5),
        Tallied(NOON + timedelta(minutes=1), "event webhook", 7),
    ]
    assert told(database, HOUR) == [Tallied(NOON, "event webhook", 12)]


def test_shops_are_shown_apart_and_together(database: Database) -> None:
    add(database, {EVENT: 2, ("other", "event webhook"): 5})
    assert [one.number for one in told(database)] == [2]
    assert [one.number for one in told(database, shops=("demo", "other"))] == [7]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("call ", ["call price"]),
        ("call", ["call price", "call_failed price", "callxfailed"]),
        ("call_failed", ["call_failed price"]),
        ("", ["call price", "call_failed price", "callxfailed"]),
    ],
)
def test_names_are_asked_for_by_how_they_begin(database: Database, prefix: str, names: list[str]) -> None:
    add(database, {("demo", one): 1 for one in ("call price", "call_failed price", "callxfailed")})
    assert [one.name for one in told(database, prefix=prefix)] == names


def test_a_span_is_shown_as_one_number_of_each_name(database: Database) -> None:
    for minute in range(4):
        add(database, {EVENT: 1, ("other", "event webhook"): 10}, NOON + timedelta(minutes=minute))
    with database.read() as connection:
        found = counters.totals(
            connection,
            ["demo"],
            step=MINUTE,
            since=NOON + timedelta(seconds=90),
            until=NOON + timedelta(minutes=3),
        )
    assert found == {"event webhook": 2}


def test_nothing_counted_is_no_row(database: Database) -> None:
    add(database, {EVENT: 0})
    add(database, {})
    assert told(database) == []


def test_of_what_is_seen_the_highest_is_kept(database: Database) -> None:
    waiting = ("demo", "oldest_seconds")
    with database.write() as connection:
        for number in (3, 9, 0, 4):
            counters.highest(connection, {waiting: number}, now=NOON)
        counters.highest(connection, {waiting: 0}, now=NOON + timedelta(minutes=1))
    assert [one.number for one in told(database)] == [9, 0]
    assert [one.number for one in told(database, HOUR)] == [9]


def test_minutes_are_forgotten_after_two_days_and_hours_after_ninety(database: Database) -> None:
    add(database, {EVENT: 1})
    with database.write() as connection:
        assert counters.forget(connection, now=NOON + timedelta(days=2)) == 0
        assert counters.forget(connection, now=NOON + timedelta(days=2) + SECOND) == 1
        assert counters.forget(connection, now=NOON + timedelta(days=90) + SECOND) == 1
