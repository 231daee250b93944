"""Counters: numbers by minute and by hour, and the highest that was seen."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from records.db.database import Database
from records.log import counters
from records.log.counters import HOUR, LABEL_LENGTH, MINUTE, Counter, CounterKind, CounterStep
from records.log.tables import tallies
from tests.policies.examples import NOON

SECOND, HALF_A_MINUTE = timedelta(seconds=1), timedelta(seconds=30)
WEBHOOK = Counter(CounterKind.EVENT, "webhook")


def series(database: Database, step: int = MINUTE, shops: tuple[str, ...] = ("demo",)) -> list[CounterStep]:
    with database.read() as connection:
        return counters.series(connection, shops, step=step, since=NOON, until=NOON + timedelta(hours=3))


def add(database: Database, numbers: dict[tuple[str, Counter], int], at: timedelta = timedelta()) -> None:
    with database.write() as connection:
        counters.add(connection, numbers, now=NOON + at)


def test_numbers_of_one_minute_are_added_up_and_the_next_minute_is_another_step(database: Database) -> None:
    add(database, {("demo", WEBHOOK): 2})
    add(database, {("demo", WEBHOOK): 3}, HALF_A_MINUTE)
    add(database, {("demo", WEBHOOK): 7}, 2 * HALF_A_MINUTE)
    assert series(database) == [
        CounterStep(NOON, WEBHOOK, 5),
        CounterStep(NOON + timedelta(minutes=1), WEBHOOK, 7),
    ]
    assert series(database, HOUR) == [CounterStep(NOON, WEBHOOK, 12)]


def test_shops_are_counted_apart_and_read_together(database: Database) -> None:
    add(database, {("demo", WEBHOOK): 2, ("other", WEBHOOK): 5})
    assert [point.number for point in series(database)] == [2]
    assert [point.number for point in series(database, shops=("demo", "other"))] == [7]


def test_kind_label_and_reason_tell_counters_apart(database: Database) -> None:
    different = [
        Counter(CounterKind.CALL, "price"),
        Counter(CounterKind.CALL, "stock"),
        Counter(CounterKind.CALL_FAILED, "price"),
        Counter(CounterKind.DECISION, "skip", "nothing_changed"),
        Counter(CounterKind.DECISION, "skip", "stale_event"),
        Counter(CounterKind.WAITING),
    ]
    add(database, {("demo", counter): number for number, counter in enumerate(different, 1)})
    assert {point.counter: point.number for point in series(database)} == {
        counter: number for number, counter in enumerate(different, 1)
    }


def test_a_label_is_cut_to_its_column(database: Database) -> None:
    add(database, {("demo", Counter(CounterKind.DEAD_LETTER, "x" * 100)): 1})
    assert [point.counter.label for point in series(database)] == ["x" * LABEL_LENGTH]


def test_kinds_of_another_version_are_not_read(database: Database) -> None:
    row = {
        "step": MINUTE,
        "at": NOON,
        "shop": "demo",
        "kind": "weather",
        "label": "",
        "reason": "",
        "number": 1,
    }
    with database.write() as connection:
        connection.execute(insert(tallies), [row])
    assert series(database) == []


def test_the_totals_of_a_span_are_one_number_for_each_counter(database: Database) -> None:
    for minute in range(4):
        add(database, {("demo", WEBHOOK): 1, ("other", WEBHOOK): 10}, timedelta(minutes=minute))
    with database.read() as connection:
        found = counters.totals(
            connection,
            ["demo"],
            step=MINUTE,
            since=NOON + timedelta(seconds=90),
            until=NOON + timedelta(minutes=3),
        )
    assert found == {WEBHOOK: 2}


def test_a_zero_is_not_stored(database: Database) -> None:
    add(database, {("demo", WEBHOOK): 0})
    add(database, {})
    assert series(database) == []


def test_of_what_is_seen_the_highest_number_is_kept(database: Database) -> None:
    oldest = ("demo", Counter(CounterKind.OLDEST_SECONDS))
    with database.write() as connection:
        for number in (3, 9, 0, 4):
            counters.highest(connection, {oldest: number}, now=NOON)
        counters.highest(connection, {oldest: 0}, now=NOON + timedelta(minutes=1))
    assert [point.number for point in series(database)] == [9, 0]
    assert [point.number for point in series(database, HOUR)] == [9]


def test_minutes_are_forgotten_after_two_days_and_hours_after_ninety(database: Database) -> None:
    add(database, {("demo", WEBHOOK): 1})
    with database.write() as connection:
        assert counters.forget(connection, now=NOON + timedelta(days=2)) == 0
        assert counters.forget(connection, now=NOON + timedelta(days=2) + SECOND) == 1
        assert counters.forget(connection, now=NOON + timedelta(days=90) + SECOND) == 1
