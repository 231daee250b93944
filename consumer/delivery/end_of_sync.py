"""The end of a sync: its outcome for the merchant, and what happens to its row in the queue. Pure.

If a part must wait, the row stays in the queue and the events stay open. If the sync failed, the listing is retried or
becomes a dead letter.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from consumer.delivery.answers import Broken, Failure, NotWritten
from consumer.delivery.state import WITHHELD, Stage, SyncState, changed, required
from consumer.results.results import Done, LeasedListing, Note, Outcome, Reschedule
from policies.standing import LeftAlone, Live, Standing
from records.log.events import End
from schemas.listing import Listing, MessageCode, OutcomeKind, Part, says_the_same
from tiktok.listing.audits import next_check
from tiktok.listing.price_guard import PriceDrop

MOST_TRIES: Final = 10
"""Failed tries after which a listing becomes a dead letter."""
STOCK_LEFT: Final = "It is out of stock, and the inventory policy keeps the quantity that was last sent."


def ended(state: SyncState, **fields: object) -> SyncState:
    """Return the state that ends with a note of these fields. `row` is what happens to the row in the queue."""
    return changed(state, stage=Stage.END, ending=state.note(**fields))


def left_alone(state: SyncState, standing: LeftAlone) -> SyncState:
    """End without sending anything; the open events end as `superseded`."""
    if state.leased.event_id is None:
        return ended(state, row=_row(state), standing=standing)
    return ended(state, end=End.SUPERSEDED, row=_row(state), standing=standing, left_alone=standing.reason)


def only_followed(state: SyncState, standing: Live) -> SyncState:
    """End after a look at a running audit. Changes that intake filtered since the last sync must not be sent now."""
    return ended(state, row=_row(state), standing=standing)


def end(state: SyncState, standing: Standing | None) -> SyncState:
    """End with an outcome. `standing` is the standing that was carried out, None if that was not possible."""
    template = standing.template.title if isinstance(standing, Live) else None
    if state.waits and not state.refusals:
        return ended(state, row=Reschedule(min(state.waits)), standing=standing, template=template)
    eligible = isinstance(standing, Live) and not state.refusals
    if eligible and state.listing.last_sent.zeroed:
        last_sent = replace(state.listing.last_sent, zeroed=False)
        state = changed(state, listing=replace(state.listing, last_sent=last_sent))
    outcome = state.images.with_missing(_outcome(state))
    silent = _is_silent(state, outcome)
    if not silent and outcome.operation != WITHHELD:
        state = changed(state, listing=outcome.as_last_of(state.listing))
    return ended(
        state,
        outcome=None if silent else outcome,
        end=_end_of_events(state.refusals),
        row=Reschedule(min(state.waits)) if state.waits else _row(state),
        standing=standing,
        template=template,
        eligible=eligible,
    )


def _is_silent(state: SyncState, outcome: Outcome) -> bool:
    """Return whether the outcome tells the merchant nothing new: no one waits, and nothing was sent."""
    if state.has_waiting_events or state.accepted:
        return False
    if state.refusals and not (
        state.images.retry_at and says_the_same(state.listing, outcome.kind, outcome.codes)
    ):
        return False
    guarded = state.desired.guarded if state.desired else None
    price_drops = guarded.price_drops if guarded else ()
    return all(_price_drop_code(drop) in state.listing.last_codes for drop in price_drops)


def _outcome(state: SyncState) -> Outcome:
    if state.refusals:
        return _joined(state.refusals)
    done, guarded = _beside_others(state, _done(state)), state.desired.guarded if state.desired else None
    if guarded is None or not (guarded.price_drops or guarded.stock_left):
        return done
    words, codes = (
        [drop.sentence() for drop in guarded.price_drops],
        [_price_drop_code(drop) for drop in guarded.price_drops],
    )
    if guarded.stock_left:
        words.append(STOCK_LEFT)
        codes.append(("stock_left",))
    if done.kind is not OutcomeKind.NOTHING_TO_SEND:
        words.insert(0, done.message)
        codes.extend(done.codes)
    outcome = replace(done, message=" ".join(words), codes=tuple(codes))
    if not guarded.price_drops:
        return outcome
    sku, shop = state.leased.product.sku or "", state.leased.shop.key
    hint = f"To confirm it: m2t price confirm {shlex.quote(sku)} --shop {shop}"
    return replace(outcome, kind=OutcomeKind.PRICE_GUARD, hint=hint)


def _beside_others(state: SyncState, done: Outcome) -> Outcome:
    """Return the outcome with the reason why a take-down left the TikTok product on sale, if it did."""
    if not (names := state.beside_others):
        return done
    words = (
        f"The TikTok product stays on sale: it also has the seller's SKU {' and '.join(map(repr, names))}."
    )
    return replace(done, message=f"{done.message} {words}", codes=(*done.codes, ("other_skus", *names)))


def _end_of_events(refusals: Sequence[Outcome]) -> End:
    """Return how the open events end. Only what TikTok rejected is called rejected."""
    if not refusals:
        return End.APPLIED
    by_tiktok = any(refusal.kind is OutcomeKind.REJECTED for refusal in refusals)
    return End.REJECTED if by_tiktok else End.REFUSED_HERE


def _joined(refusals: Sequence[Outcome]) -> Outcome:
    """Return the refusals of the parts as one outcome: that of a call if TikTok rejected one, with every message."""
    by_weight = sorted(
        refusals,
        key=lambda refusal: (refusal.operation == WITHHELD, refusal.kind is not OutcomeKind.REJECTED),
    )
    return replace(
        by_weight[0],
        message=" ".join(dict.fromkeys(refusal.message for refusal in refusals)),
        codes=tuple(code for refusal in refusals for code in refusal.codes),
    )


def _price_drop_code(drop: PriceDrop) -> MessageCode:
    return (
        "price_guard",
        drop.seller_sku,
        drop.last.amount,
        drop.new.amount,
        drop.new.currency,
        str(drop.guard_percent),
    )


def _done(state: SyncState) -> Outcome:
    """Return the outcome if nothing was rejected: what TikTok accepted, or that there was nothing to send."""
    if state.accepted:
        last = state.accepted[-1]
        words = ", ".join(call.words for call in state.accepted)
        codes = (("accepted", *(call.operation.value for call in state.accepted)),)
        message = f"TikTok accepted it: {words}."
        return Outcome(state.kind, message, last.operation, 0, last.request_id, codes=codes)
    if state.kind is OutcomeKind.ADOPTED:
        product_id = state.listing.tiktok_product_id or ""
        message = f"It was already on TikTok as {product_id}, and was adopted."
        return Outcome(state.kind, message, codes=(("adopted", product_id),))
    message = "Nothing was sent: TikTok is up to date."
    return Outcome(OutcomeKind.NOTHING_TO_SEND, message, codes=(("nothing_to_send",),))


def _row(state: SyncState) -> Done | Reschedule:
    """Return when the listing is due again: to follow a running audit, or to retry missing images. Else it is done."""
    since, retry_at = state.listing.audit_since, state.images.retry_at
    times = [] if retry_at is None else [retry_at]
    if since is not None:
        times.append(next_check(since, state.now, state.audit_look))
    return Reschedule(min(times), awaiting_audit=retry_at is None) if times else Done()


def rejected_by_tiktok(failure: Failure) -> Outcome:
    """Return the outcome of a rejection by TikTok, with its message."""
    code = "" if failure.code is None else str(failure.code)
    return Outcome(
        OutcomeKind.REJECTED,
        f"TikTok rejected it: {failure.message}",
        failure.operation,
        failure.code,
        failure.request_id,
        failure.hint,
        (("rejected", failure.operation, code),),
    )


def unchanged(listing: Listing, parts: Collection[Part]) -> Outcome:
    """Return the outcome where calls of these parts were withheld, because the same content was rejected before.

    It is TikTok's rejection, unless each part was refused here; without parts, the content failed TikTok's audit.
    """
    refused_here = bool(parts) and all(listing.was_refused_here(part) for part in parts)
    return Outcome(
        OutcomeKind.REFUSED_HERE if refused_here else OutcomeKind.REJECTED,
        f"Not sent again, because the content that was rejected has not changed. {listing.last_message or ''}".strip(),
        WITHHELD,
        codes=(("unchanged",),),
    )


def retry_later(state: SyncState, answer: NotWritten, *, read_back_first: bool) -> SyncState:
    """End and retry later, after a call that failed or whose answer was lost. `read_back_first` if it was lost."""
    read_back_first = read_back_first or state.leased.lease.pending.read_back_first
    return _again_or_dead(
        state,
        answer.tries,
        answer.retry_at,
        answer.failure.message,
        answer.failure,
        read_back_first=read_back_first,
    )


def broken(state: SyncState, answer: Broken) -> SyncState:
    """End after an error in our own code. The listing is retried, and becomes a dead letter after `MOST_TRIES`."""
    # The step that raised would raise again, and the sync could never end.
    state = changed(state, unsaved=(), unknown_images=())
    return _again_or_dead(state, answer.tries, answer.retry_at, answer.error, None, read_back_first=True)


def failed_sync(leased: LeasedListing, error: Exception, now: datetime) -> Note:
    """Return the last note of a sync whose results can't be stored: as after any other error in our own code."""
    state = SyncState(leased, now, timedelta(0), "", leased.listing)
    return required(broken(state, Broken.by(error, leased.lease.pending.tries, now)).ending)


def _again_or_dead(
    state: SyncState, tries: int, at: datetime, error: str, failure: Failure | None, *, read_back_first: bool
) -> SyncState:
    if tries < MOST_TRIES:
        awaiting_audit = state.leased.lease.pending.awaiting_audit
        return ended(state, row=Reschedule(at, tries, read_back_first, awaiting_audit))
    outcome = Outcome(
        OutcomeKind.DEAD_LETTERED,
        f"{MOST_TRIES} tries failed while the shop's other calls succeeded. The last error: {error}.",
        failure.operation if failure else None,
        failure.code if failure else None,
        failure.request_id if failure else None,
        "It is tried again after the next save of the product.",
        (("dead_lettered",),),
    )
    state = changed(state, listing=outcome.as_last_of(state.listing))
    return ended(state, outcome=outcome, end=End.DEAD_LETTERED, row=Done(), dead="exhausted")
