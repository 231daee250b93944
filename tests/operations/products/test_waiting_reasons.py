"""What a queued sync waits for: the first sentence that applies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from operations.products.waiting_reasons import waits_for
from records.catalog.sync_queue import QueueRow
from tests.policies.examples import at, listed, policy

IN_THE_QUEUE = QueueRow(7, "demo", 1, False, 2, at(-5), at(-5), 0, None, None, False, False)


def row(**value: Any) -> QueueRow:
    return replace(IN_THE_QUEUE, **value)


def waits(fields: QueueRow, **facts: Any) -> str:
    usual: dict[str, Any] = {"policy": policy(), "listing": listed(), "stopped": None, "now": at(0)}
    values_by_name = {**usual, **facts}
    return waits_for(fields, values_by_name.pop("policy"), values_by_name.pop("listing"), **values_by_name)


EVERYTHING: dict[str, Any] = {"lease_until": at(20), "tries": 2, "due_at": at(60)}
STOPPED = "TikTok refuses the token"


@pytest.mark.parametrize(
    ("fields", "facts", "sentence"),
    [
        (
            row(**EVERYTHING),
            {"policy": policy(paused=True), "stopped": STOPPED},
            "its synchronization policy 'Default' is paused",
        ),
        (
            row(**EVERYTHING),
            {"stopped": STOPPED},
            "sync stopped for its shop (TikTok refuses the token); see m2t doctor",
        ),
        (row(**EVERYTHING), {}, "it is being synced now"),
        (
            row(**{**EVERYTHING, "lease_until": at(0)}),
            {},
            "2 attempts failed; the next one is due 2026-11-24 12:01:00 UTC",
        ),
        (row(tries=1, due_at=at(60)), {}, "1 attempt failed; the next one is due 2026-11-24 12:01:00 UTC"),
        (row(), {}, "the consumer will sync it next (if it does not, run m2t doctor)"),
        (
            row(due_at=at(60)),
            {"listing": listed(audit_since=at(-30)), "price_changes_at": at(60)},
            "TikTok's audit has been running since 2026-11-24 11:59:30 UTC; "
            "the next check is due 2026-11-24 12:01:00 UTC",
        ),
        (
            row(due_at=at(60)),
            {"listing": listed(audit_since=at(-30), pre_approved="RESTRICTED_CATEGORY_PENDING")},
            "TikTok waits for your permission (Qualification Center); "
            "the next check is due 2026-11-24 12:01:00 UTC",
        ),
        (
            row(due_at=at(60)),
            {"listing": listed(audit_since=at(-30), pre_approved="KYC_PENDING")},
            "TikTok waits for the verification of your seller account; "
            "the next check is due 2026-11-24 12:01:00 UTC",
        ),
        (row(due_at=at(60)), {"price_changes_at": at(60)}, "its price changes at 2026-11-24 12:01:00 UTC"),
        (
            row(due_at=at(60)),
            {"price_changes_at": at(90)},
            "TikTok does not accept it yet; the next check is due 2026-11-24 12:01:00 UTC",
        ),
    ],
)
def test_a_pending_sync_says_what_it_waits_for(
    fields: QueueRow, facts: dict[str, Any], sentence: str
) -> None:
    assert waits(fields, **facts) == sentence
