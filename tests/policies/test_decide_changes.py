"""Observed attributes, by an example of a merchant, and which states are compared."""

from __future__ import annotations

from typing import Any

import pytest

from policies.decision import Action
from policies.reasons import Reason
from policies.rules import decide
from schemas.listing import OutcomeKind
from tests.policies.decision_rows import (
    SKIP,
    SYNC,
    WHEN,
    action_and_reason,
    attributes_of,
    with_attributes,
)
from tests.policies.examples import (
    SHIRT,
    case,
    listed,
    policy,
    product,
)


def test_color_is_observed_size_and_quantity_are_not() -> None:
    observing_color = policy(only_specific_attributes=True, observed_attributes=("color",))
    shirt, baseline = product(), dict(SHIRT)
    decisions = []
    for save in ({"color": "red"}, {"size": "L"}, {"quantity": 3}, {"color": "green"}):
        shirt = with_attributes(shirt, **save)
        decision = decide(case(policy=observing_color, product=shirt, baseline=baseline))
        if decision.is_due:
            baseline = dict(shirt.attributes)
        decisions.append((*action_and_reason(decision), attributes_of(decision)))
    assert decisions == [
        (SYNC, Reason.OBSERVED_ATTRIBUTE_CHANGED, ["color"]),
        (SKIP, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, ["size"]),
        (SKIP, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, ["quantity", "size"]),
        (SYNC, Reason.OBSERVED_ATTRIBUTE_CHANGED, ["color"]),
    ]
    assert baseline == {**SHIRT, "color": "green", "size": "L", "quantity": 3}


@pytest.mark.parametrize(
    ("observed", "saved", "then"),
    [
        (("color",), {"color": "red"}, SYNC),
        (("color",), {"size": "L"}, SKIP),
        (("color",), {"size": "L", "color": "red"}, SYNC),
        (("color",), {"quantity": 3}, SKIP),
        (("color",), {"price": "31.00"}, SKIP),
        (("color", "quantity"), {"quantity": 3}, SYNC),
        (("color", "quantity"), {"stock_status": "0"}, SYNC),  # out of stock is Quantity too
        (("color", "price"), {"price": "31.00"}, SYNC),
        (("visibility",), {"visibility": 4}, SKIP),  # the same in another dress
        (None, {"quantity": 3}, SYNC),  # the switch is off: any change counts
        (None, {"size": "L"}, SYNC),
    ],
)
def test_a_change_of_an_observed_attribute_syncs_everything(
    observed: tuple[str, ...] | None, saved: dict[str, Any], then: Action
) -> None:
    specific = policy(only_specific_attributes=observed is not None, observed_attributes=observed or ())
    assert decide(case(policy=specific, product=product(**saved))).action is then


def test_a_selection_is_kept_and_ignored_while_the_switch_is_off() -> None:
    switch_off = policy(only_specific_attributes=False, observed_attributes=("color",))
    assert action_and_reason(decide(case(policy=switch_off, product=product(size="L")))) == (
        SYNC,
        Reason.ATTRIBUTE_CHANGED,
    )


def test_an_observed_price_starts_a_sync_even_with_inventory_price_sync_off() -> None:
    observing = policy(
        inventory_price_sync=False, only_specific_attributes=True, observed_attributes=("price",)
    )
    assert decide(case(policy=observing, product=product(price="31.00"))).action is SYNC


def test_a_decision_names_the_attributes_old_and_new() -> None:
    (change,) = decide(case(product=product(color="red"))).changes
    assert (change.attribute, change.old, change.new) == ("color", "blue", "red")


def test_red_blue_red_is_two_changes_when_both_were_seen() -> None:
    to_red, back = case(product=product(color="red")), case(baseline={**SHIRT, "color": "red"})
    assert [decide(to_red).action, decide(back).action] == [SYNC, SYNC]


def test_a_filtered_change_is_seen_at_the_next_event() -> None:
    hidden = case(product=product(color="red", visibility="1"))
    shown = case(product=product(color="red"))
    assert decide(hidden).action is SKIP
    assert attributes_of(decide(shown)) == ["color"]


def test_without_a_baseline_the_events_own_original_values_are_compared() -> None:
    original = {"color": "blue", "price": "29.000000"}
    assert decide(case(baseline=None, original=original)).reason is Reason.NOTHING_CHANGED
    red = decide(case(baseline=None, original=original, product=product(color="red", size="L")))
    assert attributes_of(red) == ["color"]


def test_empty_original_values_mean_that_everything_is_new() -> None:
    assert decide(case(baseline=None, original={})).reason is Reason.FIRST_SEEN


@pytest.mark.parametrize("outcome", sorted(OutcomeKind))
def test_only_a_refusal_lets_an_unobserved_change_through(outcome: OutcomeKind) -> None:
    refusals = {
        "audit_failed",
        "rejected",
        "refused_here",
        "two_listings_on_tiktok",
        "variant_of_another_listing",
        "dead_lettered",
    }
    unobserved = WHEN[Reason.NO_OBSERVED_ATTRIBUTE_CHANGED](case(listing=listed(last_outcome=outcome)))
    assert decide(unobserved).action is (SYNC if outcome.value in refusals else SKIP)
