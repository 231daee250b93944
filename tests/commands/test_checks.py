"""The checks of `explain` agree with the decision table for every case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.case import Case
from policies.decision import Action
from policies.explain import explain
from policies.product_context import RequestedBy
from policies.reasons import Reason
from policies.rules import decide
from schemas.listing import AssignedBy, FirstAudit, Listing, OutcomeKind
from schemas.product import Product
from schemas.query_condition import Group
from tests.policies.examples import NOON, SHIRT, case, is_, listed, not_listed, policy, product, template
from tests.records.examples import SHOP

switch = st.booleans()
maybe = st.sampled_from([False, False, False, True])
"""Mostly False, so that later rows are reached too."""

attributes = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["1", "2"]),
        "visibility": st.sampled_from([None, "1", "4"]),
        "type_id": st.sampled_from([None, "simple", "bundle"]),
        "website_ids": st.sampled_from([None, [], ["1"], ["2"], {"7": "1"}]),
        "attribute_set_id": st.sampled_from(["9", "11"]),
        "color": st.sampled_from(["blue", "red"]),
        "price": st.sampled_from(["29", "31.00"]),
        "quantity": st.sampled_from([18, "18", 17]),
        "stock_status": switch,
    },
)
products = st.builds(
    lambda value, silent, **fields: replace(
        product(**value), default={k: v for k, v in {**SHIRT, **value}.items() if k not in silent}, **fields
    ),
    attributes,
    st.sets(st.sampled_from(sorted(SHIRT)), max_size=2),
    is_child=maybe,
    deleted=maybe,
    is_new=switch,
)
policies = st.builds(
    policy,
    product_upload=switch,
    product_update=switch,
    inventory_price_sync=switch,
    sync_not_visible_individually=switch,
    only_specific_attributes=switch,
    observed_attributes=st.sampled_from([("color",), ("quantity",), ("color", "price")]),
)
listings = st.builds(
    lambda made, fields: made(**fields),
    st.sampled_from([listed, listed, not_listed]),
    st.fixed_dictionaries(
        {
            "gone": maybe,
            "ineligible_since": st.sampled_from([None, None, NOON]),
            "last_outcome": st.sampled_from([None, *OutcomeKind]),
            "template": st.sampled_from([None, "Shirts", "No more"]),
            "assigned_by": st.sampled_from([None, *AssignedBy]),
        },
        optional={"first_audit": st.sampled_from(FirstAudit)},
    ),
)
originals = st.sampled_from([None, {}, {"color": "green"}, {"price": "28"}])
baselines = st.one_of(st.none(), attributes.map(lambda value: {**SHIRT, **value}))
templates = st.sampled_from(
    [(), (template(),), (template(query=Group()),), (template("Other", is_("attribute_set_id", "11")),)]
)
any_case = st.builds(
    case,
    product=products,
    policy=policies,
    listing=listings,
    templates=templates,
    baseline=baselines,
    original=originals,
    stale=maybe,
    other_store_view=maybe,
    moved=maybe,
    requested_by=st.sampled_from([RequestedBy.NONE, RequestedBy.NONE, *RequestedBy]),
    shop=st.sampled_from([SHOP, replace(SHOP, magento=replace(SHOP.magento, website_id=None))]),
)


@given(any_case)
@example(case(baseline=None, listing=listed(last_outcome=OutcomeKind.REJECTED)))
def test_the_deciding_check_gives_the_reason_of_the_decision(any_product: Case) -> None:
    checks = explain(any_product)
    (deciding,) = [check for check in checks if check.decides]
    assert deciding.reason is decide(any_product).reason
    assert all(check.passed for check in checks[: checks.index(deciding)])


@given(any_case)
def test_the_checks_follow_the_rows_of_the_decision_table(any_product: Case) -> None:
    rows = [check.row for check in explain(any_product)]
    assert rows == sorted(rows)
    assert set(rows) == set(range(1, 19)) - {3}


@pytest.mark.parametrize(
    ("fields", "question", "answer"),
    [
        ({}, "Visible individually?", "yes (visibility 4)"),
        (
            {"product": product(visibility="1")},
            "Visible individually?",
            "no (visibility 1), and Sync Not Visible Individually Products is off",
        ),
        (
            {"product": product(visibility="1"), "policy": policy(sync_not_visible_individually=True)},
            "Visible individually?",
            "no (visibility 1), but Sync Not Visible Individually Products is on",
        ),
        (
            {"product": product(attribute_set_id="11")},
            "Matches a listing template?",
            "no: nearest: 'Shirts' requires attribute_set_id 9 (this product has 11)",
        ),
        ({}, "Matches a listing template?", "yes ('Shirts')"),
        (
            {"templates": ()},
            "Matches a listing template?",
            "no: there is no listing template yet",
        ),
        ({"listing": not_listed()}, "Product Upload on?", "yes"),
        (
            {"product": product(website_ids=["2", "3"])},
            "In the shop's website?",
            "no (website_ids 2, 3; the shop's is 1)",
        ),
        (
            {
                "product": product(size="L"),
                "policy": policy(only_specific_attributes=True, observed_attributes=("color",)),
            },
            "An observed attribute changed?",
            "no (observed attributes: color; changed since the last sync: size: M -> L)",
        ),
        (
            {"policy": policy(product_update=False), "requested_by": RequestedBy.PERSON},
            "Product Update on?",
            "no, but you asked for it",
        ),
    ],
)
def test_an_answer_has_the_actual_values(fields: dict[str, Any], question: str, answer: str) -> None:
    (found,) = [check for check in explain(case(**fields)) if check.question == question]
    assert found.answer == answer


def test_checks_after_the_deciding_check_are_answered_too() -> None:
    hidden_and_disabled: Product = product(status="2", visibility="1")
    failed = [check.reason for check in explain(case(product=hidden_and_disabled)) if not check.passed]
    assert failed[:2] == [Reason.PRODUCT_DISABLED, Reason.NOT_VISIBLE_INDIVIDUALLY]


def test_changes_are_not_checked_for_a_product_that_is_not_on_tiktok() -> None:
    fresh: Listing = not_listed()
    any_product = case(listing=fresh, product=replace(product(), is_new=True))
    assert decide(any_product).action is Action.UPLOAD
    assert {check.answer for check in explain(any_product) if 10 < check.row < 18} == {
        "not asked: it is not on TikTok"
    }
