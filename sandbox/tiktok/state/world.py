"""The complete state of a sandbox, and its lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sandbox.tiktok.catalog.catalog import Catalog, Settings
from sandbox.tiktok.catalog.webhook_events import WebhookEvents
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state import saved_state
from sandbox.tiktok.state.database import Database
from sandbox.tiktok.state.effects import EffectLog
from sandbox.tiktok.state.faults import Faults
from sandbox.tiktok.state.holds import Holds
from sandbox.tiktok.state.rate_limit import RateLimit
from sandbox.tiktok.state.tokens import Tokens
from sandbox.tiktok.unsaved_changes import UnsavedChanges
from sandbox.tiktok.webhooks import Webhooks


class World:
    """The state of a sandbox. `clock` returns Unix seconds; without a database it is lost with the process."""

    def __init__(
        self,
        shops: Sequence[Shop],
        settings: Settings,
        clock: Callable[[], float],
        database: Database | None = None,
        webhook_url: str | None = None,
    ) -> None:
        """Restore the state from the database. Raises `UnusableFolder` if a row is not valid."""
        self.shops = tuple(shops)
        self.clock = clock
        self.holds = Holds()
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self.webhooks = Webhooks(self.shops, clock, webhook_url)
        self._lock = threading.Lock()
        self._first_settings = settings
        self._database = database
        self._changes = UnsavedChanges()
        self._start_empty()
        if database is not None:
            rows = database.rows()
            saved_state.restore(rows, self.catalog, self.effects, self.tokens)
            if rows:
                self._changes.take()
            self._events.take()
            self._save()

    @property
    def is_persistent(self) -> bool:
        """Whether the state survives the process."""
        return self._database is not None

    def end_due_audits(self) -> None:
        """End every audit whose time is up."""
        with self.locked():
            pass

    @contextmanager
    def locked(self) -> Iterator[float]:
        """Hold the lock with all due audits ended, and yield the time.

        All changes up to the end of the block are on disk when this returns. The end of an audit alone is not
        written: it follows from the clock. Raises `DatabaseClosed` if the change came too late to be saved.
        """
        with self._lock:
            now = self.clock()
            self.catalog.end_due_audits(now)
            before, number = self._changes.count, 0
            try:
                yield now
            finally:
                if self._changes.count > before:
                    number = self._save()
            events = self._events.take()
        if self._database is not None:
            self._database.wait_until_written(number)
        self.webhooks.enqueue(events)

    def reset(self) -> None:
        """Restore the initial state; waiting calls are released first."""
        self.holds.release()
        with self.locked():
            self.faults.clear()
            self.webhooks.reset()
            self._start_empty()
            if self._database is not None:
                self._database.enqueue_clear()

    def _start_empty(self) -> None:
        self._changes.take()
        self.effects = EffectLog(self._changes)
        self.tokens = Tokens(self.shops, self._changes)
        self._events = WebhookEvents()
        self.catalog = Catalog(self._first_settings, self.clock(), self._changes, self._events)

    def _save(self) -> int:
        if self._database is None:
            self._changes.take()
            return 0
        return self._database.enqueue(saved_state.changed_rows(self._changes))
