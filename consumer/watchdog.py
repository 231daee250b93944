"""The watchdog: end the process if its intake has stalled, so that the supervisor starts a new one."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Final

import structlog

from background.worker import Worker

log = structlog.get_logger("consumer")

STALLED_SECONDS: Final = 60.0
"""How long intake may take for one round."""
EX_SOFTWARE: Final = 70
"""The exit code for an internal error, from `sysexits.h`."""


class Watchdog(Worker):
    """Checks how long ago intake's last round was, in seconds of `time.monotonic()`."""

    def __init__(self, last_round: Callable[[], float]) -> None:
        super().__init__("watchdog")
        self._last_round = last_round

    def run_round(self) -> None:
        """End the process if intake has stalled: a poll that never returns can't be interrupted."""
        self.pause(STALLED_SECONDS / 4)
        if not self.stopping and time.monotonic() - self._last_round() > STALLED_SECONDS:
            log.critical("stalled", seconds=STALLED_SECONDS)
            logging.shutdown()
            os._exit(EX_SOFTWARE)

    def after_error(self, error: Exception) -> float:
        """Log the error. The next round checks again."""
        log.exception("watchdog_failed")
        return STALLED_SECONDS / 4
