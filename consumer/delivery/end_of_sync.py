"""The end of a sync: what became of it, for the merchant and for the queue. Pure.

Where a part must wait the row stays, and so do the events; where all failed, the listing is tried again or given up.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime
from typing import Final

from consumer.delivery.answers import Broken, NotWritten, Refusal
from consumer.delivery.state import WITHHELD, Stage, SyncState, changed
from consumer.results.results import Done, Outcome, Reschedule
from policies.standing import LeftAlone, Live, Standing
from records.log.events import End
from schemas.listing import Listing, MessageCode, OutcomeKind, says_the_same
from tiktok.listing.audits import next_check
from tiktok.listing.price_guard import PriceDrop

MOST_TRIES: Final = 10
STOCK_LEFT: Final = "It is out of stock, and the inventory policy keeps the quantity that was last sent."


def ended(state: SyncState, **fields: object) -> SyncState:
    """The state whose last note says this; `row` says what becomes of the row in the queue."""
    return changed(state, stage=Stage.END, ending=state.note(**fields))


def left_alone(state: SyncState, standing: LeftAlone) -> SyncState:
    """Nothing is sent; the events that waited are not carried out any more."""
    if state.leased.event_id is None:
        return ended(state, row=_row(state), standing=standing)
    return ended(state, end=End.SUPERSEDED, row=_row(state), standing=standing, superseded=standing.reason)


def only_followed(state: SyncState, standing: Live) -> SyncState:
    """All of it was sent, and its audit was looked at: what was filtered since is not sent because of that."""
    return ended(state, row=_row(state), standing=standing)


def end(state: SyncState, standing: Standing | None) -> SyncState:
    """Say what became of it. `standing` is what was carried out, None where it could not be."""
    template = standing.template.title if isinstance(standing, Live) else None
    if state.waits and not state.refusals:
        return ended(state, row=Reschedule(min(state.waits)), standing=standing, template=template)
    outcome = state.images.with_missing(_outcome(state))
    silent = _is_silent(state, outcome)
    if not silent and outcome.operation != WITHHELD:
        state = changed(state, listing=outcome.as_last_of(state.listing))
    return ended(
        state,
        outcome=None if silent else outcome,
        end=End.REJECTED if state.refusals else End.APPLIED,
        row=Reschedule(min(state.waits)) if state.waits else _row(state),
        standing=standing,
        template=template,
        eligible=isinstance(standing, Live) and not state.refusals,
    )


def _is_silent(state: SyncState, outcome: Outcome) -> bool:
    """Nobody waits for it, nothing was sent, and the merchant has heard the rest."""
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
        return state.refusals[0]
    done, guarded = _done(state), state.desired.guarded if state.desired else None
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
    """What TikTok accepted, or that there was nothing to send."""
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
    """An audit that runs is followed to its end, and images that are away are looked for again."""
    since, retry_at = state.listing.audit_since, state.images.retry_at
    times = [] if retry_at is None else [retry_at]
    if since is not None:
        times.append(next_check(since, state.now, state.audit_look))
    return Reschedule(min(times), awaiting_audit=retry_at is None) if times else Done()


def refused_by_tiktok(refusal: Refusal) -> Outcome:
    """TikTok's no, in its words."""
    code = "" if refusal.code is None else str(refusal.code)
    return Outcome(
        OutcomeKind.REJECTED,
        f"TikTok rejected it: {refusal.message}",
        refusal.operation,
        refusal.code,
        refusal.request_id,
        refusal.hint,
        (("rejected", refusal.operation, code),),
    )


def unchanged(listing: Listing) -> Outcome:
    """What was refused is not sent again as it is."""
    return Outcome(
        OutcomeKind.REJECTED,
        f"Not sent again, because the content that was rejected has not changed. {listing.last_message or ''}".strip(),
        WITHHELD,
        codes=(("unchanged",),),
    )


def not_written(state: SyncState, answer: NotWritten, *, read_back_first: bool) -> SyncState:
    """TikTok did not do it, or did not say: later again. `read_back_first` where it may have been done."""
    read_back_first = read_back_first or state.leased.lease.pending.read_back_first
    return _again_or_dead(
        state,
        answer.tries,
        answer.retry_at,
        answer.refusal.message,
        answer.refusal,
        read_back_first=read_back_first,
    )


def broken(state: SyncState, answer: Broken) -> SyncState:
    """A fault of our own: this listing alone is tried again, and becomes a dead letter in the end."""
    # What could not be done would fail again, and must not keep the sync from its end.
    state = changed(state, unsaved=(), unknown_images=())
    return _again_or_dead(state, answer.tries, answer.retry_at, answer.error, None, read_back_first=True)


def _again_or_dead(
    state: SyncState, tries: int, at: datetime, error: str, refusal: Refusal | None, *, read_back_first: bool
) -> SyncState:
    if tries < MOST_TRIES:
        awaiting_audit = state.leased.lease.pending.awaiting_audit
        return ended(state, row=Reschedule(at, tries, read_back_first, awaiting_audit))
    outcome = Outcome(
        OutcomeKind.DEAD_LETTERED,
        f"{MOST_TRIES} tries failed while the shop's other calls succeeded. The last error: {error}.",
        refusal.operation if refusal else None,
        refusal.code if refusal else None,
        refusal.request_id if refusal else None,
        "It is tried again after the next save of the product.",
        (("dead_lettered",),),
    )
    state = changed(state, listing=outcome.as_last_of(state.listing))
    return ended(state, outcome=outcome, end=End.DEAD_LETTERED, row=Done(), dead="exhausted")
