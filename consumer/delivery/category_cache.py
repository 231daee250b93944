"""Categories: what TikTok demands in each, asked at most once a day for each shop and kept over restarts.

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

KEPT = timedelta(days=1)
NOT_AGAIN = timedelta(seconds=30)
"""After a failure, those who come next do not ask TikTok again for so long."""


@dataclass(slots=True)
class _Known:
    """One category: what was read, and the last failure to read it."""

    turn: threading.Lock
    category: Category | None = None
    read_at: datetime | None = None
    failed: TikTokError | None = None
    failed_at: datetime | None = None


class Categories:
    """What is known of categories. Thread safe; one thread asks, the others wait for its answer."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._turn = threading.Lock()
        self._known: dict[CategoryKey, _Known] = {}

    def of(self, key: CategoryKey, read: Callable[[], Category]) -> Category:
        """The category; `read` asks TikTok. Raises what `read` raises where nothing older is known."""
        with self._turn:
            known = self._known.setdefault(key, _Known(threading.Lock()))
        with known.turn:
            if known.category is None:
                self._load(key, known)
            now = self._clock()
            if known.category is not None and known.read_at is not None and now - known.read_at < KEPT:
                return known.category
            failed = known.failed if known.failed_at and now - known.failed_at < NOT_AGAIN else None
            if failed is None:
                try:
                    return self._keep(key, known, read())
                except (Transient, ShopStopped) as error:
                    failed = known.failed = error
                    known.failed_at = now
            if known.category is None:
                raise failed
            return known.category

    def _keep(self, key: CategoryKey, known: _Known, category: Category) -> Category:
        """A category that TikTok does not take is asked for again: it may be opened to the seller any time."""
        known.failed = known.failed_at = None
        if category.refused is not None:
            return category
        known.category, known.read_at = category, self._clock()
        try:
            with self._database.write() as connection:
                categories.put(connection, key, ReadCategory(category.document(), known.read_at))
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database_away", while_doing="categories")
        return category

    def _load(self, key: CategoryKey, known: _Known) -> None:
        try:
            with self._database.read() as connection:
                kept = categories.get(connection, key)
        except Exception as error:
            if not is_away(error):
                raise
            return
        if kept is not None:
            known.category, known.read_at = Category(**kept.document), kept.read_at
