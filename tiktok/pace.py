"""Pace: a fixed number of calls a second for each shop, and a hold where TikTok asks for one."""

from __future__ import annotations

import threading


class Pace:
    """Hands out the moments at which calls may start; thread safe, and it never sleeps itself."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._next = 0.0
        self._turn = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next turn; returns the seconds to wait for it."""
        with self._turn:
            start = max(now, self._next)
            self._next = start + self._gap
            return start - now

    def hold_until(self, moment: float) -> None:
        """No call starts before this moment."""
        with self._turn:
            self._next = max(self._next, moment)
