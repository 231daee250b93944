"""Retention: every expired row is deleted, however many there are, until a stop is requested."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from consumer import retention_worker
from consumer.retention_worker import RetentionWorker
from records.db.database import Database
from records.log import heartbeats, retention
from records.log.tables import feeds, tallies
from tests.consumer.seller_center import eventually
from tests.policies.examples import NOON

pytestmark = pytest.mark.both_databases

OLD: Mapping[str, Any] = {
    "shop": "demo",
    "direction": "in",
    "operation": "saved",
    "at": NOON - retention.LOGS_KEPT - timedelta(seconds=1),
}


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)


def store(database: Database, rows: int) -> None:
    """Store this many expired exchanges, and one that is not expired."""
    with database.write() as connection:
        connection.execute(insert(feeds), [OLD] * rows)
        connection.execute(insert(feeds), [{**OLD, "at": NOON}])


def stored(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(feeds)).scalar_one() - 1


def worker_of(database: Database) -> RetentionWorker:
    return RetentionWorker(database, clock=lambda: NOON)


def test_everything_old_goes_in_one_round_however_many_batches_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_worker, "FIRST_SECONDS", 0.0)
    store(database, 95)
    worker = worker_of(database)
    worker.start()
    eventually(lambda: stored(database) == 0)
    assert worker.stop(5)


def test_counters_of_many_moments_go_too(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            insert(tallies),
            [
                {
                    "step": 60,
                    "at": NOON - timedelta(days=3, minutes=minute),
                    "shop": "demo",
                    "kind": "call",
                    "label": "price",
                    "reason": "",
                    "number": 1,
                }
                for minute in range(30)
            ],
        )
    assert worker_of(database).forget_all() == 30


def test_a_stop_ends_it_after_the_current_batch(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store(database, 50)
    worker = worker_of(database)
    monkeypatch.setattr(worker, "pause", lambda _: worker.request_stop())
    assert worker.forget_all() == 10
    assert stored(database) == 40


def test_others_write_between_two_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store(database, 30)
    worker = worker_of(database)
    written: list[int] = []

    def write_meanwhile(_: float) -> None:
        def write() -> None:
            with database.write() as connection:
                heartbeats.beat(connection, "consumer", {}, now=NOON)
            written.append(stored(database))

        thread = threading.Thread(target=write)
        thread.start()
        thread.join(5)

    monkeypatch.setattr(worker, "pause", write_meanwhile)
    assert worker.forget_all() == 30
    assert written == [20, 10, 0]


def test_of_several_processes_on_postgresql_one_deletes_at_a_time(database: Database) -> None:
    store(database, 5)
    with database.turn("retention"):
        assert worker_of(database).forget_all() == (5 if database.is_sqlite else 0)
    worker_of(database).forget_all()
    assert stored(database) == 0
