"""The walker: takes up jobs that look at listings again, where nobody else does.

Whoever stores a change works on its job at once: the console's own thread, or `m2t apply`. Where that was killed, or is
only a process that has ended, the consumer goes on: what was stored reaches TikTok as long as anything does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.rules.load_rulebook import GoverningRecords
from sync import resync_job

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
HEAD_START = timedelta(seconds=3)
"""For how long a job is left to who asked for it."""


class Walker:
    """One thread."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._governing = GoverningRecords(box)
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="walker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Give a job in hand back for the next, then stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                while self.take_one():
                    pass
            except Exception as error:
                # The job stays where it is, and is free again once its beat is old.
                if not is_away(error):
                    log.exception("walker_failed")

    def take_one(self) -> bool:
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
            self._governing,
            job,
            clock=self._clock,
            going_on=lambda: not self._stopping.is_set(),
        )
        with self._database.write() as connection:
            if result is None:
                jobs.release(connection, job.id)
                return False
            jobs.finish(connection, job.id, JobState.DONE, result, now=self._clock())
        log.info("looked_again", job=job.id, walked=result["walked"], due=result["due"])
        return True
