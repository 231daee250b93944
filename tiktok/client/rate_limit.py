"""Limit the rate of a shop's calls, and adapt it to TikTok's *429 Too Many Requests*.

TikTok publishes no rate limit. The rate therefore starts at the configured value, halves on a 429, and recovers
linearly; `Retry-After` pauses all calls. Time is a parameter, in seconds.
"""

from __future__ import annotations

import threading
from typing import Final

SLOWEST: Final = 0.2
"""Calls per second: the lowest rate, whatever the number of 429s."""
RECOVERY_SECONDS: Final = 60.0
"""How long the rate takes to recover from zero to the configured rate."""
UNMETERED: Final = 50.0
"""Calls per second: the rate that is halved at the first 429 if no rate is configured."""
SHORTEST_PAUSE: Final = 1.0


class RateLimiter:
    """Assign each call the time at which it may start. Thread safe; it never sleeps itself.

    `per_second` 0 means no limit until the first 429; from then on the rate recovers to `UNMETERED`. If several
    processes call the same shop, each gets an equal share of the rate.
    """

    def __init__(self, per_second: float) -> None:
        self._configured = max(0.0, per_second)
        self._parts = 1
        self._rate_after_cut = self._configured
        self._cut_at: float | None = None
        self._next = 0.0
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Reserve the next start, and return its time: `now` if the call may start immediately."""
        with self._lock:
            return self._reserve(now)

    def share(self, parts: int) -> None:
        """Share the rate among `parts` processes, this one included."""
        with self._lock:
            self._parts = max(1, parts)

    def confirm(self, start: float, now: float) -> float:
        """Return the time of a reserved start: a later one if TikTok has asked for a pause since."""
        with self._lock:
            return start if start >= self._paused_until else self._reserve(now)

    def throttled(self, began: float, now: float, wait: float | None) -> None:
        """Record a 429 for a call that started at `began`. `wait` is its `Retry-After`, None without one.

        A call that started before the last cut exceeded the old rate, so it does not cut the new one.
        """
        with self._lock:
            if self._cut_at is None or began >= self._cut_at:
                self._rate_after_cut = max(SLOWEST, self._rate(now) / 2)
                self._cut_at = now
            self._paused_until = max(self._paused_until, now + (SHORTEST_PAUSE if wait is None else wait))

    def rate(self, now: float) -> float:
        """Return the current rate in calls per second, 0 for no limit."""
        with self._lock:
            return 0.0 if self._cut_at is None and not self._configured else self._rate(now)

    def paused_for(self, now: float) -> float:
        """Return for how many more seconds TikTok asked us to pause, 0 if calls may start."""
        with self._lock:
            return max(0.0, self._paused_until - now)

    def _reserve(self, now: float) -> float:
        start = max(now, self._next, self._paused_until)
        rate = self._rate(start)
        self._next = start + (0.0 if self._cut_at is None and not self._configured else 1 / rate)
        return start

    def _rate(self, now: float) -> float:
        most = (self._configured or UNMETERED) / self._parts
        if self._cut_at is None:
            return most
        return min(most, self._rate_after_cut + max(0.0, now - self._cut_at) * most / RECOVERY_SECONDS)
