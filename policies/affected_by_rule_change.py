"""Decide whether a changed policy, template or shop makes a listing due.

It does where the answer differs: the standing, what would be sent, a change of the product that was filtered and is not
any more, or the time at which the price next changes. A sync of any other listing would have nothing to send.
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
    """What would be sent for a listing. Two that are equal send the same."""

    @property
    def sends(self) -> bool:
        """Whether there is a call to make."""


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
    old, new = standing(context, before), standing(context, after)
    if isinstance(new, LeftAlone):
        return isinstance(old, Live) and _becomes_ineligible(context.listing, new)
    if isinstance(new, TakenDown):
        return not isinstance(old, TakenDown) or old.how is not new.how
    if isinstance(old, Live):
        return _is_sent_differently((before, old), (after, new), context, intended, now)
    # Switching Product Upload on uploads no existing product, whatever else changes with it.
    return context.listing.listed or before.policy.product_upload


def _with_an_effect(rulebook: Rulebook) -> tuple[object, ...]:
    """Return everything in the rulebook that can change the answer, for a comparison.

    Fields of the policy without an effect (logs, pausing) are left out. So a field whose declaration lacks its effect
    makes no listing due; `tests/sync/test_field_effects.py` has an example for each field.
    """
    by_effect = (values_with(rulebook.policy, effect) for effect in Effect)
    return (rulebook.shop, rulebook.templates, rulebook.template_policies, *by_effect)


def _becomes_ineligible(listing: Listing, new: LeftAlone) -> bool:
    """Nothing is sent, but the sync marks the listing ineligible, so that row 11 notices when it is eligible again."""
    return listing.listed and listing.ineligible_since is None and new.reason in INELIGIBLE


def _is_sent_differently(
    before: tuple[Rulebook, Live],
    after: tuple[Rulebook, Live],
    context: ProductContext,
    intended: Callable[[Rulebook, Live], Intention],
    now: datetime,
) -> bool:
    # The comparison of what the listing is made from is cheap, and mostly spares building both desired states.
    if _sources(*before) != _sources(*after) and intended(*before) != intended(*after):
        return True
    if not context.listing.listed:
        return False
    moves_at = _price_moves_at(*after, context.product, now)
    if moves_at is not None and moves_at != _price_moves_at(*before, context.product, now):
        return True
    if _triggers(*before) == _triggers(*after):
        return False
    return not _is_due(before[0], context, now) and _is_due(after[0], context, now) and intended(*after).sends


def _sources(rulebook: Rulebook, live: Live) -> tuple[object, ...]:
    """Return everything that determines what is sent, beside the product."""
    policies, template, tiktok = rulebook.template_policies, live.template, rulebook.shop.tiktok
    return (
        template,
        values_with(rulebook.policy, Effect.SENT),
        values_with(policies.pricing_of(template), Effect.SENT),
        values_with(policies.inventory_of(template), Effect.SENT),
        values_with(policies.images_of(template), Effect.SENT),
        (tiktok.region, tiktok.currency, tiktok.warehouse_ids),
    )


def _triggers(rulebook: Rulebook, live: Live) -> tuple[object, ...]:
    """Return everything that determines which changes of a listed product start a sync."""
    return (
        values_with(rulebook.policy, Effect.TRIGGERS),
        values_with(rulebook.template_policies.pricing_of(live.template), Effect.TRIGGERS),
        rulebook.shop.magento.attribute_types,
    )


def _price_moves_at(rulebook: Rulebook, live: Live, product: Product, now: datetime) -> datetime | None:
    if not follows_final_price(rulebook.policy):
        return None
    return next_change(product, rulebook.template_policies.pricing_of(live.template), now)


def _is_due(rulebook: Rulebook, context: ProductContext, now: datetime) -> bool:
    """Whether saving the stored product again under this rulebook would make the listing due."""
    return decide(Case.of(context, rulebook, now)).is_due
