"""The resync worker: run the resync jobs that no other process works on.

The process that stores a change of the rules also runs its job: the console, or `m2t apply`. If that process was killed
or has ended, the consumer continues the job, so that every stored change reaches TikTok.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from background.worker import Worker
from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.rules.load_rulebook import RulebookReader
from sync import resync_job

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
HEAD_START = timedelta(seconds=3)
"""How long a new job is left to the process that created it."""


class ResyncWorker(Worker):
    """Checks for a free job every second."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("resync worker")
        self._database = database
        self._rulebooks = RulebookReader(box)
        self._clock = clock

    def run_round(self) -> None:
        """Wait, then run free jobs until none is left. When a stop is requested, the current job is released."""
        self.pause(LOOK_SECONDS)
        while not self.stopping and self.run_next_job():
            pass

    def after_error(self, error: Exception) -> float:
        """Log the error. The job keeps its progress, and is free again when its last heartbeat is old enough."""
        if not is_away(error):
            log.exception("walker_failed")
        return LOOK_SECONDS

    def run_next_job(self) -> bool:
        """Run one free job. Return False if there is none, or if it was released for a stop."""
        kind, now = resync_job.KIND, self._clock()
        with self._database.read() as connection:
            if not jobs.is_free(connection, kind, now=now, waited=HEAD_START):
                return False
        with self._database.write() as connection:
            job = jobs.claim(connection, kind, now=now, waited=HEAD_START)
        if job is None:
            return False
        log.info("looking_again", job=job.id, author=job.author)
        result = resync_job.walk(
            self._database,
            self._rulebooks,
            job,
            clock=self._clock,
            going_on=lambda: not self.stopping,
        )
        with self._database.write() as connection:
            if result is None:
                jobs.release(connection, job.id)
                return False
            jobs.finish(connection, job.id, JobState.DONE, result, now=self._clock())
        log.info("looked_again", job=job.id, walked=result["walked"], due=result["due"])
        return True
