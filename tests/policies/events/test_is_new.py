"""Whether a product is new: by the event's own field, else by the dates, else by the event's origin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from policies.events.is_new import is_new
from schemas.product_event import Origin
from tests.policies.examples import NOON, at, saved

BEFORE, SAME_SECOND, AFTER = "2026-11-24 11:59:59", "2026-11-24 12:00:00", "2026-11-24 12:00:01"


@pytest.mark.parametrize(
    ("fields", "upload_on_since", "new"),
    [
        # the event's own field comes first
        ({"is_new": True, "attributes": {"created_at": BEFORE}}, NOON, True),
        # an imported product whose first webhook was lost was created since, whatever its next save says
        ({"is_new": False, "attributes": {"created_at": AFTER}}, NOON, True),
        ({"is_new": False, "attributes": {"created_at": BEFORE}}, NOON, False),
        ({"is_new": False}, NOON, False),
        ({"is_new": True, "origin": Origin.SWEEP}, None, True),
        # then the date of creation, compared with when Product Upload was last switched on
        ({"attributes": {"created_at": AFTER}}, NOON, True),
        ({"attributes": {"created_at": SAME_SECOND}}, NOON, True),
        ({"attributes": {"created_at": SAME_SECOND}}, at(0.7), True),  # Magento tells whole seconds
        ({"attributes": {"created_at": BEFORE}}, NOON, False),
        ({"attributes": {"created_at": AFTER}, "origin": Origin.SWEEP}, NOON, True),
        # else the event's origin
        ({}, NOON, True),
        ({"attributes": {"created_at": BEFORE}}, None, True),
        ({"attributes": {"created_at": "yesterday"}}, NOON, True),
        ({"origin": Origin.REPLAY}, NOON, True),
        ({"origin": Origin.SWEEP}, NOON, False),
        ({"origin": Origin.READ}, NOON, False),
        # the form value in the body is not used
        ({"attributes": {"is_new": "1"}, "origin": Origin.SWEEP}, NOON, False),
        ({"attributes": {"is_new": "0"}}, NOON, True),
    ],
)
def test_when_a_product_is_new(fields: dict[str, Any], upload_on_since: datetime | None, new: bool) -> None:
    assert is_new(saved(**fields), upload_on_since) is new
