"""Rates: a standing limit of calls a second, for each app and shop."""

from __future__ import annotations

from collections import defaultdict, deque

from sandbox.tiktok.shops import Shop

WINDOW_SECONDS = 1.0


class Rates:
    """When each app and shop has called. Its caller holds the lock."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def is_too_many(self, shop: Shop, most: int | None, now: float) -> bool:
        """Is this call one too many within a second? Only the calls that are let through count."""
        if most is None:
            return False
        calls = self._calls[shop.app_key, shop.shop_cipher]
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= most:
            return True
        calls.append(now)
        return False
