"""The shops in memory, reloaded every few seconds by a thread of their own.

A request never waits for the database: while the database is unavailable, the shops and secrets read last stay in use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from background.worker import Worker
from schemas.shop import Shop

log = structlog.get_logger(__name__)

READ_EVERY_SECONDS = 5.0
FIRST_READ_SECONDS = 2.0
"""How long a request waits for the first read to finish."""


class ShopsNotRead(Exception):
    """The shops have not been read from the database yet, so it is unknown whether this one exists."""


class ShopCache(Worker):
    """The shops by key. Nothing is read, and no thread runs, before the first lookup."""

    def __init__(self, load: Callable[[], Mapping[str, Shop]]) -> None:
        super().__init__("shop cache")
        self._load = load
        self._shops: Mapping[str, Shop] | None = None
        self._first_read_done = threading.Event()
        self._start_lock = threading.Lock()
        self._started = False

    def find(self, key: str) -> Shop | None:
        """Return the shop, None if no shop has this key. Raises `ShopsNotRead`."""
        # Looked at before any lock, because every webhook comes here and the threads would wait for each other.
        if not self._started:
            self._start_once()
        if self._shops is None:
            self._first_read_done.wait(FIRST_READ_SECONDS)
        if self._shops is None:
            raise ShopsNotRead(ShopsNotRead.__doc__)
        return self._shops.get(key)

    def read(self) -> None:
        """Read the shops from the database now. Raises what the database raises; the last shops then stay in use."""
        try:
            self._shops = dict(self._load())
        finally:
            self._first_read_done.set()

    def run_round(self) -> None:
        """Read the shops, then wait until they are due again."""
        self.read()
        self.pause(READ_EVERY_SECONDS)

    def after_error(self, error: Exception) -> float:
        """Log that the shops could not be read; try again when they are due."""
        log.warning("shops_not_read", error=type(error).__name__, why=str(error).partition("\n")[0])
        return READ_EVERY_SECONDS

    def _start_once(self) -> None:
        with self._start_lock:
            if not self._started:
                self._started = True
                self.start()
