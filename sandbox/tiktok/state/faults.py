"""Faults on purpose, for the next calls that match."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from sandbox.tiktok.protocol.endpoints import Operation
from sandbox.tiktok.protocol.errors import CHECK_FAILED

EVERY: Final = "*"


class Kind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    """429 with 36009002, and `Retry-After` if given."""
    FAULT = "fault"
    """500 with 36009003."""
    DROP_BEFORE = "drop_before"
    """The connection ends before the call is executed."""
    DROP_AFTER = "drop_after"
    """The call is executed, then the connection ends without a response."""
    SLOW = "slow"
    """The call waits, then goes on normally."""
    REJECT = "reject"
    """The call is rejected with the given code and message."""
    GARBAGE = "garbage"
    """The call is executed, and the response is an HTML page."""
    DRIP = "drip"
    """The call is executed, and the response comes byte by byte without an end, for so many seconds."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    """The access token of the call expires, for this call and later ones."""
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    """The seller withdraws their consent: the access token and its refresh token become invalid."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and for how many more calls it is."""

    operation: str
    kind: Kind
    times: int = 1
    seller_sku: str | None = None
    retry_after: str | None = None
    code: int = CHECK_FAILED
    message: str = "Check failed"
    seconds: float = 2.0

    def matches_call(self, operation: Operation, seller_skus: Collection[str]) -> bool:
        """Return whether the fault is for this call."""
        return matches(self.operation, self.seller_sku, operation, seller_skus)


def matches(
    wanted_operation: str, wanted_sku: str | None, operation: Operation, seller_skus: Collection[str]
) -> bool:
    """Return whether a call has this operation, or any for ``*``, and this seller SKU if one is given."""
    return wanted_operation in (EVERY, operation.value) and (wanted_sku is None or wanted_sku in seller_skus)


class Faults:
    """The pending faults, in the order in which they were requested. Its caller holds the lock."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._pending.append(fault)

    def take(self, operation: Operation, seller_skus: Collection[str]) -> Fault | None:
        """Return the first fault for this call and count it down."""
        for index, fault in enumerate(self._pending):
            if fault.matches_call(operation, seller_skus):
                remaining = replace(fault, times=fault.times - 1)
                self._pending[index : index + 1] = [remaining] if remaining.times else []
                return fault
        return None

    def list(self) -> list[dict[str, object]]:
        """Return the pending faults as JSON objects."""
        return [asdict(fault) for fault in self._pending]

    def clear(self) -> None:
        """Remove all faults."""
        self._pending.clear()
