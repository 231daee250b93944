"""Decide whether a changed policy, template or shop makes a listing due.

It does where the answer differs: the standing, the template that Product Assign gives it, what the rules make of the
product, a change of the product that was filtered and is not any more, or the time at which the price next changes. A
sync of any other listing would have nothing to send but changes that the policy holds back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from policies.assign import assigned_by_rules
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
    """What the rules make of a product, and what would be sent for its listing."""

    @property
    def content_by_rules(self) -> object:
        """The content, or why there is none, whatever TikTok has."""

    @property
    def offer_by_rules(self) -> object | None:
        """Price and stock, whatever TikTok has; None where they do not follow Magento."""

    @property
    def offer_steps(self) -> Sequence[object]:
        """What would be sent of price and stock."""

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
    if before.shop.magento.store_view_id != after.shop.magento.store_view_id and context.listing.listed:
        # The values that it was sent with are those of another store view, which are forgotten by now.
        return True
    assigned = replace(context, listing=assigned_by_rules(context.product, context.listing, after))
    old, new = standing(context, before), standing(assigned, after)
    if isinstance(new, LeftAlone):
        return not isinstance(old, TakenDown) and _becomes_ineligible(context.listing, new)
    if isinstance(new, TakenDown):
        return not isinstance(old, TakenDown) or old.how is not new.how
    if isinstance(old, Live):
        return _is_sent_differently((before, old), (after, new), context, assigned, intended, now)
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
    assigned: ProductContext,
    intended: Callable[[Rulebook, Live], Intention],
    now: datetime,
) -> bool:
    listing = context.listing
    if not listing.listed and context.baseline is None and listing.last_outcome is None:
        # It was never due, because Product Upload was off when it came. This change is about something else.
        return False
    # The comparison of what the listing is made from is cheap, and mostly spares building both desired states.
    if _sources(*before) != _sources(*after) and _makes_another(intended(*before), intended(*after)):
        return True
    if not listing.listed:
        return False
    price_changes_at = _price_changes_at(*after, context.product, now)
    if price_changes_at is not None and price_changes_at != _price_changes_at(*before, context.product, now):
        return True
    if _triggers(*before) == _triggers(*after):
        return False
    return (
        not _is_due(before[0], context, now) and _is_due(after[0], assigned, now) and intended(*after).sends
    )


def _makes_another(old: Intention, new: Intention) -> bool:
    """Whether the rules make something else of the same product, which must be sent.

    Changes of the product that are held back are in both. Price and stock count only where they follow Magento.
    """
    if old.content_by_rules != new.content_by_rules:
        return True
    follow = old.offer_by_rules is not None and new.offer_by_rules is not None
    if follow and old.offer_by_rules != new.offer_by_rules:
        return True
    return bool(new.offer_steps) and new.offer_steps != old.offer_steps


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


def _price_changes_at(rulebook: Rulebook, live: Live, product: Product, now: datetime) -> datetime | None:
    if not follows_final_price(rulebook.policy):
        return None
    return next_change(product, rulebook.template_policies.pricing_of(live.template), now)


def _is_due(rulebook: Rulebook, context: ProductContext, now: datetime) -> bool:
    """Whether saving the stored product again under this rulebook would make the listing due."""
    return decide(Case.of(context, rulebook, now)).is_due
