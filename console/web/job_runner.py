"""Long work that a person asked for: done by one thread of the console, kept in the records, stopped when asked.

A job outlives its process: whoever looks at the console next goes on with what is left, from the beginning of the job.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import structlog
from flask import current_app

from console.web.context import Desk, desk
from records.db.database import is_away
from records.jobs import jobs
from records.jobs.jobs import Job, JobState
from sync import resync_job
from topics.errors import Refused

log = structlog.get_logger(__name__)

Progress: TypeAlias = Callable[[int, int, int | None], None]
"""Told how many are done, how many failed, and of how many; raises `Stopped` where it was asked to stop."""

Runner: TypeAlias = Callable[[Desk, Job, Progress], Mapping[str, Any]]
"""Does a job and returns its result."""


LASTING: Final = frozenset({resync_job.KIND})
"""Kinds of jobs that are owed: no person stops one, and one that fails is tried again, here or by the consumer."""


class Stopped(Exception):
    """Somebody asked the job to stop."""


class JobRunner:
    """The thread, started when there is something to do. `runners` go by the kind of job."""

    def __init__(self, tools: Desk, runners: Mapping[str, Runner]) -> None:
        self._desk = tools
        self._runners = runners
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._woken = False

    def wake(self) -> None:
        """There may be a job."""
        with self._turn:
            self._woken = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while self._is_wanted():
            try:
                while (job := self._claim()) is not None:
                    self._do(job)
            except Exception as error:
                # What is left stays in the records; whoever looks at a job, or asks for one, wakes us again.
                if is_away(error):
                    log.warning("jobs_left", error=type(error).__name__)
                else:
                    log.exception("jobs_failed")

    def _is_wanted(self) -> bool:
        """Whether somebody woke it since it last looked; where nobody did it ends, and the next wakes another."""
        with self._turn:
            woken, self._woken = self._woken, False
            if not woken:
                self._thread = None
            return woken

    def _claim(self) -> Job | None:
        with self._desk.database.write() as connection:
            for kind in self._runners:
                if (job := jobs.claim(connection, kind, now=self._desk.clock())) is not None:
                    return job
        return None

    def _do(self, job: Job) -> None:
        def progress(done: int, failed: int, total: int | None) -> None:
            with self._desk.database.write() as connection:
                now = self._desk.clock()
                if jobs.progress(connection, job.id, done=done, failed=failed, total=total, now=now):
                    raise Stopped

        try:
            self._finish(job, JobState.DONE, self._runners[job.kind](self._desk, job, progress))
        except Stopped:
            self._finish(job, JobState.STOPPED, None)
        except Exception as error:
            log.exception("job_failed", job=job.id, kind=job.kind)
            if job.kind in LASTING:
                return
            words = f"The job failed ({type(error).__name__}). The console's log has the error."
            if isinstance(error, Refused):
                words = f"{error} {error.next_step}".strip()
            self._finish(job, JobState.FAILED, {"error": words})

    def _finish(self, job: Job, state: JobState, result: Mapping[str, Any] | None) -> None:
        with self._desk.database.write() as connection:
            jobs.finish(connection, job.id, state, result, now=self._desk.clock())


NAME: Final = "job_runner"


def runner() -> JobRunner:
    """The runner of the app that answers this request."""
    value: JobRunner = current_app.extensions[NAME]
    return value


def ask(kind: str, document: Mapping[str, Any], author: str) -> int:
    """A new job; its id. It begins at once, or when the one before it has ended."""
    with desk().database.write() as connection:
        job_id = jobs.ask(connection, kind, document, author=author, now=desk().clock())
    runner().wake()
    return job_id
