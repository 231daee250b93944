"""Create or adopt: give a listing without a TikTok product an existing one with its SKU, or create one. Pure.

A search precedes every create, and a create is stored with its idempotency key before it is first sent, so that a
listing is never created twice.

A SKU may pass from one product to another. A product that was renamed in Magento keeps its old SKU on TikTok until the
listing is edited there. A new product with that SKU must not adopt the renamed product's listing: it waits until the
renamed product is synced, which frees the SKU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from consumer.delivery.answers import (
    Accepted,
    CreateAllowed,
    NotFound,
    NotNow,
    Rejected,
    WrongStatus,
    wait_code,
)
from consumer.delivery.end_of_sync import end, rejected_by_tiktok, unchanged
from consumer.delivery.execute_plan import (
    execute,
    must_ask_category,
    refused_by_category,
    with_warnings,
    without_unknown_images,
)
from consumer.delivery.state import AcceptedCall, Stage, SyncState, changed, required
from consumer.results.results import Outcome
from records.catalog.listings import Holder
from records.catalog.sync_queue_leases import SAME_SKU_DELAY
from schemas.listing import (
    OWNED_BY_ANOTHER,
    VARIANT_OF_ANOTHER,
    CreateAttempt,
    FirstAudit,
    ListingStatus,
    OutcomeKind,
    Part,
)
from sync.desired_state import plan_existing
from tiktok.listing.audits import AuditState, audit_state, next_check
from tiktok.listing.edit_bodies import with_sku_ids
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import Call, Operation, digest_of_create, sent_by_create

_FIRST_AUDIT = {
    AuditState.PASSED: FirstAudit.PASSED,
    AuditState.RUNNING: FirstAudit.RUNNING,
    AuditState.FAILED: FirstAudit.FAILED,
}


def create_or_adopt(state: SyncState) -> SyncState:
    """Start. A create that was sent before skips the daily cap, because it may have taken effect."""
    first = Stage.ALLOW_CREATE if state.listing.create_attempt is None else Stage.SEARCH
    return changed(state, stage=first)


def allowed(state: SyncState, answer: CreateAllowed) -> SyncState:
    """Search if the daily cap allows a create; else wait until it may."""
    if answer.waits_until is not None:
        return end(changed(state, waits=(*state.waits, answer.waits_until)), state.standing)
    return changed(state, stage=Stage.SEARCH)


def searched(state: SyncState, carriers: frozenset[str]) -> SyncState:
    """Find out whose listings these products with the SKU are; if there are none, create the listing."""
    state = changed(state, carriers=carriers)
    return changed(state, stage=Stage.OWNERS) if carriers else _create(state)


def owners_found(state: SyncState, owners: Mapping[str, Holder]) -> SyncState:
    """Wait while other products of ours are synced whose listings have this SKU, because that may free the SKU."""
    state = changed(state, owners=owners)
    if not owners:
        return _adopt_or_create(state)
    were_queued = state.listing.last_codes == (_wait_code(owners),)
    if not were_queued or any(owner.waits for owner in owners.values()):
        return _wait_for_owners(state)
    return changed(state, stage=Stage.SEARCH_AGAIN)


def searched_again(state: SyncState, carriers: frozenset[str]) -> SyncState:
    """Create beside another product's listing that still has the SKU, but only if that listing is not on sale."""
    owners = state.owners
    if not owners.keys() <= carriers:
        return _wait_for_owners(state)
    if bigger := owners.keys() & state.with_other_skus:
        return refused_as_variant(state, sorted(bigger))
    sold = sorted(product_id for product_id, owner in owners.items() if owner.on_sale)
    if not sold:
        return _adopt_or_create(state)
    names, sku = _names(owners), state.leased.product.sku or ""
    outcome = Outcome(
        OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
        f"The TikTok product {' and '.join(sold)} has the SKU {sku!r}, and is the listing of {names}.",
        hint=f"Delete {names} in Magento, or give it another SKU there: then this product is uploaded by itself.",
        codes=((OWNED_BY_ANOTHER, *sold),),
    )
    return _refused(state, outcome)


def _wait_code(owners: Mapping[str, Holder]) -> tuple[str, ...]:
    return ("sku_of", *sorted(owner.sku or "" for owner in owners.values()))


def _names(owners: Mapping[str, Holder]) -> str:
    return " and ".join(sorted(repr(owner.sku) for owner in owners.values()))


def _wait_for_owners(state: SyncState) -> SyncState:
    """End the sync, and try again once the owners of these listings have been synced."""
    message = f"It waits for {_names(state.owners)}, whose listing on TikTok has this SKU."
    state = state.with_wait_remark(_wait_code(state.owners), message)
    at = next_check(state.leased.lease.pending.since, state.now, SAME_SKU_DELAY)
    return end(changed(state, waits=(*state.waits, at)), state.standing)


def _refused(state: SyncState, outcome: Outcome) -> SyncState:
    return end(changed(state, refusals=(*state.refusals, outcome)), state.standing)


def _adopt_or_create(state: SyncState) -> SyncState:
    """Adopt the only product with the SKU that no other listing owns, or create one. Several are an error."""
    free = state.carriers - state.owners.keys()
    state = changed(state, carriers=free)
    if len(free) > 1:
        return several_found(state, free)
    return changed(state, stage=Stage.ADOPT) if free else _create(state)


def several_found(state: SyncState, product_ids: frozenset[str]) -> SyncState:
    """Name the TikTok products with this SKU, and touch none of them: any of them may be this product's listing."""
    sku = state.leased.product.sku or ""
    outcome = Outcome(
        OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
        f"Several TikTok products have the SKU {sku!r}: {' and '.join(sorted(product_ids))}.",
        hint="Delete all but one of them in TikTok Seller Center. Then save the product again.",
        codes=(("two_listings", *sorted(product_ids)),),
    )
    return _refused(state, outcome)


def is_made_here(state: SyncState, product: RemoteProduct) -> bool:
    """Return whether a TikTok product with the seller's SKUs is a listing of ours, to which the seller added them."""
    external_id = (product.last_sent.content or {}).get("external_product_id")
    return str(external_id).startswith(f"{state.leased.shop.key}/")


def refused_as_variant(state: SyncState, product_ids: Sequence[str]) -> SyncState:
    """Refuse a product whose SKU is one of several of a TikTok product: it is neither adopted nor created beside it."""
    sku = state.leased.product.sku or ""
    outcome = Outcome(
        OutcomeKind.VARIANT_OF_ANOTHER_LISTING,
        f"The SKU {sku!r} is one of several SKUs of the TikTok product {' and '.join(product_ids)}.",
        hint="Variants are not synced yet. To list it on its own, remove the SKU from that product in TikTok Seller "
        "Center, and save the product again.",
        codes=((VARIANT_OF_ANOTHER, *product_ids),),
    )
    return _refused(state, outcome)


def adopted(state: SyncState, product: RemoteProduct) -> SyncState:
    """Make the TikTok product this listing. What differs from the desired listing is sent next."""
    (product_id,) = state.carriers
    attempt, state_of_audit = state.listing.create_attempt, audit_state(product.status, product.audit)
    listing = replace(
        state.listing,
        tiktok_product_id=product_id,
        skus=product.skus,
        status=product.status,
        first_audit=_FIRST_AUDIT[state_of_audit],
        gone=False,
        last_sent=replace(product.last_sent, zeroed=False),
        create_attempt=None,
        audit_since=state.now if state_of_audit is AuditState.RUNNING else None,
        pre_approved=product.pre_approved,
    )
    # A product that was found after the answer to our create was lost is reported as created, not as adopted.
    created = (AcceptedCall(Operation.CREATE, "created"),) if attempt else ()
    state = changed(
        state,
        listing=listing,
        kind=OutcomeKind.ACCEPTED if attempt else OutcomeKind.ADOPTED,
        accepted=(*state.accepted, *created),
    )
    return state.saving(adopted=product_id, passed=state_of_audit is AuditState.PASSED)


def _create(state: SyncState) -> SyncState:
    """Repeat the stored create, or prepare a new one if none is stored."""
    if state.listing.create_attempt is not None:
        return changed(state, stage=Stage.CREATE)
    if required(state.desired).plan.withheld:
        return _refused(state, unchanged(state.listing, [Part.CONTENT]))
    call = _create_call(state)
    if must_ask_category(state, call.sends.content):
        return changed(state, stage=Stage.CATEGORY_OF_CREATE)
    return try_to_create(state)


def try_to_create(state: SyncState) -> SyncState:
    """Store the create before it is first sent, or reject it here if it misses what its category requires."""
    call = _create_call(state)
    if (refused := refused_by_category(state, call, call.body)) is not None:
        return end(refused, state.standing)
    listing = replace(state.listing, create_attempt=CreateAttempt(state.new_key, call.body))
    return changed(state, listing=listing, stage=Stage.CREATE).saving()


def _create_call(state: SyncState) -> Call:
    (call,) = required(state.desired).plan.calls
    return call


def created(state: SyncState, answer: Accepted) -> SyncState:
    """Return the state after TikTok created the product. The reply has a product id: without one it is `Unknown`."""
    attempt, reply = required(state.listing.create_attempt), answer.reply
    listing = replace(
        state.listing,
        tiktok_product_id=str(reply.data["product_id"]),
        status=ListingStatus.PENDING,
        first_audit=FirstAudit.RUNNING,
        gone=False,
        audit_since=state.now,
        last_sent=sent_by_create(attempt.body),
        create_attempt=None,
        refused={},
    )
    state = changed(
        with_warnings(state, reply),
        listing=with_sku_ids(listing, reply.data, listing.last_sent.content),
        accepted=(*state.accepted, AcceptedCall(Operation.CREATE, "created", reply.request_id)),
    )
    return bring_up_to_date(planned_anew(state.saving()))


def create_waits(state: SyncState, answer: NotNow) -> SyncState:
    """Return the state after TikTok postponed the create. Nothing was created: the next try sends current content."""
    failure = answer.failure
    state = changed(
        state,
        listing=replace(state.listing, create_attempt=None),
        waits=(*state.waits, answer.until),
    )
    state = state.with_wait_remark(wait_code(failure), failure.hint or failure.message)
    return end(state, state.standing)


def create_rejected(state: SyncState, answer: Rejected | NotFound | WrongStatus) -> SyncState:
    """Return the state after TikTok rejected the create: nothing was created.

    The attempt may come from an earlier sync, with a body that is out of date. Then the refusal says nothing about
    today's content, which is tried as a create of its own.
    """
    attempt = required(state.listing.create_attempt)
    state = without_unknown_images(state, answer.failure.code, sent_by_create(attempt.body).content)
    planned, digest = required(state.desired).plan, digest_of_create(attempt.body)
    if Part.CONTENT in planned.withheld:
        # Today's content was refused before this attempt. One digest is remembered, and this one is of use.
        digest = state.listing.refused[Part.CONTENT]
    refused = {**state.listing.refused, Part.CONTENT: digest}
    state = changed(state, listing=replace(state.listing, create_attempt=None, refused=refused))
    is_out_of_date = attempt.idempotency_key != state.new_key and any(
        call.digest != digest for call in planned.calls
    )
    if is_out_of_date and not state.unknown_images:
        return create_or_adopt(state.saving())
    return _refused(state, rejected_by_tiktok(answer.failure))


def bring_up_to_date(state: SyncState) -> SyncState:
    """Start the calls of the desired state. For an adopted product, only if Product Update is on."""
    leased = state.leased
    if state.kind is OutcomeKind.ADOPTED and not leased.policy.product_update:
        return end(state, state.standing)
    listing = state.listing.with_seller_sku(leased.product.sku or "")
    return execute(changed(state, listing=listing), required(state.desired).plan)


def planned_anew(state: SyncState) -> SyncState:
    """Return the state with the calls planned again, for the TikTok product that the listing has now."""
    return changed(state, desired=plan_existing(required(state.desired), state.context, state.rulebook))
