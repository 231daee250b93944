"""Audits: when to look at a running one again, and what a look says. Accepted and live are two states."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from schemas.listing import ListingStatus

LONGEST_STEP = timedelta(minutes=10)


class Verdict(Enum):
    """How an audit stands."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


def next_look(since: datetime, now: datetime, shortest: timedelta) -> datetime:
    """Soon at first, then in steps of a quarter of the audit's age, at most ten minutes."""
    return now + min(max(shortest, (now - since) / 4), LONGEST_STEP)


def verdict(status: ListingStatus | None, audit: str | None) -> Verdict:
    """What TikTok's `status` and `audit.status` together say; PRE_APPROVED is still running."""
    if status is ListingStatus.FAILED or audit == "FAILED":
        return Verdict.FAILED
    if status is ListingStatus.PENDING or audit in ("AUDITING", "PRE_APPROVED"):
        return Verdict.RUNNING
    return Verdict.PASSED
