"""The verdict: one sentence that says whether a product is synced, and if not, why. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from operations.formatting import moment
from operations.products.waiting_reasons import audit_words, waits_for
from policies.case import Case
from policies.decision import Action, Decision
from policies.messages import changes_sentence, miss_sentence, reason_sentence, unread_sentence
from policies.reasons import Reason
from policies.rules import decide
from policies.standing import LeftAlone, TakenDown, standing
from records.catalog.sync_queue import QueueRow
from records.log.activity import ActivityRow
from schemas.listing import Availability, Listing, ListingStatus, OutcomeKind
from schemas.synchronization_policy import WhenLeaving

_REFUSED: Final[Mapping[OutcomeKind, str]] = {
    OutcomeKind.REJECTED: "Not synced: TikTok rejected it.",
    OutcomeKind.REFUSED_HERE: "Not synced: it was refused here, before a call to TikTok.",
    OutcomeKind.AUDIT_FAILED: "Not live: TikTok's audit rejected it.",
    OutcomeKind.TWO_LISTINGS_ON_TIKTOK: "Not synced: it is on TikTok more than once.",
    OutcomeKind.VARIANT_OF_ANOTHER_LISTING: "Not synced: it is a variant of another TikTok product.",
    OutcomeKind.DEAD_LETTERED: "Not synced: it became a dead letter.",
}
_PARTLY_REFUSED: Final = "Not fully synced: a part of it was refused here, and not sent to TikTok."
"""The words for a listing on TikTok, whose other parts are sent."""
_HOW: Final[Mapping[WhenLeaving, str]] = {
    WhenLeaving.DEACTIVATE: "off sale",
    WhenLeaving.ZERO_STOCK: "out of stock",
    WhenLeaving.DELETE: "deleted",
}
_OF_ONE_SAVE: Final = frozenset({Reason.STALE_EVENT, Reason.OTHER_STORE_VIEW})
_UNSENT: Final = frozenset({Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, Reason.INVENTORY_PRICE_SYNC_OFF})
_WITHHELD: Final = "withheld"
"""The action of an outcome that only repeats an earlier rejection."""
_STOPPED: Final = frozenset(
    {ListingStatus.PLATFORM_DEACTIVATED, ListingStatus.FREEZE, ListingStatus.SELLER_DEACTIVATED}
)


def verdict(
    case: Case,
    pending: QueueRow | None,
    history: Sequence[ActivityRow],
    *,
    waits: bool,
    stopped: str | None,
    now: datetime,
    unconfirmed_prices: str = "",
    faults: Sequence[str] = (),
) -> str:
    """Return whether the product is synced, and if not, why.

    `pending` is the listing's queue row, and `waits` whether it stands for a sync rather than for what follows one.
    `history` is its activity, newest first. `stopped` is why sync stopped for the shop. `unconfirmed_prices` are
    sentences about price drops that wait for confirmation. `faults` is what pre-flight finds wrong.
    """
    parts = _parts(case, pending if waits else None, history, stopped, now, bool(unconfirmed_prices), faults)
    return " ".join([*parts, *([unconfirmed_prices] if unconfirmed_prices else [])])


def _parts(
    case: Case,
    waiting: QueueRow | None,
    history: Sequence[ActivityRow],
    stopped: str | None,
    now: datetime,
    price_waits: bool,
    faults: Sequence[str],
) -> Iterator[str]:
    listing, last = case.context.listing, case.context.listing.last_outcome
    stands = standing(case.context, case.rulebook)
    if isinstance(stands, LeftAlone):
        if stands.reason is Reason.UNREAD_GATE:
            yield unread_sentence(case.context.product)
        else:
            yield f"Not synced: {reason_sentence(stands.reason)}"
        if stands.reason is Reason.NO_LISTING_TEMPLATE_MATCHES:
            yield miss_sentence(case.context.product, case.rulebook.templates, case.rulebook.shop.magento)
        if listing.listed and _is_on_sale(listing):
            yield "TikTok still sells it."
    elif waiting is not None:
        yield from _waiting(case, waiting, history, stopped, now)
        if last is not None and last.is_failed:
            yield f"Last result: {_outcome(listing, history)}"
    elif last is not None and last.is_failed:
        partly = last is OutcomeKind.REFUSED_HERE and listing.exists
        yield f"{_PARTLY_REFUSED if partly else _REFUSED[last]} {_outcome(listing, history)}"
    elif isinstance(stands, TakenDown):
        words = f"Taken down on TikTok ({_HOW[stands.how]})"
        yield f"{words if _is_down(listing, stands.how) else 'Its next save will take it down on TikTok'}:"
        yield reason_sentence(stands.reason)
    else:
        yield from _live(case, decide(case), history, price_waits, faults)
    if history and history[0].kind == "decision" and history[0].reason in _OF_ONE_SAVE:
        yield f"Nothing was sent for its last save: {reason_sentence(Reason(history[0].reason))}"


def _live(
    case: Case,
    decision: Decision,
    history: Sequence[ActivityRow],
    price_waits: bool,
    faults: Sequence[str],
) -> Iterator[str]:
    """Yield the sentences for a product that should be live, and for which nothing is due."""
    listing = case.context.listing
    if not listing.listed and faults:
        yield f"Not on TikTok: its next save would be refused here, before a call to TikTok. {' '.join(faults)}"
        return
    if not listing.listed:
        yield f"Not on TikTok yet: its next save will upload it. {reason_sentence(decision.reason)}"
        return
    if decision.reason in _UNSENT:
        yield f"Synced except for its last change: {reason_sentence(decision.reason)}"
        yield changes_sentence(decision.changes)
    elif decision.is_due:
        yield f"Its next save will be synced: {reason_sentence(decision.reason)}"
    elif price_waits:
        yield f"{'Sent' if listing.upload_unfinished else 'Synced'} except for its price."
    else:
        yield f"{'Sent' if listing.upload_unfinished else 'Synced'}: TikTok has the current product data."
    if listing.last_outcome is OutcomeKind.IMAGE_LEFT_OUT:
        yield f"But an image was left out: {_outcome(listing, history)}"
    if listing.upload_unfinished and listing.pre_approved is None:
        yield "It goes live once TikTok's audit passes."
    if listing.audit_since is not None:
        yield f"{audit_words(listing, listing.audit_since)}."
    elif listing.status in _STOPPED:
        yield f"But it is not on sale on TikTok: its status there is {listing.status}."


def _waiting(
    case: Case,
    waiting: QueueRow,
    history: Sequence[ActivityRow],
    stopped: str | None,
    now: datetime,
) -> Iterator[str]:
    """Yield since when a sync waits, what it waits for, and why it is due."""
    wait = waits_for(waiting, case.rulebook.policy, case.context.listing, stopped=stopped, now=now)
    yield f"A sync has been queued since {moment(waiting.since)}: {wait}."
    # Intake moved the baseline with the decision that made it due, so only the log knows what had changed.
    decision = decide(case)
    if decision.is_due:
        yield reason_sentence(decision.reason)
    else:
        due = (row.message for row in history if row.kind == "decision" and row.action != Action.SKIP)
        yield from itertools.islice(due, 1)


def _outcome(listing: Listing, history: Sequence[ActivityRow]) -> str:
    """Return the message of the last outcome, with its hint if the activity log has it."""
    logged = (
        row.message
        for row in history
        if row.kind == "outcome" and row.reason == listing.last_outcome and row.action != _WITHHELD
    )
    return next(logged, listing.last_message or "")


def _is_down(listing: Listing, how: WhenLeaving) -> bool:
    sent = listing.last_sent
    if how is WhenLeaving.ZERO_STOCK:
        return sent.stock is not None and not any(
            any(warehouses.values()) for warehouses in sent.stock.values()
        )
    return sent.availability in (Availability.DEACTIVATED, Availability.DELETED)


def _is_on_sale(listing: Listing) -> bool:
    sent = listing.last_sent.availability
    return listing.status not in _STOPPED and sent in (None, Availability.LIVE)
