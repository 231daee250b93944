"""The logs: activity and feeds, rows that wait for a topic, and retention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select

from records import every_table as tables
from records.db.database import Database
from records.log import activity, dead_letters, feeds, outcomes, retention
from records.log.activity import ActivityRow
from records.log.dead_letters import DeadLetter
from records.log.feeds import FeedRow
from records.log.outcomes import OutcomeRow
from tests.policies.examples import NOON, at

LETTER = DeadLetter(
    shop="demo",
    origin_topic="magento.product.events",
    origin_partition=0,
    origin_offset=7,
    origin_timestamp=1_795_000_000_000,
    key=b"demo/S",
    value=b"\xff\x00 not JSON",
    headers=(("ce_id", b"e1"), ("ce_id", b"\xff")),
    reason="unreadable_event",
    error_class="UnreadableEvent",
    error_message="x" * 900,
    first_failed_at=NOON,
)
ACTIVITY = ActivityRow(
    NOON, "demo", 1, "S", "info", "webhook", "decision", "skip", "nothing_changed", "Nothing.",
    event_id="e1", details={"changes": []},
)  # fmt: skip
FEED = FeedRow(NOON, "demo", 1, "S", "in", "saved", event_id="e1", http_status=202, request="{}")
OUTCOME = OutcomeRow("o1", "demo", 1, "S", "e1", "accepted", "create", 0, "r1", NOON)


def test_a_dead_letter_is_loaded_byte_for_byte(database: Database) -> None:
    with database.write() as connection:
        dead_letters.put(connection, [LETTER])
        (found,) = dead_letters.unpublished(connection)
    assert found == replace(LETTER, id=found.id, error_message="x" * dead_letters.LONGEST_MESSAGE)


def test_a_record_is_stored_as_a_dead_letter_once(database: Database) -> None:
    again = replace(LETTER, reason="intake_failed")
    with database.write() as connection:
        dead_letters.put(connection, [LETTER, LETTER])
        dead_letters.put(connection, [again, replace(LETTER, origin_offset=8)])
        assert dead_letters.counts(connection) == {"unreadable_event": 2}


def test_a_published_dead_letter_stays_for_ops_and_is_not_published_again(database: Database) -> None:
    with database.write() as connection:
        dead_letters.put(connection, [LETTER, replace(LETTER, origin_offset=8)])
        first, second = dead_letters.unpublished(connection)
        assert dead_letters.unpublished(connection, limit=1) == [first]
        dead_letters.published(connection, [first.id], now=at(1))
        assert dead_letters.unpublished(connection) == [second]
        assert dead_letters.counts(connection) == {"unreadable_event": 2}


def test_published_outcomes_are_deleted_and_the_oldest_come_first(database: Database) -> None:
    rows = [replace(OUTCOME, outcome_id=name) for name in ("o1", "o2", "o3")]
    with database.write() as connection:
        outcomes.put(connection, rows)
        assert outcomes.unpublished(connection, limit=2) == rows[:2]
        outcomes.published(connection, ["o1", "o2"])
        assert outcomes.unpublished(connection) == rows[2:]


def test_a_products_history_is_shown_newest_first(database: Database) -> None:
    with database.write() as connection:
        activity.put(
            connection, [ACTIVITY, replace(ACTIVITY, message="Then."), replace(ACTIVITY, product_id=2)]
        )
        feeds.put(connection, [FEED, replace(FEED, direction="out"), replace(FEED, product_id=2)])
        assert [row.message for row in activity.of_product(connection, 1)] == ["Then.", "Nothing."]
        assert [row.direction for row in feeds.of_product(connection, 1)] == ["out", "in"]
        assert activity.of_product(connection, 1, limit=1) == [replace(ACTIVITY, message="Then.")]
        assert feeds.of_product(connection, 2) == [replace(FEED, product_id=2)]


LOG = timedelta(days=90)
EVENT = timedelta(days=8)
LETTER_ROW = {
    "origin_topic": "t", "origin_partition": 0, "origin_timestamp": 0, "headers": [], "reason": "r",
    "error_class": "E", "error_message": "m", "first_failed_at": NOON - 2 * LOG,
}  # fmt: skip
EVENT_ROW = {"shop": "demo", "kind": "saved", "received_at": NOON - LOG}
ACTIVITY_ROW = {
    "shop": "demo", "level": "info", "actor": "a", "kind": "k", "action": "a", "reason": "r", "message": "m",
}  # fmt: skip
FEED_ROW = {"shop": "demo", "direction": "in", "operation": "saved"}
SECOND = timedelta(seconds=1)
JOB_ROW = {
    "kind": "redrive", "author": "Ada", "created_at": NOON - 2 * LOG, "document": {}, "state": "done",
    "done": 1, "failed": 0,
}  # fmt: skip
AUDIT_ROW = {"author": "Ada", "address": "127.0.0.1", "action": "a", "target": "", "status": 303}
TALLY_ROW = {"shop": "demo", "kind": "event", "label": "webhook", "reason": "", "number": 1}
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)


def rows(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize(
    "table, row, kept",
    [
        (tables.log.activity, {**ACTIVITY_ROW, "at": NOON - LOG}, True),
        (tables.log.activity, {**ACTIVITY_ROW, "at": NOON - LOG - SECOND}, False),
        (tables.log.feeds, {**FEED_ROW, "at": NOON - LOG}, True),
        (tables.log.feeds, {**FEED_ROW, "at": NOON - LOG - SECOND}, False),
        (tables.log.events, {**EVENT_ROW, "id": "e", "ended_at": NOON - EVENT}, True),
        (tables.log.events, {**EVENT_ROW, "id": "e", "ended_at": NOON - EVENT - SECOND}, False),
        (tables.log.events, {**EVENT_ROW, "id": "e", "ended_at": None}, True),
        (tables.log.dead_letters, {**LETTER_ROW, "origin_offset": 1, "published_at": NOON - LOG}, True),
        (
            tables.log.dead_letters,
            {**LETTER_ROW, "origin_offset": 1, "published_at": NOON - LOG - SECOND},
            False,
        ),
        (tables.log.dead_letters, {**LETTER_ROW, "origin_offset": 1, "published_at": None}, True),
        (tables.jobs.jobs, {**JOB_ROW, "finished_at": NOON - LOG}, True),
        (tables.jobs.jobs, {**JOB_ROW, "finished_at": NOON - LOG - SECOND}, False),
        (tables.jobs.jobs, {**JOB_ROW, "state": "running", "finished_at": None}, True),
        (tables.accounts.console_audit, {**AUDIT_ROW, "at": NOON - YEAR}, True),
        (tables.accounts.console_audit, {**AUDIT_ROW, "at": NOON - YEAR - SECOND}, False),
        (tables.accounts.sign_in_failures, {"name": "a", "address": "b", "at": NOON - DAY}, True),
        (tables.accounts.sign_in_failures, {"name": "a", "address": "b", "at": NOON - DAY - SECOND}, False),
        (tables.log.heartbeats, {"process": "consumer", "document": {}, "at": NOON - DAY}, True),
        (tables.log.heartbeats, {"process": "consumer", "document": {}, "at": NOON - DAY - SECOND}, False),
        (tables.log.tallies, {**TALLY_ROW, "step": 60, "at": NOON - 2 * DAY}, True),
        (tables.log.tallies, {**TALLY_ROW, "step": 60, "at": NOON - 2 * DAY - SECOND}, False),
        (tables.log.tallies, {**TALLY_ROW, "step": 3600, "at": NOON - LOG}, True),
        (tables.log.tallies, {**TALLY_ROW, "step": 3600, "at": NOON - LOG - HOUR}, False),
    ],
)
def test_old_rows_are_deleted_and_rows_that_have_not_ended_are_kept(
    database: Database, table: Table, row: Mapping[str, Any], kept: bool
) -> None:
    with database.write() as connection:
        connection.execute(insert(table), [dict(row)])
        assert retention.forget(connection, now=NOON) == int(not kept)
        assert rows(connection, table) == int(kept)


def test_old_rows_are_deleted_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    old = NOON - LOG - SECOND
    with database.write() as connection:
        connection.execute(insert(tables.log.feeds), [{**FEED_ROW, "at": old} for _ in range(10)])
        connection.execute(insert(tables.log.activity), [{**ACTIVITY_ROW, "at": old} for _ in range(5)])
        assert [retention.forget(connection, now=NOON) for _ in range(4)] == [8, 5, 2, 0]
