"""TikTok's cap on new listings a day, as a budget: creates wait while it is used up, and nothing else does.

TikTok does not say when its day begins. So once in a while one create, the oldest, finds out; when it is accepted the
others follow.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

PROBE_LIMIT = timedelta(seconds=20)
"""How long the create that finds out may take before another one may."""


class ListingCap:
    """Of one shop. Thread safe; time is a parameter."""

    def __init__(self, look: timedelta) -> None:
        """`look` is how long creates wait until one of them finds out anew."""
        self._look = look
        self._lock = threading.Lock()
        self._next_try: datetime | None = None

    def reached(self, now: datetime, wait: timedelta | None) -> datetime:
        """TikTok said that it is used up; returns when a create is worth trying again."""
        with self._lock:
            self._next_try = now + (wait or self._look)
            return self._next_try

    def accepted(self) -> None:
        """A create was accepted: it is open."""
        with self._lock:
            self._next_try = None

    def closed_until(self, now: datetime) -> datetime | None:
        """When it is looked at anew, as far as it is used up; whoever asks this tries nothing."""
        with self._lock:
            return self._next_try if self._next_try is not None and now < self._next_try else None

    def waits_until(self, now: datetime) -> datetime | None:
        """When a create may be tried; None where it may now, and where it was used up this one finds out alone."""
        with self._lock:
            if self._next_try is None:
                return None
            if now < self._next_try:
                return self._next_try
            self._next_try = now + PROBE_LIMIT
            return None
