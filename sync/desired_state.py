"""Intended: what delivery would send of a listing, as far as that can be said without asking anybody. Pure.

Images go by where they lie in Magento, for only an upload gives their uris.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.images import wanted_images
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live
from schemas.listing import Listing, Part
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.template_policies import TemplatePolicies
from tiktok.listing.desired_listing import Refusal, WantedListing, wanted_listing
from tiktok.listing.price_and_stock import offer_of
from tiktok.listing.price_guard import hold_back
from tiktok.listing.sync_plan import Plan, create_call, plan

NO_KEY = ""
"""In place of a create's idempotency key, for none is made."""


@dataclass(frozen=True, slots=True)
class Intended:
    """What TikTok should hold, or why it would be refused here; and the calls that bring it there."""

    wanted: WantedListing | Refusal
    plan: Plan

    @property
    def sends(self) -> bool:
        """There is a call to make."""
        return bool(self.plan.calls)


def intended(context: ProductContext, rulebook: Rulebook, live: Live, now: datetime) -> Intended:
    """Return what these rules send of a product that should be live."""
    product, listing, policies = context.product, context.listing, rulebook.template_policies
    offer = offer_of(product, live.template, rulebook.shop, policies, now)
    images = _images(product, live.template, policies)
    wanted = wanted_listing(product, live.template, rulebook.shop, offer, images)
    if not listing.exists:
        return Intended(wanted, _creating(wanted, listing))
    sent = wanted.beside(listing) if isinstance(wanted, Refusal) else wanted
    if sent is None:
        return Intended(wanted, Plan())
    listing = listing.under(product.sku or "")
    if rulebook.policy.inventory_price_sync:
        pricing = policies.pricing_of(live.template)
        sent = hold_back(sent, offer, listing.last_sent, pricing, context.confirmed_prices).wanted
    planned = plan(sent, listing, inventory_price_sync=rulebook.policy.inventory_price_sync)
    return Intended(wanted if isinstance(wanted, Refusal) else sent, planned)


def _creating(wanted: WantedListing | Refusal, listing: Listing) -> Plan:
    if isinstance(wanted, Refusal):
        return Plan()
    call = create_call(wanted, NO_KEY)
    if listing.refused.get(Part.CONTENT) == call.digest:
        return Plan(withheld=(Part.CONTENT,))
    return Plan((call,))


def _images(product: Product, template: ListingTemplate, policies: TemplatePolicies) -> Sequence[str] | None:
    """None is the template's own image, as it also is where the product has none and the template has."""
    policy = policies.images_of(template)
    if policy is None:
        return None
    # An address is refused as a uri, and stands here for the uri that its upload gives.
    images = [image.replace("://", ":") for image in wanted_images(product, policy)]
    return images or (None if template.image_uri is not None else ())
