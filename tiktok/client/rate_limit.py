"""Limit the rate of a shop's calls, and adapt it to TikTok's *429 Too Many Requests*.

TikTok publishes no rate limit. The rate therefore starts at the configured value, halves on a 429, and recovers
linearly; `Retry-After` pauses all calls. Time is a parameter, in seconds.

Calls reserve their starts one after the other, so that a hundred of them may wait. An urgent call overtakes those that
wait: it starts at once, and all their starts move by one place. So the rate stays what it is. Urgent calls may take
half of it (`URGENT_SHARE`); beyond that they wait in turn.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

SLOWEST: Final = 0.2
"""Calls per second: the lowest rate, whatever the number of 429s."""
RECOVERY_SECONDS: Final = 60.0
"""How long the rate takes to recover from zero to the configured rate."""
UNMETERED: Final = 50.0
"""Calls per second: the rate that is halved at the first 429 if no rate is configured."""
SHORTEST_PAUSE: Final = 1.0
URGENT_SHARE: Final = 0.5
"""The part of the rate that urgent calls may take from those that wait."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A reserved start, in seconds. `moved` is by how much urgent calls had moved all starts when it was reserved."""

    start: float
    urgent: bool = False
    moved: float = 0.0


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
        self._next_urgent = 0.0
        self._moved = 0.0
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float, *, urgent: bool = False) -> Turn:
        """Reserve the next start: `now` if the call may start immediately."""
        with self._lock:
            return self._reserve(now, urgent=urgent)

    def share(self, parts: int) -> None:
        """Share the rate among `parts` processes, this one included."""
        with self._lock:
            self._parts = max(1, parts)

    def confirm(self, turn: Turn, now: float) -> Turn:
        """Return the turn as it is now: a later one if TikTok has asked for a pause since, or urgent calls overtook."""
        with self._lock:
            start = turn.start if turn.urgent else turn.start + self._moved - turn.moved
            if start < self._paused_until:
                return self._reserve(now, urgent=turn.urgent)
            return Turn(start, turn.urgent, self._moved)

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

    def _reserve(self, now: float, *, urgent: bool) -> Turn:
        start = max(now, self._next, self._paused_until)
        overtaking = max(now, self._next_urgent, self._paused_until)
        if urgent and overtaking < start:
            place = self._place(overtaking)
            self._next_urgent = overtaking + place / URGENT_SHARE
            self._next += place
            self._moved += place
            return Turn(overtaking, urgent=True)
        self._next = start + self._place(start)
        if urgent:
            self._next_urgent = self._next
        return Turn(start, urgent, self._moved)

    def _place(self, start: float) -> float:
        """Return how long after this start the next call may start, in seconds."""
        return 0.0 if self._cut_at is None and not self._configured else 1 / self._rate(start)

    def _rate(self, now: float) -> float:
        most = (self._configured or UNMETERED) / self._parts
        if self._cut_at is None:
            return most
        return min(most, self._rate_after_cut + max(0.0, now - self._cut_at) * most / RECOVERY_SECONDS)
