"""Categories: what TikTok demands in each, asked at most once a day for each shop and stored over restarts.

While TikTok can't be asked, what was read before goes on serving.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from records.catalog import categories
from records.catalog.categories import CategoryKey, ReadCategory
from records.db.database import Database, is_away
from tiktok.client.errors import ShopStopped, TikTokError, Transient
from tiktok.listing.category import Category

log = structlog.get_logger(__name__)

CACHE_FOR = timedelta(days=1)
RETRY_AFTER = timedelta(seconds=30)
"""After a failure, those who come next do not ask TikTok again for so long."""


@dataclass(slots=True)
class _CachedCategory:
    """One category: what was read, and the last failure to read it."""

    lock: threading.Lock
    category: Category | None = None
    read_at: datetime | None = None
    failed: TikTokError | None = None
    failed_at: datetime | None = None


class Categories:
    """What is cached of categories. Thread safe; one thread asks, the others wait for its answer."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: dict[CategoryKey, _CachedCategory] = {}

    def of(self, key: CategoryKey, read: Callable[[], Category]) -> Category:
        """The category; `read` asks TikTok. Raises what `read` raises where nothing older is cached."""
        with self._lock:
            cached = self._cached.setdefault(key, _CachedCategory(threading.Lock()))
        with cached.lock:
            if cached.category is None:
                self._load(key, cached)
            now = self._clock()
            if (
                cached.category is not None
                and cached.read_at is not None
                and now - cached.read_at < CACHE_FOR
            ):
                return cached.category
            failed = cached.failed if cached.failed_at and now - cached.failed_at < RETRY_AFTER else None
            if failed is None:
                try:
                    return self._keep(key, cached, read())
                except (Transient, ShopStopped) as error:
                    failed = cached.failed = error
                    cached.failed_at = now
            if cached.category is None:
                raise failed
            return cached.category

    def _keep(self, key: CategoryKey, cached: _CachedCategory, category: Category) -> Category:
        """A category that TikTok does not take is asked for again: it may be opened to the seller any time."""
        cached.failed = cached.failed_at = None
        if category.refused is not None:
            return category
        cached.category, cached.read_at = category, self._clock()
        try:
            with self._database.write() as connection:
                categories.put(connection, key, ReadCategory(category.document(), cached.read_at))
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database_away", while_doing="categories")
        return category

    def _load(self, key: CategoryKey, cached: _CachedCategory) -> None:
        try:
            with self._database.read() as connection:
                stored = categories.get(connection, key)
        except Exception as error:
            if not is_away(error):
                raise
            return
        if stored is not None:
            cached.category, cached.read_at = Category(**stored.document), stored.read_at
