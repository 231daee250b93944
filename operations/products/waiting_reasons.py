"""What a queued sync waits for, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from operations.formatting import moment, plural
from records.catalog.sync_queue import QueueRow
from schemas.listing import Listing
from schemas.synchronization_policy import SynchronizationPolicy

_PERMISSION: Final = "TikTok waits for your permission (Qualification Center)"
_AFTER_AUDIT: Final[Mapping[str, str]] = {
    "KYC_PENDING": "TikTok waits for the verification of your seller account",
    "RESTRICTED_CATEGORY_PENDING": _PERMISSION,
}
"""By TikTok's `pre_approved_reasons`, as in the field table of *Get Product*."""


def waits_for(
    row: QueueRow,
    policy: SynchronizationPolicy,
    listing: Listing,
    *,
    stopped: str | None,
    price_changes_at: datetime | None = None,
    now: datetime,
) -> str:
    """Return what the queue row of this listing waits for; `stopped` is why sync stopped for its whole shop.

    `price_changes_at` is when the listing's price changes with the clock. A row that is due at that time waits for that
    alone.
    """
    due_at, tries = moment(row.due_at), row.tries
    if policy.paused:
        return f"its synchronization policy {policy.title!r} is paused"
    if stopped is not None:
        return f"sync stopped for its shop ({stopped}); see m2t doctor"
    if row.lease_until is not None and row.lease_until > now:
        return "it is being synced now"
    if tries:
        return f"{plural(tries, 'attempt')} failed; the next one is due {due_at}"
    if row.due_at <= now:
        return "the consumer will sync it next (if it does not, run m2t doctor)"
    if listing.audit_since is not None:
        return f"{audit_words(listing, listing.audit_since)}; the next check is due {due_at}"
    if row.due_at == price_changes_at:
        return f"its price changes at {due_at}"
    return f"TikTok does not accept it yet; the next check is due {due_at}"


def audit_words(listing: Listing, since: datetime) -> str:
    """Return what a listing waits for at TikTok: its audit, which began then, or what the seller must have after it."""
    if listing.pre_approved is None:
        return f"TikTok's audit has been running since {moment(since)}"
    return _AFTER_AUDIT.get(listing.pre_approved, _PERMISSION)
