"""Calls that wait on purpose, before or after they take effect, until released or timed out."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sandbox.tiktok.protocol.endpoints import Operation
from sandbox.tiktok.state.faults import matches

BEFORE: Final = "before"
AFTER: Final = "after"


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """Makes the next matching call wait until `released` is set or `seconds` have passed."""

    operation: str
    seconds: float
    when: str = BEFORE
    seller_sku: str | None = None
    released: threading.Event = field(default_factory=threading.Event, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class WaitingCall:
    """A waiting call; `since` in Unix seconds."""

    hold: Hold
    operation: str
    product_id: str
    seller_skus: tuple[str, ...]
    since: float

    def to_json(self) -> dict[str, object]:
        """Return the call as a JSON object."""
        return {
            "operation": self.operation,
            "product_id": self.product_id or None,
            "seller_skus": self.seller_skus,
            "when": self.hold.when,
            "seconds": self.hold.seconds,
            "since": self.since,
        }


class Holds:
    """The armed holds and the waiting calls. It has its own lock, so that a waiting call does not block others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Hold] = []
        self._in_use: list[Hold] = []
        self._waiting: list[WaitingCall] = []

    def arm(self, hold: Hold) -> None:
        """Hold the next matching call."""
        with self._lock:
            self._armed.append(hold)

    def take(self, operation: Operation, seller_skus: Collection[str]) -> Hold | None:
        """Return the hold for this call and disarm it."""
        with self._lock:
            for hold in self._armed:
                if matches(hold.operation, hold.seller_sku, operation, seller_skus):
                    self._armed.remove(hold)
                    self._in_use.append(hold)
                    return hold
        return None

    def wait(self, call: WaitingCall) -> None:
        """Wait without any lock; not at all if the hold was released meanwhile."""
        with self._lock:
            self._waiting.append(call)
        call.hold.released.wait(call.hold.seconds)
        with self._lock:
            self._waiting.remove(call)
            call.hold.released.set()

    def waiting_calls(self) -> list[dict[str, object]]:
        """Return the waiting calls as JSON objects."""
        with self._lock:
            return [call.to_json() for call in self._waiting if not call.hold.released.is_set()]

    def armed(self) -> int:
        """Return how many holds are armed."""
        with self._lock:
            return len(self._armed)

    def release(self) -> int:
        """Release all waiting calls, disarm all holds, and return how many calls were waiting."""
        with self._lock:
            count = sum(not call.hold.released.is_set() for call in self._waiting)
            for hold in self._in_use:
                hold.released.set()
            self._armed.clear()
            self._in_use.clear()
        return count
