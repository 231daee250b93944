"""`JobRunner`: the console's background thread for long work that a person asked for.

Jobs are rows of the database. A job outlives its process: when a process ends in the middle of a job, the next process
that is woken claims the job and does it again from its beginning.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import structlog
from flask import current_app

from background.worker import Worker
from console.web.context import ConsoleContext, console_context
from records.db.database import is_away
from records.jobs import jobs
from records.jobs.jobs import Job, JobState
from sync import resync_job
from topics.errors import Refused

log = structlog.get_logger(__name__)

Progress: TypeAlias = Callable[[int, int, int | None], None]
"""Records how many items are done, how many failed, and the total if it is known. Raises `JobStopped` when a person
asked to stop the job, `Interrupted` when the process is shutting down."""

Runner: TypeAlias = Callable[[ConsoleContext, Job, Progress], Mapping[str, object]]
"""Does one job and returns its result, which is stored as JSON."""


LASTING: Final = frozenset({resync_job.KIND})
"""Kinds of jobs that must succeed: people can't stop them, and after a failure they are tried again, here or by the
consumer."""


class JobStopped(Exception):
    """A person asked to stop the job."""


class Interrupted(Exception):
    """The process is shutting down: the job stays in the database, and is claimed again once its heartbeat is old."""


class JobRunner(Worker):
    """Does the jobs of the kinds in `runners`, one at a time. The thread starts with the first `wake`."""

    def __init__(self, context: ConsoleContext, runners: Mapping[str, Runner]) -> None:
        super().__init__("jobs")
        self._context = context
        self._runners = runners
        self._woken = threading.Event()
        self._starting = threading.Lock()
        self._started = False

    def wake(self) -> None:
        """Look for jobs now."""
        self._woken.set()
        with self._starting:
            if not self._started:
                self._started = True
                self.start()

    def request_stop(self) -> None:
        super().request_stop()
        self._woken.set()

    def run_round(self) -> None:
        """Wait to be woken, then do every job that is waiting."""
        self._woken.wait()
        self._woken.clear()
        while not self.stopping and (job := self._claim()) is not None:
            self._do(job)

    def after_error(self, error: Exception) -> float:
        """Log the error. The jobs stay in the database until somebody looks at one or asks for one, which wakes us."""
        if is_away(error):
            log.warning("jobs_left", error=type(error).__name__)
        else:
            log.exception("jobs_failed")
        return 0.0

    def _claim(self) -> Job | None:
        with self._context.database.write() as connection:
            for kind in self._runners:
                if (job := jobs.claim(connection, kind, now=self._context.clock())) is not None:
                    return job
        return None

    def _do(self, job: Job) -> None:
        def progress(done: int, failed: int, total: int | None) -> None:
            if self.stopping:
                raise Interrupted
            with self._context.database.write() as connection:
                now = self._context.clock()
                if jobs.progress(connection, job.id, done=done, failed=failed, total=total, now=now):
                    raise JobStopped

        try:
            self._finish(job, JobState.DONE, self._runners[job.kind](self._context, job, progress))
        except JobStopped:
            self._finish(job, JobState.STOPPED, None)
        except Interrupted:
            return
        except Exception as error:
            log.exception("job_failed", job=job.id, kind=job.kind)
            if job.kind in LASTING:
                return
            words = f"The job failed ({type(error).__name__}). The console's log has the error."
            if isinstance(error, Refused):
                words = f"{error} {error.next_step}".strip()
            self._finish(job, JobState.FAILED, {"error": words})

    def _finish(self, job: Job, state: JobState, result: Mapping[str, object] | None) -> None:
        with self._context.database.write() as connection:
            jobs.finish(connection, job.id, state, result, now=self._context.clock())


NAME: Final = "job_runner"
"""The key of the runner in the app's extensions."""


def runner() -> JobRunner:
    """Return the runner of the app that handles this request."""
    value: JobRunner = current_app.extensions[NAME]
    return value


def ask(kind: str, document: Mapping[str, object], author: str) -> int:
    """Store a new job, wake the runner and return the job's id. Jobs that were asked for earlier are done first."""
    with console_context().database.write() as connection:
        job_id = jobs.ask(connection, kind, document, author=author, now=console_context().clock())
    runner().wake()
    return job_id
