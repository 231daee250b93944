"""Affected: whether a policy or template that changes is to make a listing due.

Only where the answer differs: the standing, what would be sent, a change that was held back and is no longer, or the
moment at which the price moves by itself. What is not affected would have had nothing to send.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from policies.decide import Facts, decide
from policies.observed_attributes import follows_final_price
from policies.price import derived, next_change
from policies.reasons import INELIGIBLE
from policies.standing import LeftAlone, Live, Standing, TakenDown, standing
from schemas.attributes import Attributes
from schemas.listing import Listing
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from schemas.template_policies import TemplatePolicies


@dataclass(frozen=True, slots=True)
class Rules:
    """What governs the listings of one shop."""

    shop: Shop
    policy: SynchronizationPolicy
    templates: tuple[ListingTemplate, ...]
    template_policies: TemplatePolicies


@dataclass(frozen=True, slots=True)
class Subject:
    """A product, its listing, and what its changes are compared with (None before the first decision)."""

    product: Product
    listing: Listing
    baseline: Attributes | None


class Intention(Protocol):
    """What would be sent of a listing; two that are equal send the same."""

    @property
    def sends(self) -> bool:
        """There is a call to make."""


def affected(
    before: Rules,
    after: Rules,
    subject: Subject,
    intended: Callable[[Rules, Live], Intention],
    now: datetime,
) -> bool:
    """The listing is to be looked at, for `after` governs it now. `intended` says what a live one would be sent."""
    was, stands = standing_under(before, subject), standing_under(after, subject)
    if isinstance(stands, LeftAlone):
        return isinstance(was, Live) and _leaves_unnoticed(subject.listing, stands)
    if isinstance(stands, TakenDown):
        return not isinstance(was, TakenDown) or was.how is not stands.how
    if isinstance(was, Live):
        return _is_sent_otherwise((before, was), (after, stands), subject, intended, now)
    # Product Upload being switched on sends nothing up by itself, whatever else changes with it.
    return subject.listing.listed or before.policy.product_upload


def standing_under(rules: Rules, subject: Subject) -> Standing:
    """What the product should be on TikTok under these rules, where nobody asks."""
    return standing(
        subject.product,
        rules.policy,
        rules.templates,
        subject.listing,
        website_id=rules.shop.magento.website_id,
    )


def _leaves_unnoticed(listing: Listing, stands: LeftAlone) -> bool:
    """Nothing is sent, but that it left is noted, so that its return is one."""
    return listing.listed and listing.ineligible_since is None and stands.reason in INELIGIBLE


def _is_sent_otherwise(
    before: tuple[Rules, Live],
    after: tuple[Rules, Live],
    subject: Subject,
    intended: Callable[[Rules, Live], Intention],
    now: datetime,
) -> bool:
    if _made_of(*before) != _made_of(*after) and intended(*before) != intended(*after):
        return True
    if not subject.listing.listed:
        return False
    moves_at = _moves_at(*after, subject.product, now)
    if moves_at is not None and moves_at != _moves_at(*before, subject.product, now):
        return True
    if _lets_through(*before) == _lets_through(*after):
        return False
    return not _is_due(*before, subject, now) and _is_due(*after, subject, now) and intended(*after).sends


def _made_of(rules: Rules, live: Live) -> tuple[object, ...]:
    """All that what is sent is made of, beside the product."""
    policies, template, tiktok = rules.template_policies, live.template, rules.shop.tiktok
    return (
        template,
        policies.pricing_of(template),
        policies.inventory_of(template),
        policies.images_of(template),
        rules.policy.inventory_price_sync,
        (tiktok.region, tiktok.currency, tiktok.warehouse_ids),
    )


def _lets_through(rules: Rules, live: Live) -> tuple[object, ...]:
    """All that says which changes of a listed product make it due."""
    policy = rules.policy
    return (
        policy.only_specific_attributes,
        set(policy.observed_attributes),
        policy.inventory_price_sync,
        rules.template_policies.pricing_of(live.template),
        rules.shop.magento.attribute_types,
    )


def _moves_at(rules: Rules, live: Live, product: Product, now: datetime) -> datetime | None:
    if not follows_final_price(rules.policy):
        return None
    return next_change(product, rules.template_policies.pricing_of(live.template), now)


def _is_due(rules: Rules, live: Live, subject: Subject, now: datetime) -> bool:
    """What is known of the product by now makes it due, were it told under these rules."""
    return decide(
        Facts(
            subject.product,
            rules.policy,
            subject.listing,
            rules.templates,
            baseline=subject.baseline,
            website_id=rules.shop.magento.website_id,
            types=rules.shop.magento.attribute_types,
            derived=derived(subject.product, rules.template_policies.pricing_of(live.template), now),
        )
    ).is_due
