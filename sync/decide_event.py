"""A ruling: what one event does to what is known of its product, and what it leads to. Pure.

Everything that the policy's rooms say is brought together here for one event: order, scope, novelty, last known state,
assignment, decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from policies.apply_event import absorb
from policies.assign import Assignment, assign
from policies.attribute_changes import as_number
from policies.decide import Action, Decision, Facts, decide
from policies.event_order import in_scope, is_stale
from policies.is_new import is_new
from policies.observed_attributes import follows_final_price, only_price_or_stock
from policies.price import derived, next_change, pricing_in_use
from policies.reasons import INELIGIBLE, Reason
from records.rules.policies import PolicyInForce
from schemas.attributes import STOCK_ATTRIBUTES, Attributes
from schemas.listing import Listing
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from schemas.shop import Shop
from schemas.template_policies import TemplatePolicies

_OF_ITS_CHANGES: Final = frozenset({Reason.NOTHING_CHANGED, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED})
"""Of a listing that stays as it is until something that counts changes, be it by the clock."""


class Lane(IntEnum):
    """What goes first where more is due than can be sent."""

    TAKE_DOWN = 0
    PRICE = 1
    CONTENT = 2
    UPLOAD = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a product before an event: `baseline` None before the first decision that made it due."""

    product: Product
    listing: Listing
    baseline: Attributes | None


@dataclass(frozen=True, slots=True)
class Governed:
    """What governs a shop's products at this moment."""

    shop: Shop
    policy: PolicyInForce
    templates: tuple[ListingTemplate, ...]
    read_delay: timedelta
    template_policies: TemplatePolicies = field(default_factory=TemplatePolicies)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision, what is known after it, and the lane in which the listing waits (None where it is not due).

    `moves_at` is when the price of a listing that is not due now moves by the clock, None where it does not.
    """

    decision: Decision
    known: Known
    lane: Lane | None
    moves_at: datetime | None = None


def rule(event: ProductEvent, known: Known, governed: Governed, now: datetime) -> Ruling:
    """Take one event in. `now` is when a listing that becomes ineligible is marked so."""
    magento, policy = governed.shop.magento, governed.policy
    told = in_scope(event, magento.store_view_id, magento.price_scope)
    if told is None:
        decision = decide(Facts(known.product, policy.policy, known.listing, other_store_view=True))
        return Ruling(decision, known, None)
    stale = is_stale(told, known.product, governed.read_delay)
    product = absorb(known.product, told, store_view_id=magento.store_view_id, stale=stale)
    if known.product.received_at is None and told.kind is EventKind.SAVED:
        # A stock item alone says nothing of when its product was made: the first whole state does.
        product = replace(product, is_new=is_new(told, policy.upload_on_since))
    listing = known.listing
    if not stale:
        given = assign(
            product,
            governed.templates,
            Assignment(listing.template, listing.assigned_by),
            product_assign=policy.policy.product_assign,
        )
        listing = replace(listing, template=given.template, assigned_by=given.assigned_by)
    pricing = pricing_in_use(product, listing, governed.templates, governed.template_policies)
    facts = Facts(
        product=product,
        policy=policy.policy,
        listing=listing,
        templates=governed.templates,
        baseline=known.baseline,
        original=told.original,
        stale=stale,
        moved=known.listing.template not in (None, listing.template),
        website_id=magento.website_id,
        types=magento.attribute_types,
        derived=derived(product, pricing, now),
    )
    decision = decide(facts)
    listing = _marked(listing, decision, now)
    if decision.is_due:
        lane = _lane(decision, known.product, product)
        return Ruling(decision, Known(product, listing, facts.present), lane)
    moves_at = None
    if listing.listed and decision.reason in _OF_ITS_CHANGES and follows_final_price(policy.policy):
        moves_at = next_change(product, pricing, now)
    return Ruling(decision, Known(product, listing, known.baseline), None, moves_at)


def _marked(listing: Listing, decision: Decision, now: datetime) -> Listing:
    """Ineligible since, and why: kept until the next accepted sync, `keep` included."""
    if not listing.listed or decision.reason not in INELIGIBLE:
        return listing
    return replace(
        listing,
        ineligible_since=listing.ineligible_since or now,
        ineligible_reason=decision.reason.value,
    )


def _lane(decision: Decision, before: Product, after: Product) -> Lane:
    if decision.action is Action.TAKE_DOWN:
        return Lane.TAKE_DOWN
    if decision.action is Action.UPLOAD:
        return Lane.UPLOAD
    if decision.changes and only_price_or_stock(decision.changes):
        falls = any(change.attribute in STOCK_ATTRIBUTES for change in decision.changes)
        return Lane.TAKE_DOWN if falls and _pieces(after) < _pieces(before) else Lane.PRICE
    return Lane.CONTENT


def _pieces(product: Product) -> int:
    if str(product.value("stock_status")).lower() in ("0", "false"):
        return 0
    return int(as_number(product.value("quantity")) or 0)
