"""A shop's health: how its last calls went, and how many more may be tried now.

While a shop fails as a whole, one probe a second finds out when it is well again; a shop that was stopped (its
connection needs a person) is probed each minute. Nobody else waits for it.
"""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta

from tiktok.client.errors import ShopStopped, Throttled, TikTokError

UNHEALTHY_AFTER = 3
PROBE = timedelta(seconds=1)
STOPPED_PROBE = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0


class ShopHealth:
    """Of one shop. Thread safe; time is a parameter."""

    def __init__(self, rng: random.Random | None = None, *, stopped: str | None = None) -> None:
        """`stopped` is why it stood still when this process began."""
        self._lock = threading.Lock()
        self._rng = rng or random.Random()  # noqa: S311
        self._failures = 0
        self._probe_at: datetime | None = None
        self._rests_until: datetime | None = None
        self.stopped = stopped

    @property
    def is_healthy(self) -> bool:
        """The last calls did not all fail."""
        return self._failures < UNHEALTHY_AFTER and self.stopped is None

    def slots(self, wanted: int, in_progress: int, now: datetime) -> int:
        """How many more listings may be taken in hand now."""
        with self._lock:
            if self._rests_until is not None and now < self._rests_until:
                return 0
            if self.is_healthy:
                return max(0, wanted - in_progress)
            if in_progress or (self._probe_at is not None and now < self._probe_at):
                return 0
            return 1

    def answered(self) -> None:
        """TikTok answered a call of this shop, with whatever words."""
        with self._lock:
            self._failures = 0
            self._probe_at = None
            self.stopped = None

    def reconnected(self) -> None:
        """A person or a refresh has changed its connection: whatever was said against it is old."""
        self.answered()
        with self._lock:
            self._rests_until = None

    def failed(self, error: TikTokError, tries: int, now: datetime) -> tuple[int, datetime]:
        """A call failed; returns the listing's tries and when to try it again, with full jitter.

        A failure counts against the listing only while the shop is well otherwise.
        """
        with self._lock:
            if isinstance(error, Throttled):
                # Too many calls say nothing against the listing, nor that the shop is unwell.
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
        """When to try again; where TikTok names a time, the whole shop rests until then."""
        if error.wait is not None:
            # Whoever is taken in hand before that would only keep a worker waiting.
            self._rests_until = now + error.wait
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries, 10))
        wait = timedelta(seconds=self._rng.uniform(0, longest))
        return now + max(wait, error.wait or wait)
