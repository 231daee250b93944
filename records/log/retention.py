"""Retention: delete old rows in small batches. Rows that have not ended are never deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from records.accounts.tables import console_audit, sign_in_failures
from records.jobs.tables import jobs
from records.log import counters, heartbeats
from records.log.tables import activity, dead_letters, events, feeds
from records.log.tables import heartbeats as heartbeats_table

LOGS_KEPT = timedelta(days=90)
EVENTS_KEPT = timedelta(days=8)
DEAD_LETTERS_KEPT = timedelta(days=90)
JOBS_KEPT = timedelta(days=90)
AUDIT_KEPT = timedelta(days=365)
SIGN_IN_FAILURES_KEPT = timedelta(days=1)
BATCH = 1_000


def forget(connection: Connection, *, now: datetime) -> int:
    """Delete a batch of each kind; return how many rows were deleted. Call it again until it returns 0."""
    return sum(
        (
            _some(connection, activity, activity.c.at < now - LOGS_KEPT),
            _some(connection, feeds, feeds.c.at < now - LOGS_KEPT),
            _some(connection, events, events.c.ended_at < now - EVENTS_KEPT),
            _some(connection, dead_letters, dead_letters.c.published_at < now - DEAD_LETTERS_KEPT),
            _some(connection, jobs, jobs.c.finished_at < now - JOBS_KEPT),
            _some(connection, console_audit, console_audit.c.at < now - AUDIT_KEPT),
            _some(connection, sign_in_failures, sign_in_failures.c.at < now - SIGN_IN_FAILURES_KEPT),
            _some(connection, heartbeats_table, heartbeats_table.c.at < now - heartbeats.KEPT),
            counters.forget(connection, now=now),
        )
    )


def _some(connection: Connection, table: Table, old: ColumnElement[bool]) -> int:
    key = next(iter(table.primary_key))
    batch = select(key).where(old).limit(BATCH)
    return connection.execute(delete(table).where(key.in_(batch))).rowcount
