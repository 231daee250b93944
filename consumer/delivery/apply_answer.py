"""The reducer of a sync: `begin` makes its first state, `apply_answer` the next one. Pure; `steps.next_step` follows.

The standing (what the product should be on TikTok now: live, taken down, or left alone) is evaluated when a sync
begins, and again after TikTok rejected a call because of the listing's status. If an answer is lost, nothing is
assumed: the sync ends, and the next one reads TikTok before it plans.

A listing is never created twice (`create_or_adopt`): before a create, TikTok is searched for the SKU, and a product
that has it, and is no other listing's, is adopted. The create's idempotency key and body are stored before it is sent.
If its answer is lost, the next sync searches again, adopts what that create made, and otherwise repeats the same key
and body: TikTok answers a repeated key with the first product.

A part that TikTok rejected is remembered on the listing as a digest of what was sent (`execute_plan.call_rejected`); of
a rejected create, it is that of content and price. The other parts are still sent. The same value of the part is not
sent again until it changes or a person requests a sync. The sync ends as `rejected` (`end_of_sync`): the product's page
and the activity log show TikTok's message, the outcome topic its code. The merchant's next change of the product makes
it due, observed or not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from consumer.delivery import create_or_adopt, execute_plan
from consumer.delivery.answers import (
    Accepted,
    Answer,
    Broken,
    CarriersFound,
    CategoryRead,
    CreateAllowed,
    Failure,
    ImagesForgotten,
    ImagesGathered,
    NotFound,
    NotNow,
    OwnersRequeued,
    ProductRead,
    Rejected,
    Saved,
    ShopStopped,
    Transient,
    Unknown,
    WrongStatus,
)
from consumer.delivery.end_of_sync import (
    broken,
    end,
    left_alone,
    only_followed,
    rejected_by_tiktok,
    retry_later,
)
from consumer.delivery.main_images import MainImages, main_images
from consumer.delivery.read_back import is_deleted, must_read, read_back
from consumer.delivery.state import Stage, SyncState, changed
from consumer.results.results import LeasedListing, Outcome
from policies.standing import LeftAlone, Live, TakenDown
from schemas.listing import OutcomeKind
from sync.desired_state import DesiredState, Images, desired_state, live_state
from tiktok.listing.description import images_of_store
from tiktok.listing.desired_listing import Refusal
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import Operation

_DELETED_THERE = Failure(Operation.GET, "the product was deleted on TikTok")


def begin(leased: LeasedListing, now: datetime, *, audit_look: timedelta, new_key: str) -> SyncState:
    """Return the first state of the sync of a leased listing.

    `audit_look` is the shortest interval between two reads of a running audit. `new_key` is the idempotency key, should
    the sync create the listing.
    """
    state = SyncState(leased, now, audit_look, new_key, leased.listing)
    if must_read(leased.listing, read_back_first=leased.lease.pending.read_back_first):
        return state
    return _carry_out(state)


def apply_answer(state: SyncState, answer: Answer) -> SyncState:
    """Return the state after this answer to its `next_step`."""
    state = changed(state, now=answer.at)
    match answer:
        case Saved():
            return changed(state, unsaved=state.unsaved[1:])
        case ImagesForgotten():
            return changed(state, unknown_images=())
        case Transient() | ShopStopped():
            return retry_later(state, answer, read_back_first=False)
        case Unknown():
            return retry_later(state, answer, read_back_first=True)
        case Broken():
            return broken(state, answer)
        case Accepted() | Rejected() | NotFound() | WrongStatus() | NotNow():
            return _answered(state, answer)
        case ProductRead():
            return _read(state, answer.product)
        case _:
            return _learned(state, answer)


def _answered(state: SyncState, answer: Accepted | Rejected | NotFound | WrongStatus | NotNow) -> SyncState:
    """Return the state after TikTok accepted or refused a call."""
    match state.stage, answer:
        case Stage.CREATE, Accepted():
            return create_or_adopt.created(state, answer)
        case Stage.CREATE, NotNow():
            return create_or_adopt.create_waits(state, answer)
        case Stage.CREATE, Rejected() | NotFound() | WrongStatus():
            return create_or_adopt.create_rejected(state, answer)
        case Stage.CALL, Accepted():
            return execute_plan.call_accepted(state, answer)
        case Stage.CALL, NotNow():
            return execute_plan.call_waits(state, answer)
        case Stage.CALL, WrongStatus():
            return execute_plan.call_in_wrong_status(state, answer)
        case Stage.CALL, Rejected():
            return execute_plan.call_rejected(state, answer)
        case _, NotFound():
            return _gone(state, answer.failure)
        case _, Rejected() | WrongStatus():
            refusals = (*state.refusals, rejected_by_tiktok(answer.failure))
            return end(changed(state, refusals=refusals), None)
        case _, NotNow():
            return end(changed(state, waits=(*state.waits, answer.until)), None)
    raise AssertionError(f"{answer} answers nothing of {state.stage}")


def _read(state: SyncState, product: RemoteProduct) -> SyncState:
    """Return the state after the product was read from TikTok; the stage says why it was read."""
    if state.stage is Stage.ADOPT:
        if product.foreign_skus and not create_or_adopt.is_made_here(state, product):
            return create_or_adopt.refused_as_variant(state, [product.product_id])
        adopted = create_or_adopt.adopted(state, product)
        if state.desired is None:
            return _carry_out(adopted)
        return create_or_adopt.bring_up_to_date(create_or_adopt.planned_anew(adopted))
    if is_deleted(state, product):
        return _gone(state, _DELETED_THERE)
    match state.stage:
        case Stage.READ_FOR_EDIT:
            return execute_plan.with_product_read(read_back(state, product, as_last_sent=False), product)
        case Stage.READ_AGAIN:
            return _carry_out(read_back(state, product, as_last_sent=True))
        case _:
            read_back_first = state.leased.lease.pending.read_back_first
            return _carry_out(read_back(state, product, as_last_sent=read_back_first))


def _learned(
    state: SyncState, answer: CarriersFound | OwnersRequeued | CategoryRead | ImagesGathered | CreateAllowed
) -> SyncState:
    """Return the state after an answer to a step that changes nothing on TikTok."""
    match answer:
        case ImagesGathered():
            return _images_gathered(changed(state, gathered=answer.gathered, described=answer.described))
        case CreateAllowed():
            return create_or_adopt.allowed(state, answer)
        case CarriersFound() if state.stage is Stage.SEARCH_AGAIN:
            return create_or_adopt.searched_again(
                changed(state, with_other_skus=answer.with_other_skus), answer.product_ids
            )
        case CarriersFound() if state.stage is Stage.SEARCH_LOST_CREATE:
            return _searched_lost_create(state, answer.product_ids)
        case CarriersFound():
            return create_or_adopt.searched(state, answer.product_ids)
        case OwnersRequeued() if state.stage is Stage.OWNERS_BESIDE_LOST_CREATE:
            return _found_lost_create(state, state.carriers - answer.owners.keys())
        case OwnersRequeued():
            return create_or_adopt.owners_found(state, answer.owners)
        case CategoryRead():
            state = changed(state, category=answer.category)
            if state.stage is Stage.CATEGORY_OF_CREATE:
                return create_or_adopt.try_to_create(state)
            return execute_plan.next_call(state)


def _before_images(state: SyncState) -> DesiredState:
    return desired_state(state.context, state.rulebook, state.now, images=Images.NOT_GATHERED)


def _carry_out(state: SyncState) -> SyncState:
    """Start what the standing requires. A product that should be live gets its images first."""
    desired = _before_images(state)
    standing = desired.standing
    if isinstance(standing, LeftAlone):
        if state.listing.create_attempt is not None:
            # If that create took effect, the product is on sale on TikTok, and must be found and taken down.
            return changed(state, standing=standing, stage=Stage.SEARCH_LOST_CREATE)
        return left_alone(state, standing)
    if isinstance(standing, TakenDown):
        return execute_plan.execute(changed(state, standing=standing), desired.plan)
    if state.leased.lease.pending.awaiting_audit:
        return only_followed(state, standing)
    state = changed(state, standing=standing, template=standing.template)
    if state.gathered is None and _needs_images(state, standing):
        return changed(state, stage=Stage.IMAGES)
    return _bring_live(state, standing)


def _needs_images(state: SyncState, live: Live) -> bool:
    """Return whether images of the store must be on TikTok first."""
    leased = state.leased
    if leased.template_policies.images_of(live.template) is not None:
        return True
    return bool(images_of_store(leased.product, leased.shop.magento))


def _searched_lost_create(state: SyncState, carriers: frozenset[str]) -> SyncState:
    """Find out which of the products with the SKU are other listings of ours: the lost create is none of those."""
    state = changed(state, carriers=carriers)
    return (
        changed(state, stage=Stage.OWNERS_BESIDE_LOST_CREATE)
        if carriers
        else _found_lost_create(state, carriers)
    )


def _found_lost_create(state: SyncState, free: frozenset[str]) -> SyncState:
    """Adopt the product of a create whose answer was lost. If no product was found, there is nothing to do."""
    if len(free) == 1:
        return changed(state, carriers=free, stage=Stage.ADOPT)
    if free:
        return create_or_adopt.several_found(state, free)
    left = state.standing
    return left_alone(state, left) if isinstance(left, LeftAlone) else end(state, left)


def _images_gathered(state: SyncState) -> SyncState:
    if not isinstance(state.standing, Live):
        raise AssertionError("images are gathered for a product that should be live")
    return _bring_live(state, state.standing)


def _bring_live(state: SyncState, live: Live) -> SyncState:
    """Plan and start the calls for the desired listing. An existing one gets every part that pre-flight accepts."""
    images, listing = _listing_images(state, live), state.listing
    state = changed(state, images=images)
    if images.incomplete and listing.create_attempt is None:
        return _refused_here(
            state,
            Outcome(
                OutcomeKind.REFUSED_HERE,
                "It waits for images that can't be fetched or uploaded yet.",
                codes=(("images",),),
            ),
        )
    desired = live_state(
        state.context,
        state.rulebook,
        live,
        state.now,
        images=images.uris,
        in_description=images.in_description,
        idempotency_key=state.new_key,
    )
    state = changed(state, desired=desired)
    if isinstance(desired.wanted, Refusal):
        outcome = execute_plan.refused_here(desired.wanted)
        if desired.wanted.parts is None or not (listing.exists or listing.create_attempt):
            return _refused_here(state, outcome)
        state = changed(state, refusals=(*state.refusals, outcome))
        if not listing.exists:
            # If that create took effect, its product is on sale, and gets the parts that can be sent.
            return changed(state, stage=Stage.SEARCH_LOST_CREATE)
    state = execute_plan.with_left_out(state, desired)
    if listing.exists:
        return create_or_adopt.bring_up_to_date(state)
    return create_or_adopt.create_or_adopt(state)


def _listing_images(state: SyncState, live: Live) -> MainImages:
    """Return the images for the desired listing, none if none had to be gathered."""
    if state.gathered is None:
        return MainImages()
    has_policy = state.leased.template_policies.images_of(live.template) is not None
    return main_images(
        state.gathered if has_policy else None,
        state.listing,
        live.template,
        described=state.described,
        since=state.leased.lease.pending.since,
        now=state.now,
    )


def _refused_here(state: SyncState, outcome: Outcome) -> SyncState:
    return end(changed(state, refusals=(*state.refusals, outcome)), state.standing)


def _gone(state: SyncState, failure: Failure) -> SyncState:
    """Return the state of a product that is no longer on TikTok.

    If it had to be taken down, that is done. Otherwise it is an outcome that the merchant sees.
    """
    was_leaving = isinstance(_before_images(state).standing, TakenDown)
    listing = replace(
        state.listing, gone=True, status=None, audit_since=None, create_attempt=None, refused={}
    )
    state = changed(state, listing=listing)
    if was_leaving:
        return end(changed(state, kind=OutcomeKind.NOTHING_TO_SEND), None)
    return end(changed(state, refusals=(*state.refusals, rejected_by_tiktok(failure))), None)
