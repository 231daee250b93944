"""The decision table: each row alone, and the earlier of each two rows."""

from __future__ import annotations

from itertools import combinations

import pytest

from policies.decision import Action
from policies.reasons import Reason
from policies.rules import decide
from tests.policies.decision_rows import (
    NEVER,
    NOT_ON_TIKTOK,
    ON_TIKTOK,
    SKIP,
    SYNC,
    TAKE_DOWN,
    UPLOAD,
    WHEN,
    action_and_reason,
)

TABLE: list[tuple[int, Reason, Action | None, Action | None]] = [
    # row, reason, listed, not listed
    (1, Reason.STALE_EVENT, SKIP, SKIP),
    (2, Reason.OTHER_STORE_VIEW, SKIP, SKIP),
    (4, Reason.UPDATE_OFF, SKIP, NEVER),
    (5, Reason.PRODUCT_DELETED, TAKE_DOWN, SKIP),
    (6, Reason.PRODUCT_DISABLED, TAKE_DOWN, SKIP),
    (6, Reason.NOT_IN_WEBSITE, TAKE_DOWN, SKIP),
    (7, Reason.NOT_VISIBLE_INDIVIDUALLY, SKIP, SKIP),  # when hidden: keep
    (7, Reason.UNREAD_GATE, SKIP, SKIP),
    (8, Reason.NO_LISTING_TEMPLATE_MATCHES, SKIP, SKIP),  # when unmatched: keep
    (8, Reason.UNSUPPORTED_TYPE, TAKE_DOWN, SKIP),
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


def test_every_reason_has_its_row_in_the_order_of_the_table() -> None:
    reasons = [reason for _, reason, _, _ in TABLE]
    assert sorted(reasons) == sorted(Reason)
    assert [row for row, *_ in TABLE] == sorted(row for row, *_ in TABLE)


@pytest.mark.parametrize(
    ("reason", "action"), [(reason, action) for _, reason, action, _ in TABLE if action is not NEVER]
)
def test_of_a_listed_product_the_row_says(reason: Reason, action: Action) -> None:
    assert action_and_reason(decide(WHEN[reason](ON_TIKTOK))) == (action, reason)


@pytest.mark.parametrize(
    ("reason", "action"), [(reason, action) for _, reason, _, action in TABLE if action is not NEVER]
)
def test_of_a_product_that_is_not_listed_the_row_says(reason: Reason, action: Action) -> None:
    assert action_and_reason(decide(WHEN[reason](NOT_ON_TIKTOK))) == (action, reason)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (first, second)
        for first, second in combinations(
            [reason for _, reason, on_tiktok, _ in TABLE if on_tiktok and reason not in CATCH_ALL], 2
        )
        if (first, second) != (Reason.UPDATE_OFF, Reason.SYNC_REQUESTED)  # a person's request passes row 4
        and (first, second) != (Reason.SYNC_REQUESTED, Reason.POLICY_CHANGED)  # one of the two asked
    ],
)
def test_of_two_rows_that_hold_for_a_listed_product_the_earlier_decides(
    first: Reason, second: Reason
) -> None:
    assert decide(WHEN[first](WHEN[second](ON_TIKTOK))).reason is first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (first, second)
        for first, second in combinations([reason for _, reason, _, off in TABLE if off], 2)
        if not (second is Reason.UPLOAD_REQUESTED and ROW[first] >= 9)  # a person's request passes row 9
        and (first, second) != (Reason.EXISTED_BEFORE_UPLOAD, Reason.NEW_PRODUCT)  # new, or not
    ],
)
def test_of_two_rows_that_hold_for_an_unlisted_product_the_earlier_decides(
    first: Reason, second: Reason
) -> None:
    assert decide(WHEN[first](WHEN[second](NOT_ON_TIKTOK))).reason is first
