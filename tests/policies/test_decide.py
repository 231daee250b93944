"""The decision table: each row, their order, what a person's request passes, and the merchant's own example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from policies.decide import Action, Decision, Facts, decide
from policies.reasons import Reason
from policies.standing import Asked
from schemas.listing import AssignedBy, FirstAudit, OutcomeKind
from schemas.product import Product
from schemas.synchronization_policy import WhenLeaving
from tests.policies.examples import (
    NOON,
    SHIRT,
    facts,
    is_,
    listed,
    new,
    not_listed,
    policy,
    product,
    template,
)

UPLOAD, SYNC, TAKE_DOWN, SKIP = Action.UPLOAD, Action.SYNC, Action.TAKE_DOWN, Action.SKIP


def having(shirt: Product, **attributes: Any) -> Product:
    """The product after Magento told these attributes too."""
    return replace(shirt, default={**shirt.default, **attributes})


def with_product(**attributes: Any) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, product=having(known.product, **attributes))


def with_policy(**switches: Any) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, policy=replace(known.policy, **switches))


def with_listing(**told: Any) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, listing=replace(known.listing, **told))


def with_facts(**told: Any) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, **told)


def together(*conditions: Callable[[Facts], Facts]) -> Callable[[Facts], Facts]:
    def all_of_them(known: Facts) -> Facts:
        for condition in conditions:
            known = condition(known)
        return known

    return all_of_them


def nothing_changed(known: Facts) -> Facts:
    return replace(known, baseline=known.product.attributes)


def deleted(known: Facts) -> Facts:
    return replace(known, product=replace(known.product, deleted=True))


def seen_new(known: Facts) -> Facts:
    return replace(known, product=new(known.product))


WHEN: Mapping[Reason, Callable[[Facts], Facts]] = {
    Reason.STALE_EVENT: with_facts(stale=True),
    Reason.OTHER_STORE_VIEW: with_facts(other_store_view=True),
    Reason.UNSUPPORTED_TYPE: with_product(type_id="bundle"),
    Reason.UPDATE_OFF: with_policy(product_update=False, inventory_price_sync=False),
    Reason.PRODUCT_DELETED: deleted,
    Reason.PRODUCT_DISABLED: with_product(status="2"),
    Reason.NOT_IN_WEBSITE: with_product(website_ids=["2", "3"]),
    Reason.NOT_VISIBLE_INDIVIDUALLY: with_product(visibility="1"),
    Reason.NO_LISTING_TEMPLATE_MATCHES: with_product(attribute_set_id="11"),
    Reason.UPLOAD_OFF: with_policy(product_upload=False),
    Reason.GONE_ON_TIKTOK: with_listing(tiktok_product_id="1729592969712207008", gone=True),
    Reason.EXISTED_BEFORE_UPLOAD: with_facts(),
    Reason.NEW_PRODUCT: seen_new,
    Reason.UPLOAD_REQUESTED: with_facts(asked=Asked.PERSON),
    Reason.BECAME_ELIGIBLE: with_listing(ineligible_since=NOON),
    Reason.TEMPLATE_CHANGED: with_facts(moved=True),
    Reason.SYNC_REQUESTED: with_facts(asked=Asked.PERSON),
    Reason.POLICY_CHANGED: with_facts(asked=Asked.POLICY),
    Reason.NOTHING_CHANGED: nothing_changed,
    Reason.NOT_ACCEPTED_YET: together(
        with_product(size="L"), with_listing(last_outcome=OutcomeKind.REJECTED)
    ),
    Reason.NO_OBSERVED_ATTRIBUTE_CHANGED: together(
        with_product(size="L"), with_policy(only_specific_attributes=True, observed_attributes=("color",))
    ),
    Reason.INVENTORY_PRICE_SYNC_OFF: together(
        with_product(price="31.00", quantity=17), with_policy(inventory_price_sync=False)
    ),
    Reason.OBSERVED_ATTRIBUTE_CHANGED: together(
        with_product(color="red"), with_policy(only_specific_attributes=True, observed_attributes=("color",))
    ),
    Reason.ATTRIBUTE_CHANGED: with_product(color="red"),
    Reason.FIRST_SEEN: with_facts(baseline=None),
}
"""The *when* of each row, as the change that it makes to a listed, or not listed, product that is as it was."""

ON_TIKTOK, NOT_ON_TIKTOK = facts(), facts(listing=not_listed())
NEVER = None

TABLE: list[tuple[int, Reason, Action | None, Action | None]] = [
    # row, reason, listed, not listed
    (1, Reason.STALE_EVENT, SKIP, SKIP),
    (2, Reason.OTHER_STORE_VIEW, SKIP, SKIP),
    (3, Reason.UNSUPPORTED_TYPE, SKIP, SKIP),
    (4, Reason.UPDATE_OFF, SKIP, NEVER),
    (5, Reason.PRODUCT_DELETED, TAKE_DOWN, SKIP),
    (6, Reason.PRODUCT_DISABLED, TAKE_DOWN, SKIP),
    (6, Reason.NOT_IN_WEBSITE, TAKE_DOWN, SKIP),
    (7, Reason.NOT_VISIBLE_INDIVIDUALLY, SKIP, SKIP),  # when hidden: keep
    (8, Reason.NO_LISTING_TEMPLATE_MATCHES, SKIP, SKIP),  # when unmatched: keep
    (9, Reason.UPLOAD_OFF, NEVER, SKIP),
    (9, Reason.GONE_ON_TIKTOK, NEVER, SKIP),
    (9, Reason.EXISTED_BEFORE_UPLOAD, NEVER, SKIP),
    (10, Reason.NEW_PRODUCT, NEVER, UPLOAD),
    (10, Reason.UPLOAD_REQUESTED, NEVER, UPLOAD),
    (11, Reason.BECAME_ELIGIBLE, SYNC, NEVER),
    (11, Reason.TEMPLATE_CHANGED, SYNC, NEVER),
    (12, Reason.SYNC_REQUESTED, SYNC, NEVER),
    (12, Reason.POLICY_CHANGED, SYNC, NEVER),
    (13, Reason.NOTHING_CHANGED, SKIP, NEVER),
    (14, Reason.NOT_ACCEPTED_YET, SYNC, NEVER),
    (15, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, SKIP, NEVER),
    (16, Reason.INVENTORY_PRICE_SYNC_OFF, SKIP, NEVER),
    (17, Reason.OBSERVED_ATTRIBUTE_CHANGED, SYNC, NEVER),
    (17, Reason.ATTRIBUTE_CHANGED, SYNC, NEVER),
    (17, Reason.FIRST_SEEN, SYNC, NEVER),
]
ROW = {reason: row for row, reason, _, _ in TABLE}
CATCH_ALL = {Reason.OBSERVED_ATTRIBUTE_CHANGED, Reason.ATTRIBUTE_CHANGED, Reason.FIRST_SEEN}


def told(decision: Decision) -> tuple[Action, Reason]:
    return decision.action, decision.reason


def attributes_of(decision: Decision) -> list[str]:
    return [change.attribute for change in decision.changes]


def test_every_reason_has_its_row_in_the_order_of_the_table() -> None:
    reasons = [reason for _, reason, _, _ in TABLE]
    assert sorted(reasons) == sorted(Reason)
    assert [row for row, *_ in TABLE] == sorted(row for row, *_ in TABLE)


@pytest.mark.parametrize(
    ("reason", "action"), [(reason, action) for _, reason, action, _ in TABLE if action is not NEVER]
)
def test_of_a_listed_product_the_row_says(reason: Reason, action: Action) -> None:
    assert told(decide(WHEN[reason](ON_TIKTOK))) == (action, reason)


@pytest.mark.parametrize(
    ("reason", "action"), [(reason, action) for _, reason, _, action in TABLE if action is not NEVER]
)
def test_of_a_product_that_is_not_listed_the_row_says(reason: Reason, action: Action) -> None:
    assert told(decide(WHEN[reason](NOT_ON_TIKTOK))) == (action, reason)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (earlier, later)
        for earlier, later in combinations(
            [reason for _, reason, on_tiktok, _ in TABLE if on_tiktok and reason not in CATCH_ALL], 2
        )
        if (earlier, later) != (Reason.UPDATE_OFF, Reason.SYNC_REQUESTED)  # a person's request passes row 4
        and (earlier, later) != (Reason.SYNC_REQUESTED, Reason.POLICY_CHANGED)  # one of the two asked
    ],
)
def test_of_two_rows_that_hold_for_a_listed_product_the_earlier_decides(
    earlier: Reason, later: Reason
) -> None:
    assert decide(WHEN[earlier](WHEN[later](ON_TIKTOK))).reason is earlier


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (earlier, later)
        for earlier, later in combinations([reason for _, reason, _, off in TABLE if off], 2)
        if not (later is Reason.UPLOAD_REQUESTED and ROW[earlier] >= 9)  # a person's request passes row 9
        and (earlier, later) != (Reason.EXISTED_BEFORE_UPLOAD, Reason.NEW_PRODUCT)  # new, or not
    ],
)
def test_of_two_rows_that_hold_for_one_that_is_not_listed_the_earlier_decides(
    earlier: Reason, later: Reason
) -> None:
    assert decide(WHEN[earlier](WHEN[later](NOT_ON_TIKTOK))).reason is earlier


# --- a person asks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (4, Reason.UPDATE_OFF),
        (13, Reason.NOTHING_CHANGED),
        (15, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED),
        (16, Reason.INVENTORY_PRICE_SYNC_OFF),
    ],
)
def test_a_request_by_a_person_syncs_a_listed_product_past(row: int, passed: Reason) -> None:
    held = WHEN[passed](ON_TIKTOK)
    assert decide(held).reason is passed
    assert told(decide(replace(held, asked=Asked.PERSON))) == (SYNC, Reason.SYNC_REQUESTED)


@pytest.mark.parametrize("passed", [Reason.UPLOAD_OFF, Reason.GONE_ON_TIKTOK, Reason.EXISTED_BEFORE_UPLOAD])
def test_a_request_by_a_person_uploads_past_row_9(passed: Reason) -> None:
    held = WHEN[passed](NOT_ON_TIKTOK)
    assert decide(held).reason is passed
    assert told(decide(replace(held, asked=Asked.PERSON))) == (UPLOAD, Reason.UPLOAD_REQUESTED)


@pytest.mark.parametrize("known", [ON_TIKTOK, NOT_ON_TIKTOK], ids=["listed", "not listed"])
@pytest.mark.parametrize(
    "never_passed",
    [
        Reason.PRODUCT_DELETED,
        Reason.PRODUCT_DISABLED,
        Reason.NOT_IN_WEBSITE,
        Reason.NOT_VISIBLE_INDIVIDUALLY,
    ],
)
@pytest.mark.parametrize("by", [None, AssignedBy.HAND], ids=["unassigned", "assigned by hand"])
def test_a_request_by_a_person_never_passes_rows_5_to_7(
    never_passed: Reason, known: Facts, by: AssignedBy | None
) -> None:
    assigned = with_listing(template="Shirts" if by else None, assigned_by=by)
    asked = WHEN[never_passed](assigned(replace(known, asked=Asked.PERSON)))
    assert decide(asked).reason is never_passed


@pytest.mark.parametrize(
    ("known", "then"),
    [
        (ON_TIKTOK, (SYNC, Reason.SYNC_REQUESTED)),
        (NOT_ON_TIKTOK, (UPLOAD, Reason.UPLOAD_REQUESTED)),
    ],
    ids=["listed", "not listed"],
)
def test_a_request_passes_row_8_only_where_a_template_is_assigned_by_hand(
    known: Facts, then: tuple[Action, Reason]
) -> None:
    unmatched = WHEN[Reason.NO_LISTING_TEMPLATE_MATCHES](replace(known, asked=Asked.PERSON))
    by_hand = with_listing(template="Shirts", assigned_by=AssignedBy.HAND)
    by_policy = with_listing(template="Shirts", assigned_by=AssignedBy.POLICY)
    assert decide(by_policy(unmatched)).reason is Reason.NO_LISTING_TEMPLATE_MATCHES
    assert told(decide(by_hand(unmatched))) == then


def test_without_a_request_an_assignment_by_hand_does_not_stand_in_for_the_query() -> None:
    by_hand = with_listing(template="Shirts", assigned_by=AssignedBy.HAND)
    unmatched = WHEN[Reason.NO_LISTING_TEMPLATE_MATCHES](by_hand(ON_TIKTOK))
    assert decide(unmatched).reason is Reason.NO_LISTING_TEMPLATE_MATCHES


def test_a_changed_policy_asks_for_less_than_a_person() -> None:
    by_policy = replace(ON_TIKTOK, asked=Asked.POLICY)
    assert decide(WHEN[Reason.UPDATE_OFF](by_policy)).reason is Reason.UPDATE_OFF
    assert decide(replace(NOT_ON_TIKTOK, asked=Asked.POLICY)).reason is Reason.EXISTED_BEFORE_UPLOAD


# --- the merchant's own example ----------------------------------------------------------------------------------


def test_color_is_observed_size_and_quantity_are_not() -> None:
    observing_color = policy(only_specific_attributes=True, observed_attributes=("color",))
    shirt, baseline = product(), dict(SHIRT)
    decisions = []
    for save in ({"color": "red"}, {"size": "L"}, {"quantity": 3}, {"color": "green"}):
        shirt = having(shirt, **save)
        decision = decide(facts(policy=observing_color, product=shirt, baseline=baseline))
        if decision.is_due:
            baseline = dict(shirt.attributes)
        decisions.append((*told(decision), attributes_of(decision)))
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
def test_a_change_in_an_observed_attribute_sets_off_the_whole_sync(
    observed: tuple[str, ...] | None, saved: dict[str, Any], then: Action
) -> None:
    specific = policy(only_specific_attributes=observed is not None, observed_attributes=observed or ())
    assert decide(facts(policy=specific, product=product(**saved))).action is then


def test_a_selection_is_kept_and_ignored_while_the_switch_is_off() -> None:
    switch_off = policy(only_specific_attributes=False, observed_attributes=("color",))
    assert told(decide(facts(policy=switch_off, product=product(size="L")))) == (
        SYNC,
        Reason.ATTRIBUTE_CHANGED,
    )


def test_an_observed_price_sets_off_the_sync_whatever_inventory_price_sync_says() -> None:
    observing = policy(
        inventory_price_sync=False, only_specific_attributes=True, observed_attributes=("price",)
    )
    assert decide(facts(policy=observing, product=product(price="31.00"))).action is SYNC


def test_a_decision_names_the_attributes_old_and_new() -> None:
    (change,) = decide(facts(product=product(color="red"))).changes
    assert (change.attribute, change.old, change.new) == ("color", "blue", "red")


# --- what is compared --------------------------------------------------------------------------------------------


def test_red_blue_red_is_two_changes_when_both_were_seen() -> None:
    to_red, back = facts(product=product(color="red")), facts(baseline={**SHIRT, "color": "red"})
    assert [decide(to_red).action, decide(back).action] == [SYNC, SYNC]


def test_a_filtered_change_is_seen_at_the_next_event() -> None:
    hidden = facts(product=product(color="red", visibility="1"))
    shown = facts(product=product(color="red"))
    assert decide(hidden).action is SKIP
    assert attributes_of(decide(shown)) == ["color"]


def test_without_a_baseline_the_events_own_original_values_are_compared() -> None:
    original = {"color": "blue", "price": "29.000000"}
    assert decide(facts(baseline=None, original=original)).reason is Reason.NOTHING_CHANGED
    red = decide(facts(baseline=None, original=original, product=product(color="red", size="L")))
    assert attributes_of(red) == ["color"]


def test_original_values_that_are_empty_say_that_all_of_it_is_new() -> None:
    assert decide(facts(baseline=None, original={})).reason is Reason.FIRST_SEEN


@pytest.mark.parametrize("outcome", sorted(OutcomeKind))
def test_only_a_refusal_lets_an_unobserved_change_through(outcome: OutcomeKind) -> None:
    refusals = {"audit_failed", "rejected", "refused_here", "two_listings_on_tiktok", "dead_lettered"}
    unobserved = WHEN[Reason.NO_OBSERVED_ATTRIBUTE_CHANGED](facts(listing=listed(last_outcome=outcome)))
    assert decide(unobserved).action is (SYNC if outcome.value in refusals else SKIP)


# --- product update off, and uploads -----------------------------------------------------------------------------


def test_with_product_update_off_an_unfinished_upload_still_follows_its_changes() -> None:
    unfinished = facts(
        policy=policy(product_update=False, inventory_price_sync=False),
        listing=listed(first_audit=FirstAudit.RUNNING),
        product=product(color="red"),
    )
    assert told(decide(unfinished)) == (SYNC, Reason.ATTRIBUTE_CHANGED)


def test_a_product_whose_first_audit_failed_goes_up_again_with_its_next_event() -> None:
    failed = facts(listing=listed(first_audit=FirstAudit.FAILED), product=new(product()))
    assert told(decide(failed)) == (UPLOAD, Reason.NEW_PRODUCT)


@pytest.mark.parametrize("type_id", ["simple", None])
def test_a_simple_product_and_one_of_unknown_type_are_followed(type_id: str | None) -> None:
    assert decide(facts(product=product(type_id=type_id, color="red"))).action is SYNC


@pytest.mark.parametrize("type_id", ["virtual", "bundle", "grouped", "downloadable", "giftcard"])
def test_other_types_are_not_followed(type_id: str) -> None:
    assert decide(facts(product=product(type_id=type_id))).reason is Reason.UNSUPPORTED_TYPE


# --- when a listed product leaves --------------------------------------------------------------------------------

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
    assert told(decide(leaving)) == (SKIP if how == "keep" else TAKE_DOWN, reason)


@pytest.mark.parametrize(("switch", "default"), [(switch, ways[0]) for switch, _, ways in LEAVING])
def test_what_a_policy_does_when_it_says_nothing(switch: str, default: str) -> None:
    assert getattr(policy(), switch) == default


def test_a_product_that_is_back_is_synced_even_if_nothing_else_changed() -> None:
    back = facts(listing=listed(ineligible_since=NOON, ineligible_reason="product_disabled"))
    assert told(decide(back)) == (SYNC, Reason.BECAME_ELIGIBLE)


def test_any_templates_query_will_do() -> None:
    trousers, shirts = template("Trousers", is_("attribute_set_id", "10")), template("Shirts")
    assert decide(facts(templates=(trousers, shirts), product=product(color="red"))).action is SYNC
    assert decide(facts(templates=(trousers,))).reason is Reason.NO_LISTING_TEMPLATE_MATCHES
