"""Report stores whose clock is ahead: intake passes its events, and a worker stores and logs what they show.

Intake pays one comparison for an event. The database is read every ten seconds, and written at most once a minute for a
shop, however many events show the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from background.worker import Worker
from policies.events.store_clock import (
    NOTHING_SHOWN,
    AheadClock,
    ClockReadings,
    after_readings,
    is_time_again,
)
from records.db.database import Database, is_away
from records.log import store_clocks
from schemas.product_event import ProductEvent

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(seconds=10)
WRITE_EVERY: Final = timedelta(minutes=1)
LOG_EVERY: Final = timedelta(minutes=10)


class StoreClockWriter(Worker):
    """Stores which stores' clocks are ahead, and logs it."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        every: timedelta = EVERY,
    ) -> None:
        super().__init__("store clocks")
        self._database = database
        self._clock = clock
        self._every = every.total_seconds()
        self._lock = threading.Lock()
        self._readings: dict[str, ClockReadings] = {}
        self._written_at: dict[str, datetime] = {}
        self._logged_at: dict[str, datetime] = {}

    def observe(self, events: Iterable[ProductEvent]) -> None:
        """Add what these events show. It is written with the next round. Called from intake's thread."""
        with self._lock:
            for event in events:
                if event.updated_at is not None:
                    before = self._readings.get(event.shop, NOTHING_SHOWN)
                    self._readings[event.shop] = before.with_event(event)

    def run_round(self) -> None:
        """Wait for the next time, then write."""
        self.pause(self._every)
        if not self.stopping:
            self.write()

    def finish(self) -> None:
        """Write what was observed last."""
        self.write(at_once=True)

    def after_error(self, error: Exception) -> float:
        """Log the error. What was not stored is stored with the next round."""
        if is_away(error):
            log.warning("database_away", while_doing="store_clocks")
        else:
            log.exception("store_clocks_failed")
        return self._every

    def write(self, *, at_once: bool = False) -> None:
        """Store and log what was observed of each shop that was not written within the last minute, or of all."""
        now = self._clock()
        readings = self._take_readings(now, at_once)
        if not readings:
            return
        try:
            self._store(readings, now)
        except Exception:
            with self._lock:
                for shop, value in readings.items():
                    self._readings[shop] = value.merged(self._readings.get(shop, NOTHING_SHOWN))
            raise

    def _take_readings(self, now: datetime, at_once: bool) -> dict[str, ClockReadings]:
        with self._lock:
            shops = [
                shop
                for shop in self._readings
                if at_once or is_time_again(self._written_at.get(shop), now, WRITE_EVERY)
            ]
            return {shop: self._readings.pop(shop) for shop in shops}

    def _store(self, readings: Mapping[str, ClockReadings], now: datetime) -> None:
        with self._database.read() as connection:
            stored = store_clocks.load_all(connection)
        clocks = {shop: after_readings(stored.get(shop), value) for shop, value in readings.items()}
        changed = {shop: clock for shop, clock in clocks.items() if clock != stored.get(shop)}
        if not changed:
            return
        with self._database.write() as connection:
            store_clocks.save(connection, changed)
        for shop, clock in changed.items():
            self._written_at[shop] = now
            self._log(shop, clock, now)

    def _log(self, shop: str, clock: AheadClock | None, now: datetime) -> None:
        if clock is None:
            self._logged_at.pop(shop, None)
            log.info("store_clock_credible", shop=shop)
        elif is_time_again(self._logged_at.get(shop), now, LOG_EVERY):
            self._logged_at[shop] = now
            log.warning(
                "store_clock_ahead",
                shop=shop,
                ahead_seconds=round(clock.ahead.total_seconds()),
                since=clock.since.isoformat(),
            )
