"""Audits: their state, and when to check them again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.listing import ListingStatus
from tiktok.listing.audits import AuditState, audit_state, next_check

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "audit", "then"),
    [
        ("PENDING", "AUDITING", AuditState.RUNNING),
        ("PENDING", None, AuditState.RUNNING),
        ("PENDING", "PRE_APPROVED", AuditState.RUNNING),
        ("ACTIVATE", "AUDITING", AuditState.RUNNING),  # an edit of a live listing
        ("ACTIVATE", "APPROVED", AuditState.PASSED),
        ("ACTIVATE", None, AuditState.PASSED),
        ("ACTIVATE", "FAILED", AuditState.FAILED),
        ("FAILED", None, AuditState.FAILED),
        ("FAILED", "AUDITING", AuditState.FAILED),
        ("SELLER_DEACTIVATED", "NONE", AuditState.PASSED),
    ],
)
def test_the_state_follows_from_status_and_audit(status: str, audit: str | None, then: AuditState) -> None:
    assert audit_state(ListingStatus(status), audit) is then


@pytest.mark.parametrize(
    ("age", "again_in"),
    [(0, 2), (4, 2), (40, 10), (400, 100), (2400, 600), (1_000_000, 600)],
)
def test_checks_become_rarer_with_the_age_of_the_audit(age: float, again_in: float) -> None:
    now = NOON + timedelta(seconds=age)
    assert next_check(NOON, now, shortest=timedelta(seconds=2)) == now + timedelta(seconds=again_in)
