"""Resync jobs that no other process works on: the consumer takes them over.

Whoever stores a change works on its job at once: the console's own thread, or `m2t apply`. Where that process was
killed or has ended, the consumer goes on, so that every stored change reaches TikTok.
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
"""For how long a job is left to who asked for it."""


class ResyncWorker(Worker):
    """Looks for a free job every second."""

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
        """Wait, then work on free jobs while there are any; a job in hand is given back when a stop is requested."""
        self.pause(LOOK_SECONDS)
        while not self.stopping and self.run_next_job():
            pass

    def after_error(self, error: Exception) -> float:
        """Say what failed; the job stays where it is, and is free again once its beat is old."""
        if not is_away(error):
            log.exception("walker_failed")
        return LOOK_SECONDS

    def run_next_job(self) -> bool:
        """Work on one job that nobody works on; False where there is none, or where it was given back."""
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
