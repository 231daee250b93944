"""The desired state: what a shop's rules want TikTok to hold of a product, and the calls that bring it there. Pure.

Delivery, dry runs, *explain*, resync, simulation and the set-up summary all compute it here, so a preview and the sync
that follows cannot differ. It includes pre-flight: whatever TikTok would refuse is found before a call. What a category
requires is checked here with the requirements that are at hand; delivery, which reads them from TikTok only before a
call that needs them, checks them then, by the same `category_faults`.

A preview uploads no image and does not read the category. It uses the addresses in Magento of images that were not
uploaded before in place of their uris, and the category's requirements as they were last read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import TypeAlias

import orjson

from policies.product_context import ProductContext, RequestedBy
from policies.rulebook import Rulebook
from policies.standing import Live, Standing, TakenDown, standing
from policies.template_policies.images import wanted_images
from records.catalog.categories import CategoryKey
from schemas.listing import Listing, Part
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.template_policies import TemplatePolicies
from tiktok.listing.category import Category, missing_requirements
from tiktok.listing.description import DescriptionImages, PreviewedImages
from tiktok.listing.desired_listing import Refusal, Sendable, WantedListing, wanted_listing
from tiktok.listing.preflight import LeftOut, RefusedField
from tiktok.listing.price_and_stock import Offer, offer_of
from tiktok.listing.price_guard import GuardedPrices, hold_back
from tiktok.listing.sync_plan import (
    Call,
    Operation,
    Plan,
    Wait,
    create_call,
    instead_of,
    misses_offer,
    plan,
    take_down,
    was_zeroed,
)

NO_KEY = ""
"""A preview's idempotency key: its create is never sent."""

NO_CATEGORIES: Mapping[CategoryKey, Category] = {}


class Images(Enum):
    """The two cases in which the uris of a listing's images are not available."""

    BY_ADDRESS = "a preview: each image's address in Magento is used in place of its uri"
    NOT_GATHERED = "delivery uploads them first: the desired listing is left out until then"


ListingImages: TypeAlias = Sequence[str] | Mapping[str, str] | Images | None
"""Uris of uploaded images; None is the template's own image. A mapping is a preview: the uris of the images that were
uploaded before, by image as Magento names it; the others count by address."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What TikTok should hold, and the calls that bring it there.

    `wanted` is None where the product should not be live, and a `Refusal` where TikTok would refuse a part of it; the
    other parts are still sent to a listing that exists. `guarded` is what goes to that listing after the price guard.
    `offer_follows` is whether price and stock follow Magento: those of a listing that exists do so only with
    Inventory/Price Sync. Two states compare equal if they send the same: `standing`, `offer`, `guarded` and
    `offer_follows` are left out of the comparison.
    """

    standing: Standing = field(compare=False)
    wanted: Sendable | Refusal | None = None
    plan: Plan = field(default_factory=Plan)
    offer: Offer | None = field(default=None, compare=False)
    guarded: GuardedPrices[Sendable] | None = field(default=None, compare=False)
    offer_follows: bool = field(default=True, compare=False)

    @property
    def sends(self) -> bool:
        """Whether there is a call to make."""
        return bool(self.plan.calls)

    @property
    def content_by_rules(self) -> object:
        """The content that the rules make of the product, with its faults, whatever TikTok has."""
        if isinstance(self.wanted, Refusal):
            return self.wanted.faults, self.wanted.parts and self.wanted.parts.content
        return self.wanted and self.wanted.content

    @property
    def offer_by_rules(self) -> object | None:
        """The price and stock that the rules make of the product; None where they do not follow Magento."""
        parts = self.wanted.parts if isinstance(self.wanted, Refusal) else self.wanted
        return (parts and parts.price, parts and parts.stock) if self.offer_follows else None

    @property
    def offer_steps(self) -> Sequence[Call | Wait]:
        """What would be sent of price and stock, now or later."""
        instead = (step for call in self.plan.calls for step in call.otherwise)
        steps: tuple[Call | Wait, ...] = (*self.plan.calls, *self.plan.waits, *instead)
        return [step for step in steps if step.part in (Part.PRICE, Part.STOCK)]

    @property
    def faults(self) -> tuple[str, ...] | None:
        """What pre-flight finds wrong, in sentences; None where the product should not be live."""
        if self.wanted is None:
            return None
        return self.wanted.sentences() if isinstance(self.wanted, Refusal) else ()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What the content does without, although the product has it."""
        parts = self.wanted.parts if isinstance(self.wanted, Refusal) else self.wanted
        return () if parts is None else parts.left_out


def desired_state(
    context: ProductContext,
    rulebook: Rulebook,
    now: datetime,
    categories: Mapping[CategoryKey, Category] = NO_CATEGORIES,
    *,
    images: ListingImages = Images.BY_ADDRESS,
) -> DesiredState:
    """Return what TikTok should hold of this product now. `categories` are the requirements that are cached."""
    stands = standing(context, rulebook)
    if isinstance(stands, TakenDown):
        planned = take_down(stands.how, context.listing, rulebook.shop.tiktok.warehouse_id)
        return DesiredState(stands, plan=planned)
    if not isinstance(stands, Live):
        return DesiredState(stands)
    return live_state(context, rulebook, stands, now, categories, images=images)


def live_state(
    context: ProductContext,
    rulebook: Rulebook,
    live: Live,
    now: datetime,
    categories: Mapping[CategoryKey, Category] = NO_CATEGORIES,
    *,
    images: ListingImages = Images.BY_ADDRESS,
    in_description: DescriptionImages | None = None,
    idempotency_key: str = NO_KEY,
) -> DesiredState:
    """Return what TikTok should hold of a product that should be live, made with the template of `live`.

    `in_description` are the images that were uploaded for the description; None is a preview.
    """
    if images is Images.NOT_GATHERED:
        return DesiredState(live)
    product, policies, template = context.product, rulebook.template_policies, live.template
    offer = offer_of(product, template, rulebook.shop, policies, now)
    if isinstance(images, Images):
        images = {}
    uris = _previewed_uris(product, template, policies, images) if isinstance(images, Mapping) else images
    wanted = wanted_listing(
        product, template, rulebook.shop, offer, uris, in_description or _previewed(context)
    )
    follows = rulebook.policy.inventory_price_sync or not context.listing.exists
    desired = DesiredState(live, wanted, offer=offer, offer_follows=follows)
    if context.listing.exists:
        desired = plan_existing(desired, context, rulebook)
    elif isinstance(wanted, WantedListing):
        desired = replace(desired, plan=_plan_create(wanted, context, idempotency_key))
    key = CategoryKey(rulebook.shop.key, template.category_id, template.category_version)
    return _within_category(desired, template, categories.get(key))


def plan_existing(desired: DesiredState, context: ProductContext, rulebook: Rulebook) -> DesiredState:
    """Return the desired state with the calls that bring an existing listing to it.

    Delivery calls it once more after a create or an adoption, when the listing has changed and what is wanted of it has
    not. Raises `AssertionError` where the product should not be live.
    """
    live, offer, wanted, listing = desired.standing, desired.offer, desired.wanted, context.listing
    if not isinstance(live, Live) or offer is None or wanted is None:
        raise AssertionError("only a product that should be live has a listing to plan for")
    sent: Sendable | None = wanted.parts if isinstance(wanted, Refusal) else wanted
    if sent is None:
        return desired
    listing = listing.with_seller_sku(context.product.sku or "")
    guarded: GuardedPrices[Sendable] | None = None
    synced = rulebook.policy.inventory_price_sync
    if synced:
        pricing = rulebook.template_policies.pricing_of(live.template)
        guarded = hold_back(sent, offer, listing.last_sent, pricing, context.confirmed_prices)
        sent = guarded.wanted
    planned = plan(
        sent, listing, inventory_price_sync=synced, requested=context.requested_by is RequestedBy.PERSON
    )
    if isinstance(wanted, Refusal) and (faults := _faults_that_count(wanted, sent, listing, synced=synced)):
        return DesiredState(live, replace(wanted, faults=faults), planned, offer, guarded, synced)
    return DesiredState(live, sent, planned, offer, guarded, synced)


def _faults_that_count(
    refusal: Refusal, sent: Sendable, listing: Listing, *, synced: bool
) -> tuple[RefusedField, ...]:
    """Return the faults of parts that would be sent to the listing if they had none.

    Price and stock are not sent while Inventory/Price Sync is off, unless TikTok demands them.
    """
    parts = {Part.CONTENT}
    if synced or misses_offer(sent, listing, inventory_price_sync=synced):
        parts |= {Part.PRICE, Part.STOCK}
    if was_zeroed(listing):
        parts.add(Part.STOCK)
    return tuple(fault for fault in refusal.faults if fault.part in parts)


def _plan_create(wanted: WantedListing, context: ProductContext, idempotency_key: str) -> Plan:
    call = create_call(wanted, idempotency_key)
    if context.requested_by is not RequestedBy.PERSON and context.listing.was_refused(
        Part.CONTENT, call.digest
    ):
        return Plan(withheld=(Part.CONTENT,))
    return Plan((call,))


def _within_category(
    desired: DesiredState, template: ListingTemplate, category: Category | None
) -> DesiredState:
    """Refuse the content that misses what its category demands; the other parts go on."""
    if category is None:
        return desired
    planned, faults = desired.plan, list[RefusedField]()
    for call in desired.plan.calls:
        # A full edit is merged with what TikTok holds, which only a read gives: delivery judges it as a whole.
        body = call.body if call.operation is Operation.CREATE else None
        if found := category_faults(call, template, category, body, desired.left_out):
            faults.extend(found)
            planned = instead_of(planned, call)
    if not faults:
        return desired
    earlier = desired.wanted if isinstance(desired.wanted, Refusal) else Refusal(())
    return replace(desired, wanted=replace(earlier, faults=(*earlier.faults, *faults)), plan=planned)


def category_faults(
    call: Call,
    template: ListingTemplate,
    category: Category,
    body: str | None,
    left_out: Sequence[LeftOut] = (),
) -> Sequence[RefusedField]:
    """Return what is missing in this call for its category; empty where it sends no content.

    `body` is the call's whole body, JSON. It is None for a partial edit, which keeps on TikTok what it does not name.
    `left_out` is what the content does without.
    """
    if (content := call.sends.content) is None:
        return ()
    whole = None if body is None else orjson.loads(body)
    return tuple(missing_requirements(category, template, content, whole, left_out))


def _previewed(context: ProductContext) -> PreviewedImages:
    listing = context.listing
    return PreviewedImages((listing.last_sent.content or {}).get("description") if listing.exists else None)


def _previewed_uris(
    product: Product, template: ListingTemplate, policies: TemplatePolicies, uploaded: Mapping[str, str]
) -> Sequence[str] | None:
    """Return the images by uri or else by address; None, the template's own image, where the product has none."""
    policy = policies.images_of(template)
    if policy is None:
        return None
    # Pre-flight refuses an address in place of a uri, so this one must not look like an address.
    images = [uploaded.get(image) or image.replace("://", ":") for image in wanted_images(product, policy)]
    return images or (None if template.image_uri is not None else ())
