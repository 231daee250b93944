"""World: everything that one stand-in holds, and the one lock around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sandbox.tiktok.catalogue import Catalogue, Settings
from sandbox.tiktok.effects import Effects
from sandbox.tiktok.faults import Faults
from sandbox.tiktok.holds import Holds
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.tokens import Tokens


class World:
    """The state of one stand-in. `clock` tells Unix seconds."""

    def __init__(self, shops: Sequence[Shop], settings: Settings, clock: Callable[[], float]) -> None:
        self.shops = tuple(shops)
        self.clock = clock
        self.holds = Holds()
        self.faults = Faults()
        self.effects = Effects()
        self.tokens = Tokens(self.shops)
        self.catalogue = Catalogue(settings, clock())
        self._lock = threading.Lock()
        self._first_settings = settings

    @contextmanager
    def now(self) -> Iterator[float]:
        """Hold the lock, with every audit judged that is over by now."""
        with self._lock:
            moment = self.clock()
            self.catalogue.settle(moment)
            yield moment

    def reset(self) -> None:
        """As it was at the start; calls that are held go on first."""
        self.holds.release()
        with self._lock:
            self.faults.clear()
            self.effects.clear()
            self.tokens = Tokens(self.shops)
            self.catalogue = Catalogue(self._first_settings, self.clock())
