"""The final price changes with time, and an event that is decided later notices that it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.attribute_changes import Change
from policies.decision import Action
from policies.explain import explain
from policies.observed_attributes import follows_final_price
from policies.reasons import Reason
from policies.rules import decide
from policies.template_policies.price import derived, next_change, price, pricing_in_use
from schemas.pricing_policy import PricingPolicy
from schemas.template_policies import TemplatePolicies
from tests.policies.examples import (
    MAGENTO,
    NOON,
    SHIRT,
    SPECIAL,
    case,
    listed,
    policy,
    pricing,
    product,
    template,
)

WEEK = {
    "special_price": "19.99",
    "special_from_date": "2026-11-27 00:00:00",
    "special_to_date": "2026-11-30 00:00:00",
}
BEGINS, ENDS = datetime(2026, 11, 27, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "final", "price_changes_at"),
    [
        (NOON, "29.00", BEGINS),
        (BEGINS - SECOND, "29.00", BEGINS),
        (BEGINS, "19.99", ENDS),
        (ENDS - SECOND, "19.99", ENDS),
        (ENDS, "29.00", None),
    ],
)
def test_the_final_price_changes_with_time(
    now: datetime, final: str, price_changes_at: datetime | None
) -> None:
    shirt = product(**WEEK)
    assert derived(shirt, pricing(**SPECIAL), now) == {"final_price": final}
    assert next_change(shirt, pricing(**SPECIAL), now) == price_changes_at


def test_days_begin_in_the_time_zone_of_the_store() -> None:
    berlin = pricing(**SPECIAL, time_zone="Europe/Berlin")
    assert next_change(product(**WEEK), berlin, NOON) == BEGINS - timedelta(hours=1)


@pytest.mark.parametrize("attributes", [{}, {**WEEK, "special_price": "40"}, {**WEEK, "special_price": None}])
def test_a_constant_price_has_no_next_change(attributes: dict[str, Any]) -> None:
    assert next_change(product(**attributes), pricing(**SPECIAL), NOON) is None


@pytest.mark.parametrize("made", [None, pricing()])
def test_only_a_policy_with_special_prices_changes_with_time(made: PricingPolicy | None) -> None:
    assert derived(product(**WEEK), made, NOON) == {}
    assert next_change(product(**WEEK), made, NOON) is None


def test_the_pricing_policy_is_that_of_the_assigned_template_else_of_the_winner() -> None:
    first, second = pricing(), pricing(**SPECIAL)
    policies = TemplatePolicies({"One": first, "Other": second})
    templates = (template("A", pricing_policy="One"), template("B", pricing_policy="Other"), template("C"))
    assert pricing_in_use(product(), listed(), templates, policies, MAGENTO) is first
    assert pricing_in_use(product(), listed(template="B"), templates, policies, MAGENTO) is second
    assert pricing_in_use(product(), listed(template="C"), templates, policies, MAGENTO) is None
    assert pricing_in_use(product(attribute_set_id="4"), listed(), templates, policies, MAGENTO) is None
    assert pricing_in_use(product(), listed(), (template("C"),), TemplatePolicies(), MAGENTO) is None


@given(
    st.dictionaries(
        st.sampled_from(["price", "special_price", "special_from_date", "special_to_date"]),
        st.none() | st.text() | st.integers() | st.floats() | st.dates().map(str) | st.datetimes().map(str),
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati"]),
)
def test_the_next_change_is_in_the_future_and_is_a_change(attributes: dict[str, Any], zone: str) -> None:
    shirt, made = product(**attributes), pricing(**SPECIAL, time_zone=zone)
    price(shirt, made, NOON)
    price_changes_at = next_change(shirt, made, NOON)
    if price_changes_at is not None:
        assert price_changes_at > NOON
        assert derived(shirt, made, price_changes_at) != derived(shirt, made, NOON)


MOVED = Change("final_price", "29.00", "19.99")


@pytest.mark.parametrize(
    ("switches", "changed", "action", "reason"),
    [
        ({}, {}, Action.SYNC, Reason.ATTRIBUTE_CHANGED),
        ({"inventory_price_sync": False}, {}, Action.SKIP, Reason.INVENTORY_PRICE_SYNC_OFF),
        (
            {"only_specific_attributes": True, "observed_attributes": ("color",)},
            {},
            Action.SKIP,
            Reason.NO_OBSERVED_ATTRIBUTE_CHANGED,
        ),
        (
            {"only_specific_attributes": True, "observed_attributes": ("special_price",)},
            {},
            Action.SYNC,
            Reason.OBSERVED_ATTRIBUTE_CHANGED,
        ),
        # The regular price changed, which is not observed.
        (
            {"only_specific_attributes": True, "observed_attributes": ("special_price",)},
            {"price": "24.00"},
            Action.SKIP,
            Reason.NO_OBSERVED_ATTRIBUTE_CHANGED,
        ),
    ],
)
def test_a_save_without_changes_notices_that_a_special_price_began(
    switches: dict[str, Any], changed: dict[str, Any], action: Action, reason: Reason
) -> None:
    example = case(
        policy=policy(**switches),
        product=product(**changed),
        baseline={**SHIRT, "final_price": "29.00"},
        derived={"final_price": "19.99"},
    )
    decision = decide(example)
    assert (decision.action, decision.reason) == (action, reason)
    assert MOVED in decision.changes
    assert [check.reason for check in explain(example) if check.decides] == [reason]


def test_a_baseline_from_before_the_policy_has_no_final_price() -> None:
    decision = decide(case(derived={"final_price": "19.99"}))
    assert (decision.action, decision.reason) == (Action.SKIP, Reason.NOTHING_CHANGED)


@pytest.mark.parametrize(
    ("switches", "follows"),
    [
        ({}, True),
        ({"inventory_price_sync": False}, False),
        ({"product_update": False}, False),
        ({"only_specific_attributes": True, "observed_attributes": ("color", "price")}, False),
        ({"only_specific_attributes": True, "observed_attributes": ("final_price",)}, True),
        ({"only_specific_attributes": True, "observed_attributes": ("special_to_date",)}, True),
    ],
)
def test_when_a_final_price_that_changes_with_time_starts_a_sync(
    switches: dict[str, Any], follows: bool
) -> None:
    assert follows_final_price(policy(**switches)) is follows
