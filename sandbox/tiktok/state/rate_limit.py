"""The limit of calls per second, for each app and shop."""

from __future__ import annotations

from collections import defaultdict, deque

from sandbox.tiktok.shops import Shop

WINDOW_SECONDS = 1.0


class RateLimit:
    """Records when each app and shop called. Its caller holds the lock."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def is_exceeded(self, shop: Shop, limit: int | None, now: float) -> bool:
        """Return whether this call exceeds the limit per second. Only admitted calls count; None is no limit."""
        if limit is None:
            return False
        calls = self._calls[shop.app_key, shop.shop_cipher]
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= limit:
            return True
        calls.append(now)
        return False
