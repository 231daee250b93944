"""Faults: what is made to go wrong on purpose, for the next calls that match."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sandbox.tiktok.api.endpoints import Operation
from sandbox.tiktok.api.errors import CHECK_FAILED

EVERY: Final = "*"


class Kind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    """429 with 36009002, and `Retry-After` where told."""
    FAULT = "fault"
    """500 with 36009003."""
    DROP_BEFORE = "drop_before"
    """The connection ends; nothing is done."""
    DROP_AFTER = "drop_after"
    """The call is done, then the connection ends without an answer."""
    SLOW = "slow"
    """The call waits, then goes on as any other."""
    REJECT = "reject"
    """A refusal with the code and words that were asked for."""
    GARBAGE = "garbage"
    """The call is done, and answered with a page of HTML."""
    DRIP = "drip"
    """The call is done, and its answer comes byte by byte, without an end for so many seconds."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    """The access token that the call comes with has expired, for this call and from then on."""
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    """The seller has withdrawn their consent: the access token is not known any more, nor its refresh token."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and how many calls it is still for."""

    operation: str
    kind: Kind
    times: int = 1
    seller_sku: str | None = None
    retry_after: str | None = None
    code: int = CHECK_FAILED
    message: str = "Check failed"
    seconds: float = 2.0

    def hits(self, operation: Operation, seller_skus: Collection[str]) -> bool:
        """Is it for such a call?"""
        return matches(self.operation, self.seller_sku, operation, seller_skus)


def matches(wanted: str, wanted_sku: str | None, operation: Operation, seller_skus: Collection[str]) -> bool:
    """Is a call meant by this operation word and, where one is told, this seller SKU?"""
    return wanted in (EVERY, operation.value) and (wanted_sku is None or wanted_sku in seller_skus)


class Faults:
    """The faults that are still to come, in the order in which they were asked for. Its caller holds the lock."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """From now on."""
        self._waiting.append(fault)

    def take(self, operation: Operation, seller_skus: Collection[str]) -> Fault | None:
        """The first fault for such a call, used up by one."""
        for place, fault in enumerate(self._waiting):
            if fault.hits(operation, seller_skus):
                left = replace(fault, times=fault.times - 1)
                self._waiting[place : place + 1] = [left] if left.times else []
                return fault
        return None

    def list(self) -> list[dict[str, Any]]:
        """Those still to come, as JSON objects."""
        return [asdict(fault) for fault in self._waiting]

    def clear(self) -> None:
        """No more faults."""
        self._waiting.clear()
