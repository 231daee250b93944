"""Affected: a change of policy or template makes due what it changes the answer for, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from policies.affected_by_rule_change import affected
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live
from schemas.listing import Listing
from schemas.pricing_policy import PriceSource, PricingPolicy
from schemas.product import Product
from schemas.synchronization_policy import WhenLeaving
from schemas.template_policies import TemplatePolicies
from tests.policies.examples import NOON, SHIRT, is_, listed, new, not_listed, policy, product, template
from tests.records.examples import SHOP

SHIRTS = template("Shirts")
MUGS = template("Mugs", is_("attribute_set_id", "11"))


@dataclass(frozen=True)
class Sent:
    """What a live listing would be sent: its template's category, in place of all content."""

    category: str
    sends: bool = True


def intended(rules: Rulebook, live: Live) -> Sent:
    return Sent(live.template.category_id)


def under(*templates: Any, pricing: PricingPolicy | None = None, **switches: Any) -> Rulebook:
    """The rules of a shop with these templates and switches; without templates the shirt's own."""
    named = {pricing.title: pricing} if pricing else {}
    return Rulebook(
        SHOP, policy(**switches), templates or (SHIRTS,), TemplatePolicies(pricing_policies=named)
    )


def asked(
    before: Rulebook,
    after: Rulebook,
    shirt: Product | None = None,
    listing: Listing | None = None,
    baseline: Any = SHIRT,
) -> bool:
    subject = ProductContext(shirt or product(), listing or listed(), baseline)
    return affected(before, after, subject, intended, NOON)


@pytest.mark.parametrize(
    ("before", "after", "shirt", "then"),
    [
        ({}, {"title": "Renamed"}, {}, False),
        ({}, {"paused": True}, {}, False),
        ({}, {"activity_log": False}, {}, False),
        ({}, {"product_assign": False}, {}, False),
        # Hands off: nothing is sent, so nobody looks.
        ({}, {"product_update": False, "inventory_price_sync": False}, {}, False),
        ({"product_update": False, "inventory_price_sync": False}, {}, {}, True),
        ({"sync_not_visible_individually": True}, {}, {"visibility": "1"}, True),
        ({"sync_not_visible_individually": True}, {}, {"visibility": "4"}, False),
        ({}, {"when_disabled": WhenLeaving.ZERO_STOCK}, {"status": "2"}, True),
        ({}, {"when_disabled": WhenLeaving.ZERO_STOCK}, {"status": "1"}, False),
        ({}, {"when_disabled": WhenLeaving.KEEP}, {"status": "2"}, False),
        (
            {"when_hidden": WhenLeaving.KEEP},
            {"when_hidden": WhenLeaving.DEACTIVATE},
            {"visibility": "1"},
            True,
        ),
    ],
)
def test_a_changed_policy_touches_those_that_it_means_something_else_for(
    before: dict[str, Any], after: dict[str, Any], shirt: dict[str, Any], then: bool
) -> None:
    assert asked(under(**before), under(**after), product(**shirt)) is then


@pytest.mark.parametrize(
    ("before", "after", "then"),
    [
        (SHIRTS, replace(SHIRTS, title="Shirts II"), False),
        (SHIRTS, replace(SHIRTS, priority=1), False),
        (SHIRTS, replace(SHIRTS, category_id="700001"), True),
        (SHIRTS, replace(SHIRTS, query=MUGS.query), True),
    ],
)
def test_a_changed_template_touches_those_that_are_made_otherwise_by_it(
    before: Any, after: Any, then: bool
) -> None:
    assert asked(under(before), under(after)) is then


def test_a_changed_template_touches_no_product_of_another_one() -> None:
    changed = replace(MUGS, category_id="700001")
    assert not asked(under(SHIRTS, MUGS), under(SHIRTS, changed))
    assert asked(under(SHIRTS, MUGS), under(SHIRTS, changed), product(attribute_set_id="11"))


@pytest.mark.parametrize(
    ("before", "after", "then"),
    [
        (("color",), ("color", "size"), True),  # the Size that was held back may go now
        (("color",), ("color", "name"), False),
        (("size",), ("color",), False),  # it is due already, by its own event
        (("color",), None, True),
    ],
)
def test_a_change_that_was_kept_back_goes_once_its_attribute_is_observed(
    before: tuple[str, ...], after: tuple[str, ...] | None, then: bool
) -> None:
    def observing(codes: tuple[str, ...] | None) -> Rulebook:
        return under(only_specific_attributes=codes is not None, observed_attributes=codes or ())

    assert asked(observing(before), observing(after), product(size="L")) is then


@pytest.mark.parametrize(
    ("before", "after", "listing", "then"),
    [
        # Product Upload being switched on sends nothing up by itself, whatever else changes with it.
        (under(product_upload=False), under(), not_listed(), False),
        (under(MUGS, product_upload=False), under(SHIRTS), not_listed(), False),
        (under(MUGS), under(SHIRTS), not_listed(), True),
        (under(SHIRTS), under(MUGS), not_listed(), False),
        (under(), under(product_upload=False), not_listed(), False),
        (under(product_upload=False), under(), listed(), False),
    ],
)
def test_what_is_not_on_tiktok_goes_up_where_a_template_takes_it_now(
    before: Rulebook, after: Rulebook, listing: Listing, then: bool
) -> None:
    assert asked(before, after, new(product()), listing) is then


def test_what_leaves_and_is_kept_is_looked_at_once() -> None:
    before, after = under(SHIRTS), under(MUGS)
    assert asked(before, after, listing=listed())
    assert not asked(before, after, listing=listed(ineligible_since=NOON))


def test_a_price_that_will_move_by_itself_is_put_on_the_clock() -> None:
    plain = PricingPolicy("Prices")
    special = replace(plain, source=PriceSource.SPECIAL_PRICE)
    sale = product(special_price="19.00", special_from_date="2026-12-01 00:00:00")
    takes_it = replace(SHIRTS, pricing_policy="Prices")
    assert asked(under(takes_it, pricing=plain), under(takes_it, pricing=special), sale)
    assert not asked(under(takes_it, pricing=plain), under(takes_it, pricing=special))
