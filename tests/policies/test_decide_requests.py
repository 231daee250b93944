"""The rows that a request by a person passes, and those that it never passes."""

from __future__ import annotations

import pytest

from policies.case import Case
from policies.decision import Action
from policies.product_context import RequestedBy
from policies.reasons import Reason
from policies.rules import decide
from schemas.listing import AssignedBy
from tests.policies.decision_rows import (
    NOT_ON_TIKTOK,
    ON_TIKTOK,
    SYNC,
    UPLOAD,
    WHEN,
    action_and_reason,
    with_listing,
)
from tests.policies.examples import vary


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
    found = WHEN[passed](ON_TIKTOK)
    assert decide(found).reason is passed
    assert action_and_reason(decide(vary(found, requested_by=RequestedBy.PERSON))) == (
        SYNC,
        Reason.SYNC_REQUESTED,
    )


@pytest.mark.parametrize("passed", [Reason.UPLOAD_OFF, Reason.GONE_ON_TIKTOK, Reason.EXISTED_BEFORE_UPLOAD])
def test_a_request_by_a_person_uploads_past_row_9(passed: Reason) -> None:
    found = WHEN[passed](NOT_ON_TIKTOK)
    assert decide(found).reason is passed
    assert action_and_reason(decide(vary(found, requested_by=RequestedBy.PERSON))) == (
        UPLOAD,
        Reason.UPLOAD_REQUESTED,
    )


@pytest.mark.parametrize("example", [ON_TIKTOK, NOT_ON_TIKTOK], ids=["listed", "not listed"])
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
    never_passed: Reason, example: Case, by: AssignedBy | None
) -> None:
    assigned = with_listing(template="Shirts" if by else None, assigned_by=by)
    requested = WHEN[never_passed](assigned(vary(example, requested_by=RequestedBy.PERSON)))
    assert decide(requested).reason is never_passed


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        (ON_TIKTOK, (SYNC, Reason.SYNC_REQUESTED)),
        (NOT_ON_TIKTOK, (UPLOAD, Reason.UPLOAD_REQUESTED)),
    ],
    ids=["listed", "not listed"],
)
def test_a_request_passes_row_8_only_where_a_template_is_assigned_by_hand(
    example: Case, expected: tuple[Action, Reason]
) -> None:
    unmatched = WHEN[Reason.NO_LISTING_TEMPLATE_MATCHES](vary(example, requested_by=RequestedBy.PERSON))
    by_hand = with_listing(template="Shirts", assigned_by=AssignedBy.HAND)
    by_policy = with_listing(template="Shirts", assigned_by=AssignedBy.POLICY)
    assert decide(by_policy(unmatched)).reason is Reason.NO_LISTING_TEMPLATE_MATCHES
    assert action_and_reason(decide(by_hand(unmatched))) == expected


def test_without_a_request_an_assignment_by_hand_does_not_replace_the_query() -> None:
    by_hand = with_listing(template="Shirts", assigned_by=AssignedBy.HAND)
    unmatched = WHEN[Reason.NO_LISTING_TEMPLATE_MATCHES](by_hand(ON_TIKTOK))
    assert decide(unmatched).reason is Reason.NO_LISTING_TEMPLATE_MATCHES


def test_a_changed_policy_passes_fewer_rows_than_a_person() -> None:
    by_policy = vary(ON_TIKTOK, requested_by=RequestedBy.POLICY)
    assert decide(WHEN[Reason.UPDATE_OFF](by_policy)).reason is Reason.UPDATE_OFF
    assert decide(vary(NOT_ON_TIKTOK, requested_by=RequestedBy.POLICY)).reason is Reason.EXISTED_BEFORE_UPLOAD
