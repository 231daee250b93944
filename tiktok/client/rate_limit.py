"""Pace: how many calls a second a shop gets, learnt from TikTok's own *too many requests*.

TikTok publishes no rate. So the pace starts at the configured one, halves on a 429, and comes back by equal steps;
`Retry-After` is a hold. Time is a parameter, in seconds.
"""

from __future__ import annotations

import threading
from typing import Final

SLOWEST: Final = 0.2
"""Calls a second: below this no 429 takes it."""
RECOVERY_SECONDS: Final = 60.0
"""How long it takes from a standstill back to the configured rate."""
UNMETERED: Final = 50.0
"""What a pace without a configured rate falls from at its first 429."""
SHORTEST_HOLD: Final = 1.0


class Pace:
    """Hands out the moments at which calls may start; thread safe, and it never sleeps itself.

    `per_second` 0 is no rate until the first 429; from then on it is `UNMETERED` that it recovers to. Where several
    processes call one shop, each takes its part of the rate.
    """

    def __init__(self, per_second: float) -> None:
        self._configured = max(0.0, per_second)
        self._parts = 1
        self._cut_to = self._configured
        self._cut_at: float | None = None
        self._next = 0.0
        self._paused_until = 0.0
        self._turn = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next turn; returns the moment of it, `now` where that is at once."""
        with self._turn:
            return self._reserve(now)

    def share(self, parts: int) -> None:
        """So many processes call this shop, this one among them."""
        with self._turn:
            self._parts = max(1, parts)

    def keep(self, start: float, now: float) -> float:
        """The moment of a turn that was reserved: it moves where TikTok has asked for a hold since."""
        with self._turn:
            return start if start >= self._paused_until else self._reserve(now)

    def throttled(self, began: float, now: float, wait: float | None) -> None:
        """TikTok said *too many requests* to a call that began then; `wait` is its `Retry-After`.

        What began before the last cut was too many for the old rate, and cuts no more.
        """
        with self._turn:
            if self._cut_at is None or began >= self._cut_at:
                self._cut_to = max(SLOWEST, self._rate(now) / 2)
                self._cut_at = now
            self._paused_until = max(self._paused_until, now + (SHORTEST_HOLD if wait is None else wait))

    def rate(self, now: float) -> float:
        """Calls a second, as of now; 0 is no limit."""
        with self._turn:
            return 0.0 if self._cut_at is None and not self._configured else self._rate(now)

    def paused_for(self, now: float) -> float:
        """Seconds for which no call starts, for TikTok asked so; 0 where it may."""
        with self._turn:
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
        return min(most, self._cut_to + max(0.0, now - self._cut_at) * most / RECOVERY_SECONDS)
