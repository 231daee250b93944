"""TikTok's daily cap on new listings: while it is reached, creates wait; all other calls continue.

TikTok does not say when its day begins. So one create, the oldest, is tried as a probe from time to time; once it is
accepted, the others follow.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

PROBE_LIMIT = timedelta(seconds=20)
"""How long the create that probes the cap may take before another create may probe it."""


class ListingCap:
    """The daily cap of one shop. Thread safe; time is a parameter."""

    def __init__(self, look: timedelta) -> None:
        """`look` is how long creates wait until one of them probes the cap again."""
        self._look = look
        self._lock = threading.Lock()
        self._next_try: datetime | None = None
        # The listings without a TikTok product whose syncs have started, in that order: only the keys are used.
        self._started: dict[int, None] = {}

    def started(self, product_id: int) -> None:
        """Record that the sync of a listing without a TikTok product starts. Call it in the order of the queue.

        Workers overtake each other. Without this the oldest create would not always be the one that probes the cap.
        """
        with self._lock:
            self._started[product_id] = None

    def ended(self, product_id: int) -> None:
        """Record that the sync has ended."""
        with self._lock:
            self._started.pop(product_id, None)

    def reached(self, now: datetime, wait: timedelta | None) -> datetime:
        """Record that TikTok reported the cap as reached. Return when a create may be tried again."""
        with self._lock:
            self._next_try = now + (wait or self._look)
            return self._next_try

    def accepted(self) -> None:
        """Record that TikTok accepted a create: the cap is open."""
        with self._lock:
            self._next_try = None

    def closed_until(self, now: datetime) -> datetime | None:
        """Return when the cap is probed again; None if it is open. For display: this does not start a probe."""
        with self._lock:
            return self._next_try if self._next_try is not None and now < self._next_try else None

    def waits_until(self, now: datetime, product_id: int) -> datetime | None:
        """Return when this listing's create may be tried; None if it may be tried now.

        If the cap was reached and its wait is over, the create whose sync started first is the probe, and the others
        keep waiting.
        """
        with self._lock:
            if self._next_try is None:
                return None
            if now < self._next_try:
                return self._next_try
            if product_id != next(iter(self._started), product_id):
                return now + PROBE_LIMIT
            self._next_try = now + PROBE_LIMIT
            return None
