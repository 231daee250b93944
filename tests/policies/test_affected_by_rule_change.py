"""A changed policy or template makes those listings due that it affects, and no others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from policies.affected_by_rule_change import affected
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live
from schemas.listing import AssignedBy, Listing
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
    """What a live listing would be sent: its template's category stands for all content.

    The pricing policy's floor stands for the price, which TikTok does not have yet.
    """

    content_by_rules: str
    offer_by_rules: object | None
    offer_steps: tuple[object, ...]
    sends: bool = True


def intended(rulebook: Rulebook, live: Live) -> Sent:
    pricing, follows = (
        rulebook.template_policies.pricing_of(live.template),
        rulebook.policy.inventory_price_sync,
    )
    floor = 0 if pricing is None else pricing.floor or 0
    return Sent(
        live.template.category_id, (floor,) if follows else None, (floor,) if follows and floor else ()
    )


def rules(*templates: Any, pricing: PricingPolicy | None = None, **switches: Any) -> Rulebook:
    """Return the rules of a shop with these templates and switches; by default with the shirt's template."""
    named = {pricing.title: pricing} if pricing else {}
    return Rulebook(
        SHOP, policy(**switches), templates or (SHIRTS,), TemplatePolicies(pricing_policies=named)
    )


def is_affected(
    before: Rulebook,
    after: Rulebook,
    shirt: Product | None = None,
    listing: Listing | None = None,
    baseline: Any = SHIRT,
) -> bool:
    context = ProductContext(shirt or product(), listing or listed(), baseline)
    return affected(before, after, context, intended, NOON)


@pytest.mark.parametrize(
    ("before", "after", "shirt", "expected"),
    [
        ({}, {"title": "Renamed"}, {}, False),
        ({}, {"paused": True}, {}, False),
        ({}, {"activity_log": False}, {}, False),
        ({}, {"product_assign": False}, {}, False),
        # With Product Update off nothing is sent, so nothing is due.
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
def test_listings_that_a_changed_policy_affects(
    before: dict[str, Any], after: dict[str, Any], shirt: dict[str, Any], expected: bool
) -> None:
    assert is_affected(rules(**before), rules(**after), product(**shirt)) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (SHIRTS, replace(SHIRTS, title="Shirts II"), False),
        (SHIRTS, replace(SHIRTS, priority=1), False),
        (SHIRTS, replace(SHIRTS, category_id="700001"), True),
        (SHIRTS, replace(SHIRTS, query=MUGS.query), True),
    ],
)
def test_listings_that_a_changed_template_affects(before: Any, after: Any, expected: bool) -> None:
    assert is_affected(rules(before), rules(after)) is expected


def test_a_changed_template_affects_no_product_of_another_template() -> None:
    changed = replace(MUGS, category_id="700001")
    assert not is_affected(rules(SHIRTS, MUGS), rules(SHIRTS, changed))
    assert is_affected(rules(SHIRTS, MUGS), rules(SHIRTS, changed), product(attribute_set_id="11"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("color",), ("color", "size"), True),  # the filtered change of the size may be sent now
        (("color",), ("color", "name"), False),
        (("size",), ("color",), False),  # it is due already, by its own event
        (("color",), None, True),
    ],
)
def test_a_filtered_change_is_sent_once_its_attribute_is_observed(
    before: tuple[str, ...], after: tuple[str, ...] | None, expected: bool
) -> None:
    def observing(codes: tuple[str, ...] | None) -> Rulebook:
        return rules(only_specific_attributes=codes is not None, observed_attributes=codes or ())

    assert is_affected(observing(before), observing(after), product(size="L")) is expected


@pytest.mark.parametrize(
    ("before", "after", "listing", "expected"),
    [
        # Switching Product Upload on uploads no existing product, whatever else changes with it.
        (rules(product_upload=False), rules(), not_listed(), False),
        (rules(MUGS, product_upload=False), rules(SHIRTS), not_listed(), False),
        (rules(MUGS), rules(SHIRTS), not_listed(), True),
        (rules(SHIRTS), rules(MUGS), not_listed(), False),
        (rules(), rules(product_upload=False), not_listed(), False),
        (rules(product_upload=False), rules(), listed(), False),
    ],
)
def test_an_unlisted_product_is_uploaded_if_a_template_matches_now(
    before: Rulebook, after: Rulebook, listing: Listing, expected: bool
) -> None:
    assert is_affected(before, after, new(product()), listing) is expected


@pytest.mark.parametrize(
    ("before", "after", "baseline", "expected"),
    [
        # It came while Product Upload was off: an edit about something else uploads it no more than the switch does.
        (SHIRTS, replace(SHIRTS, category_id="700001"), None, False),
        (SHIRTS, replace(SHIRTS, category_id="700001"), SHIRT, True),
        (MUGS, SHIRTS, None, True),
    ],
)
def test_an_edit_uploads_a_product_that_was_due_before_or_matches_by_the_edit(
    before: Any, after: Any, baseline: Any, expected: bool
) -> None:
    shirt, listing = new(product()), not_listed()
    assert is_affected(rules(before), rules(after), shirt, listing, baseline=baseline) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(True, True, True), (False, False, False), (True, False, False), (False, True, True)],
)
def test_an_edited_pricing_policy_counts_where_prices_follow(
    before: bool, after: bool, expected: bool
) -> None:
    shirts, plain = replace(SHIRTS, pricing_policy="Prices"), PricingPolicy("Prices")
    edited = replace(plain, floor=Decimal(50))
    old = rules(shirts, pricing=plain, inventory_price_sync=before)
    assert is_affected(old, rules(shirts, pricing=edited, inventory_price_sync=after)) is expected


@pytest.mark.parametrize(
    ("assigned_by", "expected"),
    [(AssignedBy.POLICY, True), (AssignedBy.REMEMBERED, True), (AssignedBy.HAND, False)],
)
def test_product_assign_moves_a_listing_whose_template_no_longer_matches(
    assigned_by: AssignedBy, expected: bool
) -> None:
    others = template("Others", priority=90)
    others = replace(others, category_id="700001")
    listing = listed(template="Shirts", assigned_by=assigned_by)
    before, after = rules(SHIRTS, others), rules(replace(SHIRTS, query=MUGS.query), others)
    assert is_affected(before, after, listing=listing) is expected
    unassigned = rules(replace(SHIRTS, query=MUGS.query), others, product_assign=False)
    assert not is_affected(before, unassigned, listing=listing)


def test_what_left_while_product_update_was_off_is_due_once_to_be_marked() -> None:
    off: dict[str, Any] = {"product_update": False, "inventory_price_sync": False}
    off["when_disabled"] = WhenLeaving.KEEP
    gone = product(website_ids=["2"])
    before, after = rules(**off), rules(when_disabled=WhenLeaving.KEEP)
    assert is_affected(before, after, gone)
    assert not is_affected(before, after, gone, listed(ineligible_since=NOON))


def test_a_product_that_becomes_ineligible_and_is_kept_is_due_once() -> None:
    before, after = rules(SHIRTS), rules(MUGS)
    assert is_affected(before, after, listing=listed())
    assert not is_affected(before, after, listing=listed(ineligible_since=NOON))


def test_a_price_that_will_change_with_time_makes_the_listing_due() -> None:
    plain = PricingPolicy("Prices")
    special = replace(plain, source=PriceSource.SPECIAL_PRICE)
    sale = product(special_price="19.00", special_from_date="2026-12-01 00:00:00")
    shirts = replace(SHIRTS, pricing_policy="Prices")
    assert is_affected(rules(shirts, pricing=plain), rules(shirts, pricing=special), sale)
    assert not is_affected(rules(shirts, pricing=plain), rules(shirts, pricing=special))
