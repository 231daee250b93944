"""Uploads, and listed products that should no longer be sold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.explain import explain
from policies.reasons import Reason
from policies.rules import decide
from schemas.listing import Availability, FirstAudit, LastSent
from schemas.synchronization_policy import WhenLeaving
from tests.policies.decision_rows import (
    ON_TIKTOK,
    SKIP,
    SYNC,
    TAKE_DOWN,
    UPLOAD,
    WHEN,
    action_and_reason,
    with_policy,
)
from tests.policies.examples import (
    NOON,
    case,
    is_,
    listed,
    new,
    policy,
    product,
    template,
)


def test_with_product_update_off_an_unfinished_upload_still_follows_its_changes() -> None:
    unfinished = case(
        policy=policy(product_update=False, inventory_price_sync=False),
        listing=listed(first_audit=FirstAudit.RUNNING),
        product=product(color="red"),
    )
    assert action_and_reason(decide(unfinished)) == (SYNC, Reason.ATTRIBUTE_CHANGED)


@pytest.mark.parametrize("product_update", [True, False])
def test_a_product_deleted_in_magento_and_by_us_on_tiktok_is_deleted_whatever_the_switches_say(
    product_update: bool,
) -> None:
    gone = case(
        policy=policy(product_update=product_update, inventory_price_sync=product_update),
        product=replace(product(), deleted=True),
        listing=listed(last_sent=LastSent(availability=Availability.DELETED)),
    )
    assert action_and_reason(decide(gone)) == (SKIP, Reason.PRODUCT_DELETED)
    assert [check.reason for check in explain(gone) if check.decides] == [Reason.PRODUCT_DELETED]


def test_a_product_whose_first_audit_failed_is_uploaded_again_with_its_next_event() -> None:
    failed = case(listing=listed(first_audit=FirstAudit.FAILED), product=new(product()))
    assert action_and_reason(decide(failed)) == (UPLOAD, Reason.NEW_PRODUCT)


@pytest.mark.parametrize("type_id", ["simple", "Simple", "Simple Product", None])
def test_simple_products_and_those_of_unknown_type_are_synced(type_id: str | None) -> None:
    assert decide(case(product=product(type_id=type_id, color="red"))).action is SYNC


@pytest.mark.parametrize("type_id", ["virtual", "bundle", "grouped", "downloadable", "giftcard"])
def test_other_types_are_not_synced(type_id: str) -> None:
    assert decide(case(product=product(type_id=type_id))).reason is Reason.UNSUPPORTED_TYPE


LEAVING = [
    # switch, reason, what the policy may say
    ("when_hidden", Reason.NOT_VISIBLE_INDIVIDUALLY, ("keep", "deactivate", "zero_stock")),
    ("when_disabled", Reason.PRODUCT_DISABLED, ("deactivate", "keep", "zero_stock")),
    ("when_disabled", Reason.NOT_IN_WEBSITE, ("deactivate", "keep", "zero_stock")),
    ("when_deleted", Reason.PRODUCT_DELETED, ("deactivate", "delete", "keep")),
    ("when_unmatched", Reason.NO_LISTING_TEMPLATE_MATCHES, ("keep", "zero_stock", "deactivate")),
]


@pytest.mark.parametrize(
    ("switch", "reason", "how"), [(switch, reason, how) for switch, reason, ways in LEAVING for how in ways]
)
def test_a_listed_product_that_leaves_is_taken_down_unless_it_is_kept(
    switch: str, reason: Reason, how: str
) -> None:
    leaving = WHEN[reason](with_policy(**{switch: WhenLeaving(how)})(ON_TIKTOK))
    assert action_and_reason(decide(leaving)) == (SKIP if how == "keep" else TAKE_DOWN, reason)


@pytest.mark.parametrize(("switch", "default"), [(switch, ways[0]) for switch, _, ways in LEAVING])
def test_the_default_for_each_reason_to_leave(switch: str, default: str) -> None:
    assert getattr(policy(), switch) == default


def test_a_product_that_becomes_eligible_again_is_synced_even_if_nothing_else_changed() -> None:
    back = case(listing=listed(ineligible_since=NOON, ineligible_reason="product_disabled"))
    assert action_and_reason(decide(back)) == (SYNC, Reason.BECAME_ELIGIBLE)


def test_the_query_of_any_template_may_match() -> None:
    trousers, shirts = template("Trousers", is_("attribute_set_id", "10")), template("Shirts")
    assert decide(case(templates=(trousers, shirts), product=product(color="red"))).action is SYNC
    assert decide(case(templates=(trousers,))).reason is Reason.NO_LISTING_TEMPLATE_MATCHES
