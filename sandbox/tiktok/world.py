"""World: everything that one stand-in holds, and the one lock around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sandbox.tiktok import saved_state
from sandbox.tiktok.api.rate_limit import Rates
from sandbox.tiktok.api.tokens import Tokens
from sandbox.tiktok.control.effects import Effects
from sandbox.tiktok.control.faults import Faults
from sandbox.tiktok.control.holds import Holds
from sandbox.tiktok.database import Database
from sandbox.tiktok.products.catalog import Catalogue, Settings
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.unsaved_changes import Changes
from sandbox.tiktok.webhook_events import Notices
from sandbox.tiktok.webhooks import Webhooks


class World:
    """The state of one stand-in. `clock` tells Unix seconds; without a database all ends with the process."""

    def __init__(
        self,
        shops: Sequence[Shop],
        settings: Settings,
        clock: Callable[[], float],
        database: Database | None = None,
        webhook_url: str | None = None,
    ) -> None:
        """Raises `UnusableFolder` where what the database holds can't be understood."""
        self.shops = tuple(shops)
        self.clock = clock
        self.holds = Holds()
        self.faults = Faults()
        self.rates = Rates()
        self.webhooks = Webhooks(self.shops, clock, webhook_url)
        self._lock = threading.Lock()
        self._first_settings = settings
        self._database = database
        self._changes = Changes()
        self._begin()
        if database is not None:
            rows = database.rows()
            saved_state.restore(rows, self.catalogue, self.effects, self.tokens)
            if rows:
                self._changes.take()
            self._notices.take()
            self._put()

    @property
    def is_kept(self) -> bool:
        """Does it survive its process?"""
        return self._database is not None

    def settle(self) -> None:
        """Judge every audit that is over by now."""
        with self.now():
            pass

    @contextmanager
    def now(self) -> Iterator[float]:
        """Hold the lock, with every audit judged that is over by now.

        What changed within is on the disk when this returns, and what changed before. The end of an audit alone is
        not worth a write: it follows from the clock. Raises `Closed` where the change came too late to be kept.
        """
        with self._lock:
            moment = self.clock()
            self.catalogue.settle(moment)
            before, put = self._changes.noted, 0
            try:
                yield moment
            finally:
                if self._changes.noted > before:
                    put = self._put()
            notices = self._notices.take()
        if self._database is not None:
            self._database.wait(put)
        self.webhooks.tell(notices)

    def reset(self) -> None:
        """As it was at the first start; calls that are held go on first."""
        self.holds.release()
        with self.now():
            self.faults.clear()
            self.webhooks.reset()
            self._begin()
            if self._database is not None:
                self._database.forget()

    def _begin(self) -> None:
        self._changes.take()
        self.effects = Effects(self._changes)
        self.tokens = Tokens(self.shops, self._changes)
        self._notices = Notices()
        self.catalogue = Catalogue(self._first_settings, self.clock(), self._changes, self._notices)

    def _put(self) -> int:
        if self._database is None:
            self._changes.take()
            return 0
        return self._database.put(saved_state.rows(self._changes))
