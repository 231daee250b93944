"""Standing: what a product should be on TikTok now. What is not known excludes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.not_visible_individually import is_kept_off_as_hidden
from policies.product_context import ProductContext, RequestedBy
from policies.reasons import Reason
from policies.standing import LeftAlone, Live, Standing, TakenDown, standing
from schemas.listing import AssignedBy, Listing
from schemas.product import Product
from schemas.synchronization_policy import WhenLeaving
from tests.policies.examples import is_, listed, new, not_listed, policy, product, rulebook, template
from tests.records.examples import SHOP

SHIRTS, EVERYTHING = (
    template("Shirts", priority=10),
    template("Everything", is_("type_id", "simple"), priority=20),
)


def standing_of(shirt: Product, listing: Listing, requested_by: RequestedBy = RequestedBy.NONE) -> Standing:
    return standing(
        ProductContext(shirt, listing, requested_by=requested_by), rulebook(templates=(EVERYTHING, SHIRTS))
    )


def test_a_listed_product_that_may_stay_is_live_with_the_winning_template() -> None:
    assert standing_of(product(), listed()) == Live(SHIRTS)


def test_an_assigned_template_is_used_before_the_winner() -> None:
    by_hand = listed(template="Everything", assigned_by=AssignedBy.HAND)
    assert standing_of(product(), by_hand) == Live(EVERYTHING)


def test_an_assigned_template_that_no_longer_exists_is_replaced_by_the_winner() -> None:
    gone = listed(template="Winter", assigned_by=AssignedBy.POLICY)
    assert standing_of(product(), gone) == Live(SHIRTS)


@pytest.mark.parametrize(
    ("shirt", "requested_by", "then"),
    [
        (new(product()), RequestedBy.NONE, Live(SHIRTS, Reason.NEW_PRODUCT)),
        (new(product()), RequestedBy.PERSON, Live(SHIRTS, Reason.UPLOAD_REQUESTED)),
        (product(), RequestedBy.PERSON, Live(SHIRTS, Reason.UPLOAD_REQUESTED)),
        (product(), RequestedBy.NONE, LeftAlone(Reason.EXISTED_BEFORE_UPLOAD)),
        (product(), RequestedBy.POLICY, LeftAlone(Reason.EXISTED_BEFORE_UPLOAD)),
    ],
)
def test_an_unlisted_product_is_uploaded_if_new_or_requested(
    shirt: Product, requested_by: RequestedBy, then: Standing
) -> None:
    assert standing_of(shirt, not_listed(), requested_by) == then


@pytest.mark.parametrize("listing", [listed(), not_listed()], ids=["listed", "not listed"])
def test_a_product_that_the_policy_keeps_is_left_alone(listing: Listing) -> None:
    assert standing_of(product(visibility="1"), listing) == LeftAlone(Reason.NOT_VISIBLE_INDIVIDUALLY)


def test_only_listed_products_are_taken_down() -> None:
    assert standing_of(product(status="2"), listed()) == TakenDown(
        WhenLeaving.DEACTIVATE, Reason.PRODUCT_DISABLED
    )
    assert standing_of(product(status="2"), not_listed()) == LeftAlone(Reason.PRODUCT_DISABLED)
    assert standing_of(product(status="2"), listed(gone=True)) == LeftAlone(Reason.PRODUCT_DISABLED)


@pytest.mark.parametrize(
    ("website_ids", "website_id", "outside"),
    [
        (["1"], 1, False),
        ([1, 2], 1, False),
        ({"1": "1"}, 1, False),
        (["2"], 1, True),
        ([10, 11], 1, True),
        ({"2": "2"}, 1, True),
        ([], 1, True),
        (None, 1, False),  # not known to be outside
        (["2"], None, False),  # the merchant did not say which website is the shop's
    ],
)
def test_unknown_websites_exclude_nothing(website_ids: Any, website_id: int | None, outside: bool) -> None:
    shirt = product(website_ids=website_ids)
    shop = replace(SHOP, magento=replace(SHOP.magento, website_id=website_id))
    found = standing(ProductContext(shirt, listed()), rulebook(shop=shop, templates=(SHIRTS,)))
    assert found == (TakenDown(WhenLeaving.DEACTIVATE, Reason.NOT_IN_WEBSITE) if outside else Live(SHIRTS))


@pytest.mark.parametrize(
    ("visibility", "switch", "is_child", "left_alone"),
    [
        ("1", False, False, True),
        (1, False, False, True),
        ("1", True, False, False),
        ("1", False, True, False),  # its price and stock belong to the parent's listing
        ("2", False, False, False),
        ("3", False, False, False),
        ("4", False, False, False),
        (None, False, False, False),  # a visibility that was never received is not 1
    ],
)
def test_not_visible_individually(visibility: Any, switch: bool, is_child: bool, left_alone: bool) -> None:
    shirt = replace(product(visibility=visibility), is_child=is_child)
    assert is_kept_off_as_hidden(shirt, policy(sync_not_visible_individually=switch)) is left_alone


def test_the_shops_own_store_view_decides_what_is_visible() -> None:
    hidden_here = replace(product(visibility="4"), store_view={"visibility": "1"})
    inherits = replace(product(visibility="1"), store_view={"visibility": None})
    shown_here = replace(product(visibility="1"), store_view={"visibility": "4"})
    assert [is_kept_off_as_hidden(hidden, policy()) for hidden in (hidden_here, inherits, shown_here)] == [
        True,
        True,
        False,
    ]


def test_a_request_does_nothing_if_the_assigned_template_is_gone_and_no_other_matches() -> None:
    by_hand = not_listed(template="Winter", assigned_by=AssignedBy.HAND)
    unmatched = standing(
        ProductContext(product(), by_hand, requested_by=RequestedBy.PERSON), rulebook(templates=())
    )
    assert unmatched == LeftAlone(Reason.NO_LISTING_TEMPLATE_MATCHES)
