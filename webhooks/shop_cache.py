"""Known shops: kept in memory, and read again every few seconds by a thread of their own.

A request never waits for the database: while it is away, the last known shops and secrets hold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from schemas.shop import Shop

log = structlog.get_logger(__name__)

READ_EVERY_SECONDS = 5.0
FIRST_READ_SECONDS = 2.0
"""How long a request waits for the very first reading."""


class ShopsNotRead(Exception):
    """No shop was read from the database yet; whether this one exists is not known."""


class KnownShops:
    """The shops by key. Nothing is read before the first question."""

    def __init__(self, load: Callable[[], Mapping[str, Shop]]) -> None:
        self._load = load
        self._shops: Mapping[str, Shop] | None = None
        self._first = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._reader: threading.Thread | None = None

    def find(self, key: str) -> Shop | None:
        """The shop, None where there is none of that key. Raises `ShopsNotRead`."""
        shops = self._known()
        if shops is None:
            raise ShopsNotRead(ShopsNotRead.__doc__)
        return shops.get(key)

    def read(self) -> None:
        """Read them now; what is known stays where the database is away."""
        try:
            self._shops = dict(self._load())
        except Exception as error:
            log.warning("shops_not_read", error=type(error).__name__, why=str(error).partition("\n")[0])
        self._first.set()

    def close(self) -> None:
        """Read no more."""
        self._closing.set()

    def _known(self) -> Mapping[str, Shop] | None:
        with self._lock:
            if self._reader is None:
                self._reader = threading.Thread(target=self._keep_reading, daemon=True)
                self._reader.start()
        self._first.wait(FIRST_READ_SECONDS)
        return self._shops

    def _keep_reading(self) -> None:
        while not self._closing.is_set():
            self.read()
            self._closing.wait(READ_EVERY_SECONDS)
