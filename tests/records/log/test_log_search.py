"""Searches of the logs: each filter uses its own index, and no page reads more than a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, Table, event, insert

from records.db.database import Database
from records.log import log_search
from records.log.log_search import WINDOW, LogSearch
from records.log.tables import activity, feeds
from tests.postgres import Databases
from tests.records.plans import ROWS, Step, pretend_millions, steps

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BEFORE, SINCE, UNTIL = {"before": 9_000}, {"since": NOW}, {"until": NOW + timedelta(days=1)}


def fill(database: Database, table: Table, number: int, **value: Any) -> None:
    usual = {"shop": "demo", "at": NOW, "operation": "price", "direction": "out", "failed": False}
    if table is activity:
        usual = {
            "shop": "demo", "at": NOW, "level": "info", "actor": "webhook", "kind": "decision", "action": "skip",
            "reason": "nothing_changed", "message": "",
        }  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(table), [{**usual, **value} for _ in range(number)])


@contextmanager
def statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    yield heard
    event.remove(connection, "before_cursor_execute", hear)


FILTERS: list[tuple[Table, dict[str, Any], str]] = [
    (activity, {}, "ix_activity_shop_id"),
    (activity, {"equal": {"event_id": "evt-1"}}, "ix_activity_event_id"),
    (activity, {"product_ids": [7]}, "ix_activity_product_id_id"),
    (activity, {"equal": {"reason": "stale_event"}}, "ix_activity_shop_reason_id"),
    (activity, {"equal": {"action": "sync"}}, "ix_activity_shop_action_id"),
    (activity, {"any_of": {"level": ["warning", "error"]}}, "ix_activity_shop_level_id"),
    (activity, {"equal": {"actor": "person"}}, "ix_activity_shop_id"),
    (feeds, {}, "ix_feeds_shop_id"),
    (feeds, {"equal": {"event_id": "evt-1"}}, "ix_feeds_event_id"),
    (feeds, {"equal": {"request_id": "req-1"}}, "ix_feeds_request_id"),
    (feeds, {"product_ids": [7]}, "ix_feeds_product_id_id"),
    (feeds, {"equal": {"operation": "create"}}, "ix_feeds_shop_operation_id"),
    (feeds, {"any_of": {"failed": [True]}}, "ix_feeds_shop_failed_id"),
    (feeds, {"equal": {"direction": "in"}}, "ix_feeds_shop_id"),
]


BOUNDS: list[dict[str, Any]] = [{}, BEFORE, SINCE, UNTIL, {**BEFORE, **SINCE, **UNTIL}]


def walks(connection: Connection, table: Table, wanted: LogSearch) -> list[tuple[list[Step], bool]]:
    """Return the query plans of all statements of a search with this filter."""
    with statements(connection) as heard:
        log_search.search(connection, table, wanted)
        log_search.newer(connection, table, replace(wanted, before=None, since=None, until=None), 0, 100)
    of_filter = [executed for executed in heard if ".shop" in executed[0].partition("WHERE")[2]]
    return [steps(connection, statement, parameters) for statement, parameters in of_filter]


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize(("table", "filters", "index"), FILTERS)
def test_each_filter_uses_its_own_index(
    sqlite: Database, table: Table, filters: dict[str, Any], index: str, bounds: dict[str, Any]
) -> None:
    fill(sqlite, table, 200, event_id="evt-1", product_id=7)
    with sqlite.read() as connection:
        answer = walks(connection, table, LogSearch("demo", 50, **filters, **bounds))
    walked = [step for found, _ in answer for step in found if step.table == table.name]
    assert walked
    assert [step for step in walked if step.index not in (index, ROWS)] == []
    assert [found for found, is_sorted in answer if is_sorted] == []


def test_on_postgresql_each_filter_uses_its_own_index_of_a_large_log(postgres: Databases) -> None:
    texts = ("event_id", "reason", "action", "request_id", "operation")
    with postgres.new() as url:
        database = Database(url)
        for table, number in product((activity, feeds), range(40)):
            fields: dict[str, Any] = {name: f"{name}-{number}" for name in texts}
            fields |= {"shop": "demo" if number % 20 == 0 else f"shop-{number}", "product_id": number}
            fields |= {"failed": number == 20, "level": "error" if number == 20 else "info"}
            fill(database, table, 500, **{name: fields[name] for name in fields if name in table.c})
        with database.engine.begin() as connection:
            pretend_millions(connection, (activity, feeds))
        with database.read() as connection:
            for (table, filters, index), bounds in product(FILTERS, BOUNDS):
                plans = walks(connection, table, LogSearch("demo", 50, **filters, **bounds))
                walked = {step.index for found, _ in plans for step in found if step.table == table.name}
                assert walked <= {index, ROWS}, (table.name, filters, bounds, walked)
        database.close()


TOGETHER: list[tuple[Table, dict[str, Any], list[dict[str, Any]]]] = [
    (
        activity,
        {"equal": {"reason": "stale_event"}, "any_of": {"level": ["warning", "error"]}},
        [{"reason": "stale_event"}, {"level": "error"}],
    ),
    (activity, {"equal": {"reason": "stale_event", "action": "sync"}}, [{"reason": "stale_event"}, {"action": "sync"}]),
    (
        feeds,
        {"equal": {"operation": "create"}, "any_of": {"failed": [True]}},
        [{"operation": "create"}, {"failed": True}],
    ),
    (activity, {"product_ids": [7], "equal": {"action": "sync"}}, [{"product_id": 7}, {"action": "sync"}]),
    (feeds, {"equal": {"event_id": "evt-1", "direction": "in"}}, [{"event_id": "evt-1"}, {"direction": "in"}]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "filters", "apart"), TOGETHER)
def test_filters_without_a_common_row_search_a_window_at_a_time(
    database: Database, table: Table, filters: dict[str, Any], apart: list[dict[str, Any]]
) -> None:
    fill(
        database,
        table,
        1,
        **{name: value for filters_apart in apart for name, value in filters_apart.items()},
    )
    for filters_apart in apart:
        fill(database, table, WINDOW + 10, **filters_apart)
    with database.read() as connection:
        first = log_search.search(connection, table, LogSearch("demo", 50, **filters))
        assert (first.rows, first.window) == ((), True)
        assert first.older is not None
        second = log_search.search(connection, table, LogSearch("demo", 50, before=first.older, **filters))
        assert [row["id"] for row in second.rows] == [1]
        assert (second.older, second.window) == (None, False)
        assert log_search.newer(connection, table, LogSearch("demo", 50, **filters), 0, 100) == 0


def test_a_window_says_how_far_back_it_has_searched(database: Database) -> None:
    fill(database, activity, 3, at=NOW - timedelta(days=2))
    fill(database, activity, WINDOW)
    with database.read() as connection:
        found = log_search.search(connection, activity, LogSearch("demo", 50, equal={"actor": "person"}))
    assert found.looked_back_to == NOW


def test_a_search_up_to_a_time_has_no_newer_rows(database: Database) -> None:
    fill(database, activity, 3)
    wanted = LogSearch("demo", 50, until=NOW - timedelta(seconds=1))
    with database.read() as connection:
        assert log_search.newer(connection, activity, wanted, 0, 100) == 0
        assert log_search.newer(connection, activity, LogSearch("demo", 50), 0, 2) == 2


def test_no_product_finds_no_row_and_several_products_are_merged(database: Database) -> None:
    for product_id in (7, 8, 7, 9):
        fill(database, activity, 1, product_id=product_id)
    with database.read() as connection:
        none = log_search.search(connection, activity, LogSearch("demo", 50, product_ids=[]))
        two = log_search.search(connection, activity, LogSearch("demo", 2, product_ids=[7, 8]))
    assert none.rows == ()
    assert ([row["id"] for row in two.rows], two.older) == ([3, 2], 2)
