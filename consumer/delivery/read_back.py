"""Read back: update a listing from TikTok, and follow its audit. Pure."""

from __future__ import annotations

from dataclasses import replace

from consumer.delivery.state import SyncState, changed
from consumer.results.results import Outcome
from schemas.listing import (
    Availability,
    FirstAudit,
    LastSent,
    Listing,
    ListingStatus,
    OutcomeKind,
    Part,
)
from tiktok.listing.audits import AuditState, audit_state
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import digest

APPROVED = "TikTok approved it."
_WAITING = frozenset(
    {
        ListingStatus.DRAFT,
        ListingStatus.PENDING,
        ListingStatus.FAILED,
        ListingStatus.PLATFORM_DEACTIVATED,
        ListingStatus.FREEZE,
    }
)
_KEPT_AFTER_AUDIT = frozenset(
    {
        OutcomeKind.PRICE_GUARD,
        OutcomeKind.IMAGE_LEFT_OUT,
        OutcomeKind.REFUSED_HERE,
        OutcomeKind.REJECTED,
    }
)
"""Outcomes that an approval must not replace: the part or image in question is still not on TikTok."""


def must_read(listing: Listing, *, read_back_first: bool) -> bool:
    """Return whether a sync must read the product from TikTok before it plans.

    That is so after another owner's lease expired (`read_back_first`), while an audit runs, and while a part waits for
    another status: only a read shows that this has ended.
    """
    if not listing.exists:
        return False
    return read_back_first or listing.audit_since is not None or listing.status in _WAITING


def is_deleted(state: SyncState, product: RemoteProduct) -> bool:
    """Return whether the product was deleted on TikTok, and not by us."""
    sent = state.listing.last_sent.availability
    return product.status is ListingStatus.DELETED and sent is not Availability.DELETED


def read_back(state: SyncState, product: RemoteProduct, *, as_last_sent: bool) -> SyncState:
    """Return the state with the status and audit that TikTok reports.

    With `as_last_sent`, TikTok's values also replace our last sent values, which may be wrong after a lost answer.
    """
    listing = state.listing
    updated = replace(
        listing,
        status=product.status,
        pre_approved=product.pre_approved,
        skus=product.skus or listing.skus,
        last_sent=_as_read(listing, product) if as_last_sent else listing.last_sent,
    )
    running = audit_state(product.status, product.audit) is AuditState.RUNNING
    if as_last_sent and running and not listing.audit_since:
        # An edit of ours whose answer was lost has started this audit, so its result must be reported.
        updated = replace(updated, audit_since=state.now)
    state = changed(state, listing=updated)
    if not running and (listing.audit_since is not None or listing.first_audit is FirstAudit.RUNNING):
        return _audit_ended(state, product)
    return state


def _as_read(listing: Listing, product: RemoteProduct) -> LastSent:
    """Return TikTok's values, with what a lost answer of ours has done to the stock."""
    before, read = listing.last_sent, product.last_sent
    fell = before.stock is not None and read.is_sold_out and not before.is_sold_out
    # A take-down whose answer was lost set it to 0: without this mark it would stay there when the product comes back.
    return replace(read, zeroed=before.zeroed or (fell and listing.ineligible_since is not None))


def _audit_ended(state: SyncState, product: RemoteProduct) -> SyncState:
    listing = state.listing
    first = listing.first_audit is FirstAudit.RUNNING
    if audit_state(product.status, product.audit) is AuditState.PASSED:
        outcome = Outcome(OutcomeKind.LIVE, APPROVED, codes=(("approved",),))
        listing = replace(listing, audit_since=None, first_audit=FirstAudit.PASSED)
        if listing.last_outcome not in _KEPT_AFTER_AUDIT:
            listing = outcome.as_last_of(listing)
        return changed(state, listing=listing).saving(outcome=outcome, passed=first)
    reasons = "; ".join(product.reasons) or "no reason given"
    outcome = Outcome(
        OutcomeKind.AUDIT_FAILED,
        f"It failed TikTok's audit: {reasons}.",
        hint="Fix this in Magento. The next save sends it again.",
        codes=(("audit_failed",),),
    )
    last = listing.last_sent
    listing = replace(
        listing,
        audit_since=None,
        first_audit=FirstAudit.FAILED if first else listing.first_audit,
        refused={**listing.refused, Part.CONTENT: digest(last.content or {})},
        last_sent=replace(product.last_sent, availability=last.availability),
    )
    return changed(state, listing=outcome.as_last_of(listing)).saving(outcome=outcome)
