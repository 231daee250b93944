"""The circuit breaker of a shop: how many listings may be synced now, given how its last calls went.

While every call of a shop fails, one listing a second is synced as a probe. A stopped shop (its connection needs a
person) is probed once a minute. The other listings of the shop stay in the queue and block no worker.
"""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta

from tiktok.client.errors import ShopStopped, Throttled, TikTokError

UNHEALTHY_AFTER = 3
"""Failed calls in a row after which failures no longer count against single listings, and only probes are sent."""
PROBE = timedelta(seconds=1)
"""How often one listing is synced as a probe while the shop's calls fail."""
STOPPED_PROBE = timedelta(seconds=60)
"""How often one listing is synced as a probe while the shop is stopped."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds. A retry waits a random time up to a bound, which doubles with each try between these two."""


class ShopHealth:
    """The circuit breaker of one shop. Thread safe; time is a parameter."""

    def __init__(self, rng: random.Random | None = None, *, stopped: str | None = None) -> None:
        """`stopped` is the reason if the shop's sync was already stopped when this process started."""
        self._lock = threading.Lock()
        self._rng = rng or random.Random()  # noqa: S311
        self._failures = 0
        self._probe_at: datetime | None = None
        self._rests_until: datetime | None = None
        self.stopped = stopped

    @property
    def is_healthy(self) -> bool:
        """Whether calls go through: fewer than `UNHEALTHY_AFTER` failed in a row, and the shop is not stopped."""
        return self._failures < UNHEALTHY_AFTER and self.stopped is None

    def slots(self, wanted: int, in_progress: int, now: datetime) -> int:
        """Return how many more listings may be leased now.

        `wanted` is the most that may be in progress at once, `in_progress` how many are.
        """
        with self._lock:
            if self._rests_until is not None and now < self._rests_until:
                return 0
            if self.is_healthy:
                return max(0, wanted - in_progress)
            if in_progress or (self._probe_at is not None and now < self._probe_at):
                return 0
            return 1

    def answered(self) -> None:
        """Record that TikTok answered a call of this shop, with an acceptance or a rejection."""
        with self._lock:
            self._failures = 0
            self._probe_at = None
            self.stopped = None

    def reconnected(self) -> None:
        """Record that the shop's settings or tokens changed: earlier failures no longer count."""
        self.answered()
        with self._lock:
            self._rests_until = None

    def failed(self, error: TikTokError, tries: int, now: datetime) -> tuple[int, datetime]:
        """Record a failed call. Return the listing's tries and when to retry it, with full jitter.

        A failure counts against the listing only while the shop is well otherwise.
        """
        with self._lock:
            if isinstance(error, Throttled):
                # A rate limit says nothing about the listing, nor about the shop's health.
                return tries, self._rest(error, tries, now)
            counts = self.is_healthy
            self._failures += 1
            if isinstance(error, ShopStopped):
                self.stopped = error.hint or error.message
                self._probe_at = now + STOPPED_PROBE
                return tries, now + STOPPED_PROBE
            if not self.is_healthy:
                self._probe_at = now + PROBE
            tries = tries + 1 if counts else tries
            return tries, self._rest(error, tries, now)

    def _rest(self, error: TikTokError, tries: int, now: datetime) -> datetime:
        """Return when to retry. If TikTok names a time, the whole shop waits until then."""
        if error.wait is not None:
            # A listing that is leased before that would only block a worker.
            self._rests_until = now + error.wait
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries, 10))
        wait = timedelta(seconds=self._rng.uniform(0, longest))
        return now + max(wait, error.wait or wait)
