"""Reading: what TikTok holds of a listing, and how its audit goes on."""

from __future__ import annotations

from dataclasses import replace

from consumer.delivery.sync_state import Progress
from consumer.results.results import Outcome
from schemas.listing import (
    Availability,
    FirstAudit,
    ListingStatus,
    OutcomeKind,
    Part,
)
from tiktok.client.errors import Gone
from tiktok.listing.audits import Verdict, verdict
from tiktok.listing.remote_product import Held
from tiktok.listing.sync_plan import Operation, digest

APPROVED = "TikTok has approved it."
_WAITED_FOR = frozenset(
    {
        ListingStatus.DRAFT,
        ListingStatus.PENDING,
        ListingStatus.FAILED,
        ListingStatus.PLATFORM_DEACTIVATED,
        ListingStatus.FREEZE,
    }
)
_STANDS_BESIDE = frozenset({OutcomeKind.PRICE_GUARD, OutcomeKind.IMAGE_LEFT_OUT})
"""What was held back or left out still is, whatever an audit says of the rest."""


def must_read(progress: Progress) -> bool:
    """After a take-over, while an audit runs, and where a part waits for a status: that is learnt by looking only."""
    listing = progress.listing
    if not listing.exists:
        return False
    looking = progress.due.lease.pending.look_first or listing.audit_since is not None
    return looking or listing.status in _WAITED_FOR


def read(progress: Progress, *, as_last_sent: bool) -> Held:
    """What TikTok holds: status and audit always; as last sent where ours is not to be trusted."""
    listing = progress.listing
    held = progress.tools.shop.get(
        listing.tiktok_product_id or "", listing.last_sent, progress.exchange, progress.may_start
    )
    progress.tools.health.answered()
    if held.status is ListingStatus.DELETED and listing.last_sent.availability is not Availability.DELETED:
        raise Gone(Operation.GET, "the product was deleted on TikTok")
    progress.listing = replace(
        listing,
        status=held.status,
        skus=held.skus or listing.skus,
        last_sent=held.last_sent if as_last_sent else listing.last_sent,
    )
    if as_last_sent and verdict(held.status, held.audit) is Verdict.RUNNING and not listing.audit_since:
        # An edit whose answer was lost began it; its end is ours to tell.
        progress.listing = replace(progress.listing, audit_since=progress.tools.clock())
    if listing.audit_since is not None or listing.first_audit is FirstAudit.RUNNING:
        _follow(progress, held)
    return held


def _follow(progress: Progress, held: Held) -> None:
    """The audit that we follow: over, or still running."""
    told = verdict(held.status, held.audit)
    first = progress.listing.first_audit is FirstAudit.RUNNING
    if told is Verdict.RUNNING:
        return
    if told is Verdict.PASSED:
        progress.listing = replace(progress.listing, audit_since=None, first_audit=FirstAudit.PASSED)
        if progress.listing.last_outcome not in _STANDS_BESIDE:
            progress.listing = replace(progress.listing, last_outcome=OutcomeKind.LIVE, last_message=APPROVED)
        progress.note(outcome=Outcome(OutcomeKind.LIVE, APPROVED), passed=first)
        return
    words = "; ".join(held.reasons) or "no reason told"
    outcome = Outcome(
        OutcomeKind.AUDIT_FAILED,
        f"TikTok's audit refused it: {words}.",
        hint="Change what it names in Magento; the next save sends it again.",
    )
    last = progress.listing.last_sent
    progress.listing = replace(
        progress.listing,
        audit_since=None,
        first_audit=FirstAudit.FAILED if first else progress.listing.first_audit,
        refused={**progress.listing.refused, Part.CONTENT: digest(last.content or {})},
        last_sent=replace(held.last_sent, availability=last.availability),
        last_outcome=outcome.kind,
        last_message=outcome.message,
    )
    progress.note(outcome=outcome)
