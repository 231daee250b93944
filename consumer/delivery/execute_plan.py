"""Execute a plan: make its calls one by one, and store each answer before the next call. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from consumer.delivery.answers import Accepted, NotNow, Rejected, WrongStatus, wait_code
from consumer.delivery.end_of_sync import end, rejected_by_tiktok, unchanged
from consumer.delivery.state import AcceptedCall, Stage, SyncState, changed
from consumer.results.results import Outcome, Remark
from schemas.listing import (
    Content,
    FirstAudit,
    Listing,
    ListingStatus,
    OutcomeKind,
)
from sync.desired_state import DesiredState, category_faults
from tiktok.client.responses import Response
from tiktok.listing.audits import next_check
from tiktok.listing.description import uploaded_uris
from tiktok.listing.desired_listing import Refusal
from tiktok.listing.edit_bodies import (
    completed_body,
    unrepeatable,
    with_kept_offer,
    with_other_warehouses,
    with_sku_ids,
)
from tiktok.listing.image_upload import UNKNOWN_URI
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import (
    STARTS_AN_AUDIT,
    Call,
    Operation,
    Plan,
    after,
    instead_of,
)

_STATUS_AFTER: Final = {
    Operation.ACTIVATE: ListingStatus.PENDING,
    Operation.DEACTIVATE: ListingStatus.SELLER_DEACTIVATED,
    Operation.DELETE: ListingStatus.DELETED,
    Operation.RECOVER: ListingStatus.SELLER_DEACTIVATED,
}
_WORDS: Final = {
    Operation.PARTIAL_EDIT: "content",
    Operation.EDIT: "all content",
    Operation.PRICE: "price",
    Operation.INVENTORY: "stock",
    Operation.ACTIVATE: "back on sale",
    Operation.DEACTIVATE: "taken off sale",
    Operation.DELETE: "deleted",
    Operation.RECOVER: "recovered",
}
_PENDING_AFTER_EDIT: Final = frozenset(
    {ListingStatus.FAILED, ListingStatus.DRAFT, ListingStatus.PLATFORM_DEACTIVATED}
)


def execute(state: SyncState, planned: Plan) -> SyncState:
    """Return the state that starts the calls of this plan."""
    return next_call(changed(state, plan=planned, calls=planned.calls))


def next_call(state: SyncState) -> SyncState:
    """Prepare the next call, or end the sync if none is left.

    What a call would take away and is not ours must stay, so the product is read before it. TikTok's calls have no
    precondition: the read is the last step before the call, so that little time is left for the seller to change it.
    """
    if not state.calls:
        return _executed(state)
    call = state.calls[0]
    if must_ask_category(state, call.sends.content):
        return changed(state, stage=Stage.CATEGORY)
    if call.must_be_read:
        return changed(state, stage=Stage.READ_FOR_EDIT)
    return _check_category(changed(state, body=call.body))


def with_product_read(state: SyncState, product: RemoteProduct) -> SyncState:
    """Complete the next call with what TikTok has and the call must leave as it is; the seller's SKUs stay on sale."""
    call = state.calls[0]
    if call.operation in (Operation.DEACTIVATE, Operation.DELETE):
        return _beside_others(state, call, product) if product.foreign_skus else _make(state, call, call.body)
    if call.operation is Operation.INVENTORY:
        call = with_other_warehouses(call, product)
        return _make(state, call, call.body)
    if names := unrepeatable(call, product):
        refusals = (*state.refusals, _unrepeatable(names))
        return next_call(without_call(changed(state, refusals=refusals)))
    if call.keeps:
        call = with_kept_offer(call, product)
    return _make(state, call, completed_body(call, product, state.listing.last_sent.content))


def _make(state: SyncState, call: Call, body: str) -> SyncState:
    return _check_category(changed(state, calls=(call, *state.calls[1:]), body=body))


def _beside_others(state: SyncState, call: Call, product: RemoteProduct) -> SyncState:
    """Set only our SKU's stock to 0: a take-down of the product would take the seller's SKUs off sale too."""
    # The product was just read, so the calls are complete and need no other read.
    zeroing = (replace(with_other_warehouses(step, product), replaces=False) for step in call.beside_others)
    steps = tuple(step for step in zeroing if step.sends.stock != product.last_sent.stock)
    return next_call(changed(state, calls=(*steps, *state.calls[1:]), beside_others=product.foreign_skus))


def _unrepeatable(names: Sequence[str]) -> Outcome:
    return Outcome(
        OutcomeKind.REFUSED_HERE,
        f"The content was not sent: TikTok has {' and '.join(names)}, which an edit of ours would clear.",
        hint="Change the content in TikTok Seller Center. Price and stock are synced as before.",
        codes=tuple(("refused_here", name) for name in names),
    )


def _check_category(state: SyncState) -> SyncState:
    """Reject the next call here if it misses what its category requires; the calls after it are still made."""
    call = state.calls[0]
    if (refused := refused_by_category(state, call, state.body)) is not None:
        return next_call(without_call(refused))
    return changed(state, stage=Stage.CALL)


def without_call(state: SyncState) -> SyncState:
    """Return the state without the next call: it was refused or must wait, and other steps may take its place."""
    call, *calls = state.calls
    steps = instead_of(Plan((call,)), call)
    planned = replace(state.plan, waits=(*state.plan.waits, *steps.waits))
    return changed(state, plan=planned, calls=(*steps.calls, *calls))


def must_ask_category(state: SyncState, content: Content | None) -> bool:
    """Return whether the call sends content and the requirements of its category have not been read in this sync."""
    return state.template is not None and content is not None and state.category is None


def refused_by_category(state: SyncState, call: Call, body: str) -> SyncState | None:
    """Return the state with the rejection if the call misses what its category requires; else None."""
    if state.template is None or state.category is None:
        return None
    whole = None if call.operation is Operation.PARTIAL_EDIT else body
    left_out = state.desired.left_out if state.desired else ()
    if not (faults := category_faults(call, state.template, state.category, whole, left_out)):
        return None
    outcome = refused_here(Refusal(tuple(faults)))
    return with_refused(changed(state, refusals=(*state.refusals, outcome)), call, here=True)


def refused_here(refusal: Refusal) -> Outcome:
    """Return the outcome of a rejection by pre-flight, before any call."""
    codes = tuple(dict.fromkeys(("refused_here", fault.field) for fault in refusal.faults))
    return Outcome(OutcomeKind.REFUSED_HERE, refusal.sentence(), codes=codes)


def with_refused(state: SyncState, call: Call, *, here: bool) -> SyncState:
    """Remember that this content of the part was rejected, by TikTok or `here`.

    It is sent again only if a person requests it.
    """
    return changed(state, listing=state.listing.with_refused(call.part, call.digest, here=here))


def call_accepted(state: SyncState, answer: Accepted) -> SyncState:
    """Update the listing after an accepted call. It is stored before the next call, or at the end of the sync."""
    call, calls = state.calls[0], state.calls[1:]
    state = changed(
        with_warnings(state, answer.reply),
        listing=_after_call(state, call, answer.reply),
        accepted=(
            *state.accepted,
            AcceptedCall(call.operation, _WORDS[call.operation], answer.reply.request_id),
        ),
        calls=calls,
    )
    return next_call(state.saving() if calls else state)


def _after_call(state: SyncState, call: Call, reply: Response) -> Listing:
    listing = state.listing
    status = _STATUS_AFTER.get(call.operation, listing.status)
    audit_since, first_audit = listing.audit_since, listing.first_audit
    if call.operation in STARTS_AN_AUDIT:
        audit_since = state.now
        if first_audit is FirstAudit.FAILED:
            first_audit = FirstAudit.RUNNING
        if status in _PENDING_AFTER_EDIT:
            status = ListingStatus.PENDING
    sent = {call.part, *(step.part for step in call.otherwise)}
    after_call = replace(
        listing,
        status=status,
        audit_since=audit_since,
        # The edited content is audited anew: only the next read shows whether it waits for a permission again.
        pre_approved=None if call.operation in STARTS_AN_AUDIT else listing.pre_approved,
        first_audit=first_audit,
        last_sent=after(listing.last_sent, call.sends),
        refused={part: digest for part, digest in listing.refused.items() if part not in sent},
    )
    return with_sku_ids(after_call, reply.data, call.sends.content)


def with_warnings(state: SyncState, reply: Response) -> SyncState:
    """Keep the warnings of an accepted call as remarks for the merchant."""
    if not reply.warnings:
        return state
    remarks = [Remark("tiktok_warning", f"TikTok warns: {warning}") for warning in reply.warnings]
    return changed(state, remarks=(*state.remarks, *remarks))


def with_left_out(state: SyncState, desired: DesiredState) -> SyncState:
    """Keep what the content does without as remarks for the merchant, if content is about to be sent."""
    if all(call.sends.content is None for call in desired.plan.calls):
        return state
    remarks = [Remark("left_out", part.sentence()) for part in desired.left_out]
    return changed(state, remarks=(*state.remarks, *remarks))


def call_rejected(state: SyncState, answer: Rejected | WrongStatus) -> SyncState:
    """Remember that TikTok rejected one part, and continue with the others."""
    call = state.calls[0]
    state = without_unknown_images(state, answer.failure.code, call.sends.content)
    state = with_refused(state, call, here=False)
    state = changed(without_call(state), refusals=(*state.refusals, rejected_by_tiktok(answer.failure)))
    return next_call(state.saving())


def without_unknown_images(state: SyncState, code: int | None, content: Content | None) -> SyncState:
    """Forget the uploads of these images if TikTok no longer has them, so that the next sync uploads them again."""
    if code not in UNKNOWN_URI or content is None:
        return state
    uris = (*(str(image["uri"]) for image in content["main_images"]), *uploaded_uris(content["description"]))
    return changed(state, unknown_images=uris)


def call_waits(state: SyncState, answer: NotNow) -> SyncState:
    """Postpone one part, and continue with the others."""
    failure = answer.failure
    state = state.with_wait_remark(wait_code(failure), failure.hint or failure.message)
    return next_call(changed(without_call(state), waits=(*state.waits, answer.until)))


def call_in_wrong_status(state: SyncState, answer: WrongStatus) -> SyncState:
    """Handle a call that the listing's status does not allow.

    The first time, the listing is read and the calls are planned again. After that, wait if an audit is running, and
    treat it as a rejection if none is.
    """
    if not state.read_again:
        return changed(state, read_again=True, stage=Stage.READ_AGAIN)
    if state.listing.audit_since is not None or state.listing.status is ListingStatus.PENDING:
        waits = (*state.waits, _next_look(state))
        return next_call(changed(without_call(state), waits=waits))
    return call_rejected(state, answer)


def _executed(state: SyncState) -> SyncState:
    # What failed its first audit becomes ACTIVATE by another content only: there is nothing to wait for.
    failed = state.listing.first_audit is FirstAudit.FAILED and state.kind is OutcomeKind.ACCEPTED
    if state.plan.waits and not failed:
        state = changed(state, waits=(*state.waits, _next_look(state)))
    if (state.plan.withheld or failed) and not state.plan.calls and state.has_waiting_events:
        state = changed(state, refusals=(*state.refusals, unchanged(state.listing, state.plan.withheld)))
    return end(state, state.standing)


def _next_look(state: SyncState) -> datetime:
    since = state.listing.audit_since or state.leased.lease.pending.since
    return next_check(since, state.now, state.audit_look)
