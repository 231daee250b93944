"""The console's job runner: a job that fails ends as failed, a lasting job is tried again, and a stop has a bound."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from console.web.context import ConsoleContext
from console.web.job_runner import JobRunner, Progress
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import DEAD, Job, JobState
from sync import resync_job
from tests.consumer.seller_center import eventually


def request_job(console_context: ConsoleContext, kind: str) -> int:
    with console_context.database.write() as connection:
        return jobs.ask(connection, kind, {}, author="Ada", now=console_context.clock())


def stands(database: Database, job_id: int) -> Job:
    with database.read() as connection:
        found = jobs.get(connection, job_id)
    assert found is not None
    return found


def fails(*_: object) -> Mapping[str, object]:
    raise RuntimeError("the database went away")


def succeeds(*_: object) -> Mapping[str, object]:
    return {}


class Walk:
    """A job that records its progress every 10 ms, for a minute."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, _context: ConsoleContext, _job: Job, progress: Progress) -> Mapping[str, object]:
        for number in range(6_000):
            progress(number, 0, None)
            self.begun.set()
            time.sleep(0.01)
        return {}


@pytest.fixture(autouse=True)
def _runners_stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop every runner that the test woke."""
    woken, wake = [], JobRunner.wake

    def remembered(runner: JobRunner) -> None:
        woken.append(runner)
        wake(runner)

    monkeypatch.setattr(JobRunner, "wake", remembered)
    yield
    assert all(runner.stop() for runner in woken)


@pytest.mark.parametrize(
    ("kind", "state"),
    [("redrive", JobState.FAILED), (resync_job.KIND, JobState.RUNNING)],
)
def test_a_lasting_job_that_fails_stays_running(
    console_context: ConsoleContext, kind: str, state: JobState
) -> None:
    first, last = request_job(console_context, kind), request_job(console_context, "count_matching")
    runner = JobRunner(console_context, {kind: fails, "count_matching": succeeds})
    runner.wake()
    eventually(lambda: stands(console_context.database, last).state is JobState.DONE)
    assert stands(console_context.database, first).state is state


def test_a_lasting_job_that_failed_can_be_claimed_again_once_its_heartbeat_is_old(
    console_context: ConsoleContext,
) -> None:
    job_id = request_job(console_context, resync_job.KIND)
    JobRunner(console_context, {resync_job.KIND: fails}).wake()
    eventually(lambda: stands(console_context.database, job_id).state is JobState.RUNNING)
    with console_context.database.write() as connection:
        assert jobs.claim(connection, resync_job.KIND, now=console_context.clock()) is None
        again = jobs.claim(connection, resync_job.KIND, now=console_context.clock() + DEAD * 2)
    assert again is not None and again.id == job_id


def test_a_runner_does_the_jobs_of_every_wake(console_context: ConsoleContext) -> None:
    runner = JobRunner(console_context, {"count_matching": succeeds})
    for _ in range(50):
        job_id = request_job(console_context, "count_matching")
        runner.wake()
        eventually(partial(has_ended, console_context.database, job_id), seconds=5)


def test_while_the_database_is_away_a_job_waits_for_the_next_wake(console_context: ConsoleContext) -> None:
    job_id = request_job(console_context, "count_matching")
    away = AwayOnce(console_context.database)
    runner = JobRunner(replace(console_context, database=cast(Database, away)), {"count_matching": succeeds})
    with capture_logs() as opened:
        runner.wake()
        eventually(
            lambda: opened == [{"event": "jobs_left", "log_level": "warning", "error": "OperationalError"}]
        )
    assert stands(console_context.database, job_id).state is JobState.WAITING
    runner.wake()
    eventually(partial(has_ended, console_context.database, job_id))


class AwayOnce:
    """A database that can't be reached for its first transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._away = True

    def write(self) -> AbstractContextManager[Connection]:
        if self._away:
            self._away = False
            raise OperationalError("BEGIN", None, Exception("the server closed the connection"))
        return self._database.write()


def has_ended(database: Database, job_id: int) -> bool:
    return stands(database, job_id).state is JobState.DONE


def test_a_stop_interrupts_the_running_job_and_leaves_it_in_the_database(
    console_context: ConsoleContext,
) -> None:
    job_id, walk = request_job(console_context, "count_matching"), Walk()
    runner = JobRunner(console_context, {"count_matching": walk})
    runner.wake()
    assert walk.begun.wait(10)
    began = time.monotonic()
    assert runner.stop(5)
    assert time.monotonic() - began < 2
    assert stands(console_context.database, job_id).state is JobState.RUNNING


def test_a_runner_without_a_job_stops_at_once(console_context: ConsoleContext) -> None:
    runner = JobRunner(console_context, {"count_matching": succeeds})
    runner.wake()
    began = time.monotonic()
    assert runner.stop(5)
    assert time.monotonic() - began < 2


def test_a_wake_after_the_stop_does_nothing(console_context: ConsoleContext) -> None:
    runner = JobRunner(console_context, {"count_matching": succeeds})
    assert runner.stop(5)
    job_id = request_job(console_context, "count_matching")
    runner.wake()
    assert runner.stop(5)
    assert stands(console_context.database, job_id).state is JobState.WAITING
