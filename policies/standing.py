"""Standing: what a product should be on TikTok now. Rows 3 to 10 of the decision table, in that order.

Asked twice with the same rules: by intake, for the decision; and by delivery, holding the lease, on the records,
policy and templates as they are at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from policies.assign import Assignment, template_in_use, winner
from policies.attribute_changes import members
from policies.not_visible_individually import is_left_alone
from policies.product_context import Asked, ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebook
from schemas.attributes import NotTold
from schemas.listing import AssignedBy
from schemas.listing_template import ListingTemplate
from schemas.product import Product, Status
from schemas.synchronization_policy import WhenLeaving

SUPPORTED_TYPES = frozenset({"simple"})


@dataclass(frozen=True, slots=True)
class Live:
    """The product should be live on TikTok, made of this template; `reason` is why it may go up where not listed."""

    template: ListingTemplate
    reason: Reason = Reason.NEW_PRODUCT


@dataclass(frozen=True, slots=True)
class TakenDown:
    """The listing should be taken down, in the way that the policy says."""

    how: WhenLeaving
    reason: Reason


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Nothing should be sent."""

    reason: Reason


Standing: TypeAlias = Live | TakenDown | LeftAlone


def standing(context: ProductContext, rulebook: Rulebook) -> Standing:
    """What TikTok should hold of this product now."""
    product, listing, asked = context.product, context.listing, context.asked
    policy, templates = rulebook.policy, rulebook.templates
    if _unsupported(product):
        return LeftAlone(Reason.UNSUPPORTED_TYPE)
    if (
        listing.listed
        and not policy.product_update
        and asked is not Asked.PERSON
        and not listing.upload_unfinished
    ):
        return LeftAlone(Reason.UPDATE_OFF)
    if left := _has_left(context, rulebook):
        how, reason = left
        return TakenDown(how, reason) if listing.listed and how is not WhenLeaving.KEEP else LeftAlone(reason)
    template = template_in_use(product, templates, Assignment(listing.template, listing.assigned_by))
    if template is None:
        return LeftAlone(Reason.NO_LISTING_TEMPLATE_MATCHES)
    if listing.listed:
        return Live(template)
    if asked is Asked.PERSON:
        return Live(template, Reason.UPLOAD_REQUESTED)
    if not policy.product_upload:
        return LeftAlone(Reason.UPLOAD_OFF)
    if listing.gone:
        return LeftAlone(Reason.GONE_ON_TIKTOK)
    return Live(template) if product.is_new else LeftAlone(Reason.EXISTED_BEFORE_UPLOAD)


def _unsupported(product: Product) -> bool:
    told = product.value("type_id")
    return product.is_child or not (isinstance(told, NotTold) or told is None or told in SUPPORTED_TYPES)


def _has_left(context: ProductContext, rulebook: Rulebook) -> tuple[WhenLeaving, Reason] | None:
    """Rows 5 to 8: why the product is not to be sold on TikTok, and what the policy says to do about it."""
    product, policy = context.product, rulebook.policy
    website_id = rulebook.shop.magento.website_id
    if product.deleted:
        return policy.when_deleted, Reason.PRODUCT_DELETED
    if product.number("status") == Status.DISABLED:
        return policy.when_disabled, Reason.PRODUCT_DISABLED
    if website_id is not None and _outside(product, website_id):
        return policy.when_disabled, Reason.NOT_IN_WEBSITE
    if is_left_alone(product, policy):
        return policy.when_hidden, Reason.NOT_VISIBLE_INDIVIDUALLY
    by_hand = context.asked is Asked.PERSON and context.listing.assigned_by is AssignedBy.HAND
    if not by_hand and winner(product, rulebook.templates) is None:
        return policy.when_unmatched, Reason.NO_LISTING_TEMPLATE_MATCHES
    return None


def _outside(product: Product, website_id: int) -> bool:
    told = product.value("website_ids")
    return isinstance(told, Mapping | list | tuple) and str(website_id) not in members(told)
