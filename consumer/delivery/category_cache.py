"""The category cache: what TikTok requires in each category, read at most once a day per shop, and stored.

If TikTok can't be reached, the last requirements that were read are used, however old.
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
"""How long the requirements of a category are used before they are read again."""
RETRY_AFTER = timedelta(seconds=30)
"""How long a category is not requested again after a failure."""


@dataclass(slots=True)
class _CachedCategory:
    """One category: the requirements that were read last, and the last failure to read them."""

    lock: threading.Lock
    category: Category | None = None
    read_at: datetime | None = None
    failed: TikTokError | None = None
    failed_at: datetime | None = None


class Categories:
    """The categories of all shops. Thread safe: one thread reads a category, and others that need it wait."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: dict[CategoryKey, _CachedCategory] = {}

    def of(self, key: CategoryKey, read: Callable[[], Category]) -> Category:
        """Return the category. `read` reads it from TikTok; its errors are raised if nothing is cached."""
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
        """Cache the category, unless it is closed to the seller: TikTok may open it at any time."""
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
