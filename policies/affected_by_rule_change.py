"""Affected: whether a policy or template that changes is to make a listing due.

Only where the answer differs: the standing, what would be sent, a change that was held back and is no longer, or the
moment at which the price moves by itself. What is not affected would have had nothing to send.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from policies.case import Case
from policies.field_specs import values_with
from policies.observed_attributes import follows_final_price
from policies.product_context import ProductContext
from policies.reasons import INELIGIBLE
from policies.rulebook import Rulebook
from policies.rules import decide
from policies.standing import LeftAlone, Live, TakenDown, standing
from policies.template_policies.price import next_change
from schemas.field_spec import Effect
from schemas.listing import Listing
from schemas.product import Product


class Intention(Protocol):
    """What would be sent of a listing; two that are equal send the same."""

    @property
    def sends(self) -> bool:
        """There is a call to make."""


def affected(
    before: Rulebook,
    after: Rulebook,
    context: ProductContext,
    intended: Callable[[Rulebook, Live], Intention],
    now: datetime,
) -> bool:
    """Return whether a change of the rulebook makes this listing due.

    `intended` returns what a product that should be live would be sent under a rulebook.
    """
    if _with_an_effect(before) == _with_an_effect(after):
        return False
    was, stands = standing(context, before), standing(context, after)
    if isinstance(stands, LeftAlone):
        return isinstance(was, Live) and _leaves_unnoticed(context.listing, stands)
    if isinstance(stands, TakenDown):
        return not isinstance(was, TakenDown) or was.how is not stands.how
    if isinstance(was, Live):
        return _is_sent_otherwise((before, was), (after, stands), context, intended, now)
    # Product Upload being switched on sends nothing up by itself, whatever else changes with it.
    return context.listing.listed or before.policy.product_upload


def _with_an_effect(rulebook: Rulebook) -> tuple[object, ...]:
    """Return everything in the rulebook that can change the answer, for a comparison.

    Fields of the policy without an effect (logs, pausing) are left out. So a field whose declaration lacks its effect
    makes no listing due; `tests/sync/test_field_effects.py` has an example for each field.
    """
    by_effect = (values_with(rulebook.policy, effect) for effect in Effect)
    return (rulebook.shop, rulebook.templates, rulebook.template_policies, *by_effect)


def _leaves_unnoticed(listing: Listing, stands: LeftAlone) -> bool:
    """Nothing is sent, but that it left is noted, so that its return is one."""
    return listing.listed and listing.ineligible_since is None and stands.reason in INELIGIBLE


def _is_sent_otherwise(
    before: tuple[Rulebook, Live],
    after: tuple[Rulebook, Live],
    context: ProductContext,
    intended: Callable[[Rulebook, Live], Intention],
    now: datetime,
) -> bool:
    if _made_of(*before) != _made_of(*after) and intended(*before) != intended(*after):
        return True
    if not context.listing.listed:
        return False
    moves_at = _moves_at(*after, context.product, now)
    if moves_at is not None and moves_at != _moves_at(*before, context.product, now):
        return True
    if _lets_through(*before) == _lets_through(*after):
        return False
    return not _is_due(before[0], context, now) and _is_due(after[0], context, now) and intended(*after).sends


def _made_of(rulebook: Rulebook, live: Live) -> tuple[object, ...]:
    """Return all that what is sent is made of, beside the product."""
    policies, template, tiktok = rulebook.template_policies, live.template, rulebook.shop.tiktok
    return (
        template,
        values_with(rulebook.policy, Effect.SENT),
        values_with(policies.pricing_of(template), Effect.SENT),
        values_with(policies.inventory_of(template), Effect.SENT),
        values_with(policies.images_of(template), Effect.SENT),
        (tiktok.region, tiktok.currency, tiktok.warehouse_ids),
    )


def _lets_through(rulebook: Rulebook, live: Live) -> tuple[object, ...]:
    """Return all that says which changes of a listed product start a sync."""
    return (
        values_with(rulebook.policy, Effect.TRIGGERS),
        values_with(rulebook.template_policies.pricing_of(live.template), Effect.TRIGGERS),
        rulebook.shop.magento.attribute_types,
    )


def _moves_at(rulebook: Rulebook, live: Live, product: Product, now: datetime) -> datetime | None:
    if not follows_final_price(rulebook.policy):
        return None
    return next_change(product, rulebook.template_policies.pricing_of(live.template), now)


def _is_due(rulebook: Rulebook, context: ProductContext, now: datetime) -> bool:
    """What is stored of the product makes it due, were it saved under these rules."""
    return decide(Case.of(context, rulebook, now)).is_due
