"""TikTok's audits of products: their state, and when to check a running audit again.

An accepted call and a live product are two states: the audit lies between them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from schemas.listing import ListingStatus

LONGEST_INTERVAL = timedelta(minutes=10)
"""The longest time between two checks of a running audit."""
PRE_APPROVED: Final = "PRE_APPROVED"
"""TikTok's `audit.status` of a product that passed its audit, and is not on sale until the seller has a permission.

Source: the field table of *Get Product*.
"""


class AuditState(Enum):
    """The state of an audit."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


def next_check(since: datetime, now: datetime, shortest: timedelta) -> datetime:
    """Return when to check an audit again that runs since `since`.

    The interval is a quarter of the audit's age, at least `shortest` and at most ten minutes.
    """
    return now + min(max(shortest, (now - since) / 4), LONGEST_INTERVAL)


def audit_state(status: ListingStatus | None, audit: str | None) -> AuditState:
    """Return the state that follows from TikTok's `status` and `audit.status`. PRE_APPROVED is still running."""
    if status is ListingStatus.FAILED or audit == "FAILED":
        return AuditState.FAILED
    if status is ListingStatus.PENDING or audit in ("AUDITING", PRE_APPROVED):
        return AuditState.RUNNING
    return AuditState.PASSED
