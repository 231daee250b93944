"""The retention worker: delete expired rows, in small transactions, until none is left or a stop is requested."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from background.worker import Worker
from records.db.database import Database, is_away
from records.log import retention

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 3_600.0
FIRST_SECONDS: Final = 60.0
"""The first wait is short, so that a consumer that is restarted more than once an hour deletes too."""
AGAIN_SECONDS: Final = 60.0


class RetentionWorker(Worker):
    """Deletes expired rows every hour. If several consumers run on PostgreSQL, one of them does it at a time."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__("retention")
        self._database = database
        self._clock = clock
        self._wait_seconds = FIRST_SECONDS

    def run_round(self) -> None:
        """Wait for the next time, then delete."""
        self.pause(self._wait_seconds)
        self._wait_seconds = EVERY_SECONDS
        if not self.stopping:
            self.forget_all()

    def forget_all(self) -> int:
        """Delete batch after batch. Return the number of deleted rows.

        It pauses after each batch for as long as the batch took. So other writers wait for one batch at most, and have
        at least half of the time for themselves.
        """
        total = 0
        with self._database.turn("retention") as ours:
            while ours and not self.stopping:
                began = time.monotonic()
                with self._database.write() as connection:
                    rows = retention.forget(connection, now=self._clock())
                total += rows
                if not rows:
                    break
                self.pause(time.monotonic() - began)
        if total:
            log.info("forgot", rows=total)
        return total

    def after_error(self, error: Exception) -> float:
        """Log the error, and retry after `AGAIN_SECONDS`."""
        self._wait_seconds = AGAIN_SECONDS
        if is_away(error):
            log.warning("database_away", while_doing="retention")
        else:
            log.exception("retention_failed")
        return 0.0
