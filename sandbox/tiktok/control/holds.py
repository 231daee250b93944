"""Holds: calls that wait on purpose, before or after they take effect, until released or their time is up."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.tiktok.api.endpoints import Operation
from sandbox.tiktok.control.faults import matches

BEFORE: Final = "before"
AFTER: Final = "after"


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """The next such call is to wait, until `released` or its seconds are over."""

    operation: str
    seconds: float
    when: str = BEFORE
    seller_sku: str | None = None
    released: threading.Event = field(default_factory=threading.Event, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class HeldCall:
    """A call that waits now; `since` in Unix seconds."""

    hold: Hold
    operation: str
    product_id: str
    seller_skus: tuple[str, ...]
    since: float

    def described(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "operation": self.operation,
            "product_id": self.product_id or None,
            "seller_skus": self.seller_skus,
            "when": self.hold.when,
            "seconds": self.hold.seconds,
            "since": self.since,
        }


class Holds:
    """The calls to hold and those held. It has a lock of its own, for a held call must not hold up the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Hold] = []
        self._taken: list[Hold] = []
        self._held: list[HeldCall] = []

    def arm(self, hold: Hold) -> None:
        """Hold the next such call."""
        with self._lock:
            self._armed.append(hold)

    def take(self, operation: Operation, seller_skus: Collection[str]) -> Hold | None:
        """The hold for such a call, which is armed no more."""
        with self._lock:
            for hold in self._armed:
                if matches(hold.operation, hold.seller_sku, operation, seller_skus):
                    self._armed.remove(hold)
                    self._taken.append(hold)
                    return hold
        return None

    def wait(self, call: HeldCall) -> None:
        """Keep this call, without any lock; not at all where its hold was released on the way here."""
        with self._lock:
            self._held.append(call)
        call.hold.released.wait(call.hold.seconds)
        with self._lock:
            self._held.remove(call)
            call.hold.released.set()

    def held(self) -> list[dict[str, Any]]:
        """The calls that wait now, as JSON objects."""
        with self._lock:
            return [call.described() for call in self._held if not call.hold.released.is_set()]

    def armed(self) -> int:
        """How many calls are still to be held."""
        with self._lock:
            return len(self._armed)

    def release(self) -> int:
        """Let all go, and hold no call that was still to come; how many were waiting."""
        with self._lock:
            waiting = sum(not call.hold.released.is_set() for call in self._held)
            for hold in self._taken:
                hold.released.set()
            self._armed.clear()
            self._taken.clear()
        return waiting
