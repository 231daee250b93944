"""The console's jobs: one that fails is said to have failed, but one that is owed is tried again."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from console.web.context import Desk
from console.web.job_runner import JobRunner
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import DEAD, Job, JobState
from sync import resync_job
from tests.consumer.seller_center import eventually


def asked(desk: Desk, kind: str) -> int:
    with desk.database.write() as connection:
        return jobs.ask(connection, kind, {}, author="Ada", now=desk.clock())


def stands(database: Database, job_id: int) -> Job:
    with database.read() as connection:
        found = jobs.get(connection, job_id)
    assert found is not None
    return found


def fails(*_: Any) -> Any:
    raise RuntimeError("the database went away")


@pytest.mark.parametrize(
    ("kind", "state"),
    [("redrive", JobState.FAILED), (resync_job.KIND, JobState.RUNNING)],
)
def test_a_job_that_is_due_does_not_end_by_failing(desk: Desk, kind: str, state: JobState) -> None:
    first, last = asked(desk, kind), asked(desk, "count_matching")
    runner = JobRunner(desk, {kind: fails, "count_matching": lambda *_: {}})
    runner.wake()
    eventually(lambda: stands(desk.database, last).state is JobState.DONE)
    assert stands(desk.database, first).state is state


def test_one_that_failed_and_is_due_is_free_again_once_its_beat_is_old(desk: Desk) -> None:
    job_id = asked(desk, resync_job.KIND)
    JobRunner(desk, {resync_job.KIND: fails}).wake()
    eventually(lambda: stands(desk.database, job_id).state is JobState.RUNNING)
    with desk.database.write() as connection:
        assert jobs.claim(connection, resync_job.KIND, now=desk.clock()) is None
        again = jobs.claim(connection, resync_job.KIND, now=desk.clock() + DEAD * 2)
    assert again is not None and again.id == job_id


def test_whoever_is_woken_while_it_ends_is_woken_anew(desk: Desk) -> None:
    runner = JobRunner(desk, {"count_matching": lambda *_: {}})
    for _ in range(50):
        job_id = asked(desk, "count_matching")
        runner.wake()
        eventually(partial(has_ended, desk.database, job_id), seconds=5)


def test_while_the_database_is_away_a_job_is_left_to_whoever_looks_next(desk: Desk) -> None:
    job_id = asked(desk, "count_matching")
    away = AwayOnce(desk.database)
    runner = JobRunner(replace(desk, database=cast(Database, away)), {"count_matching": lambda *_: {}})
    with capture_logs() as opened:
        runner.wake()
        eventually(
            lambda: opened == [{"event": "jobs_left", "log_level": "warning", "error": "OperationalError"}]
        )
    assert stands(desk.database, job_id).state is JobState.WAITING
    runner.wake()
    eventually(partial(has_ended, desk.database, job_id))


class AwayOnce:
    """A database whose first transaction finds nobody there."""

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
