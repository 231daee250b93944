"""What was rejected before and is not sent again keeps saying who rejected it: TikTok, or a check before the call."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.delivery.end_of_sync import unchanged
from schemas.listing import OutcomeKind, Part
from tests.policies.examples import listed
from tests.tiktok.examples import listing, wanted
from tiktok.listing.sync_plan import Plan, plan


@pytest.mark.parametrize(
    ("here", "parts", "kind"),
    [
        ([Part.CONTENT], [Part.CONTENT], OutcomeKind.REFUSED_HERE),
        ([], [Part.CONTENT], OutcomeKind.REJECTED),
        ([Part.CONTENT], [Part.CONTENT, Part.PRICE], OutcomeKind.REJECTED),
        ([Part.PRICE], [Part.CONTENT], OutcomeKind.REJECTED),
        # TikTok's audit failed, and nothing is withheld
        ([Part.CONTENT], [], OutcomeKind.REJECTED),
    ],
)
@pytest.mark.parametrize("last", [OutcomeKind.REJECTED, OutcomeKind.REFUSED_HERE, OutcomeKind.ACCEPTED])
def test_the_kind_is_that_of_the_withheld_parts_and_not_of_the_last_outcome(
    here: list[Part], parts: list[Part], kind: OutcomeKind, last: OutcomeKind
) -> None:
    before = listed(last_outcome=last, refused={Part.CONTENT: "c" * 64, Part.PRICE: "p" * 64})
    for part in here:
        before = before.with_refused(part, before.refused[part], here=True)
    assert unchanged(before, parts).kind is kind


@pytest.mark.parametrize("here", [True, False])
def test_either_is_withheld_until_it_changes(here: bool) -> None:
    saved: dict[str, Any] = {"name": "Shirt"}
    (refused,) = plan(wanted(**saved), listing(), inventory_price_sync=True).calls
    before = listing().with_refused(Part.CONTENT, refused.digest, here=here)
    assert plan(wanted(**saved), before, inventory_price_sync=True) == Plan(withheld=(Part.CONTENT,))
    assert plan(wanted(name="Blouse"), before, inventory_price_sync=True).withheld == ()
