"""The desired state: what TikTok should hold of a product by a shop's rules, and the calls that bring it there. Pure.

Pre-flight is part of it: what TikTok would refuse is found here, so that whoever foretells a sync also foretells its
refusal. Nobody is asked: images go by where they lie in Magento, for only an upload gives their uris, and a category's
requirements are those that were read last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from policies.product_context import Asked, ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live, Standing, TakenDown, standing
from policies.template_policies.images import wanted_images
from records.catalog.categories import CategoryKey
from schemas.listing import Listing, Part
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.template_policies import TemplatePolicies
from tiktok.listing.category import Category, lacking
from tiktok.listing.desired_listing import Refusal, WantedListing, wanted_listing
from tiktok.listing.preflight import RefusedField
from tiktok.listing.price_and_stock import offer_of
from tiktok.listing.price_guard import hold_back
from tiktok.listing.sync_plan import Call, Operation, Plan, create_call, plan, take_down

NO_KEY = ""
"""In place of a create's idempotency key, for none is made."""

NO_CATEGORIES: Mapping[CategoryKey, Category] = {}


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What TikTok should hold, and the calls that bring it there.

    `wanted` is None where the product should not be live, and a `Refusal` where TikTok would not take it; price and
    stock may be sent beside a refused content. Two that are equal send the same: `standing` takes no part in that.
    """

    standing: Standing = field(compare=False)
    wanted: WantedListing | Refusal | None = None
    plan: Plan = field(default_factory=Plan)

    @property
    def sends(self) -> bool:
        """There is a call to make."""
        return bool(self.plan.calls)

    @property
    def faults(self) -> tuple[str, ...] | None:
        """What pre-flight finds wrong, in sentences; None where the product should not be live."""
        if self.wanted is None:
            return None
        return self.wanted.sentences() if isinstance(self.wanted, Refusal) else ()


def desired_state(
    context: ProductContext,
    rulebook: Rulebook,
    now: datetime,
    categories: Mapping[CategoryKey, Category] = NO_CATEGORIES,
) -> DesiredState:
    """Return what TikTok should hold of this product now. `categories` are the requirements that are cached."""
    stands = standing(context, rulebook)
    if isinstance(stands, TakenDown):
        planned = take_down(stands.how, context.listing, rulebook.shop.tiktok.warehouse_ids)
        return DesiredState(stands, plan=planned)
    if not isinstance(stands, Live):
        return DesiredState(stands)
    return live_state(context, rulebook, stands, now, categories)


def live_state(
    context: ProductContext,
    rulebook: Rulebook,
    live: Live,
    now: datetime,
    categories: Mapping[CategoryKey, Category] = NO_CATEGORIES,
) -> DesiredState:
    """Return what TikTok should hold of a product that should be live, made of the template of `live`."""
    product, listing, policies = context.product, context.listing, rulebook.template_policies
    template = live.template
    category = categories.get(CategoryKey(rulebook.shop.key, template.category_id, template.category_version))
    offer = offer_of(product, template, rulebook.shop, policies, now)
    wanted = wanted_listing(product, template, rulebook.shop, offer, _images(product, template, policies))
    if not listing.exists:
        return _creating(wanted, listing, live, category)
    sent = wanted.beside(listing) if isinstance(wanted, Refusal) else wanted
    if sent is None:
        return DesiredState(live, wanted)
    listing = listing.with_seller_sku(product.sku or "")
    synced = rulebook.policy.inventory_price_sync
    if synced:
        pricing = policies.pricing_of(template)
        sent = hold_back(sent, offer, listing.last_sent, pricing, context.confirmed_prices).wanted
    asked = context.asked is Asked.PERSON
    planned = plan(sent, listing, inventory_price_sync=synced, asked=asked)
    return _within_category(
        DesiredState(live, wanted if isinstance(wanted, Refusal) else sent, planned), template, category
    )


def _creating(
    wanted: WantedListing | Refusal, listing: Listing, live: Live, category: Category | None
) -> DesiredState:
    if isinstance(wanted, Refusal):
        return DesiredState(live, wanted)
    call = create_call(wanted, NO_KEY)
    if listing.refused.get(Part.CONTENT) == call.digest:
        return DesiredState(live, wanted, Plan(withheld=(Part.CONTENT,)))
    return _within_category(DesiredState(live, wanted, Plan((call,))), live.template, category)


def _within_category(
    desired: DesiredState, template: ListingTemplate, category: Category | None
) -> DesiredState:
    """Refuse the content that misses what its category demands; the other parts go on."""
    if category is None:
        return desired
    faults = tuple(fault for call in desired.plan.calls for fault in _lacking(call, template, category))
    if not faults:
        return desired
    earlier = desired.wanted.faults if isinstance(desired.wanted, Refusal) else ()
    calls = tuple(call for call in desired.plan.calls if call.sends.content is None)
    return replace(desired, wanted=Refusal((*earlier, *faults)), plan=replace(desired.plan, calls=calls))


def _lacking(call: Call, template: ListingTemplate, category: Category) -> Sequence[RefusedField]:
    if (content := call.sends.content) is None:
        return ()
    # A partial edit keeps on TikTok what it does not name; a full edit is merged with what TikTok holds, which only a
    # read tells, so that delivery alone can judge it as a whole.
    whole = orjson.loads(call.body) if call.operation is Operation.CREATE else None
    return tuple(lacking(category, template, content, whole))


def _images(product: Product, template: ListingTemplate, policies: TemplatePolicies) -> Sequence[str] | None:
    """None is the template's own image, as it also is where the product has none and the template has."""
    policy = policies.images_of(template)
    if policy is None:
        return None
    # An address is refused as a uri, and stands here for the uri that its upload gives.
    images = [image.replace("://", ":") for image in wanted_images(product, policy)]
    return images or (None if template.image_uri is not None else ())
