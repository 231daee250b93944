"""Whether a product is new: by the event's own field, else by the dates, else by the event's origin."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from policies.events.is_new import is_new
from schemas.product import DEFAULT_LAYER, Mark, Product
from schemas.product_event import EventKind, Origin
from tests.policies.examples import NOON, at, saved

BEFORE, SAME_SECOND, AFTER = "2026-11-24 11:59:59", "2026-11-24 12:00:00", "2026-11-24 12:00:01"

NEVER_SEEN = Product(shop="demo", sku="SHIRT-M")


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
    assert is_new(saved(**fields), NEVER_SEEN, upload_on_since) is new


PARTLY_KNOWN = Product(shop="demo", sku="SHIRT-M", default={"status": "1"}, marks={"status": Mark(at(-9))})
MADE_LATELY, LONG_AGO = (
    replace(PARTLY_KNOWN, default={"created_at": created}) for created in (AFTER, BEFORE)
)
WHOLE = replace(PARTLY_KNOWN, marks={DEFAULT_LAYER: Mark(at(-9))})


@pytest.mark.parametrize(
    ("fields", "before", "new"),
    [
        # before the first full state each save may decide it
        ({}, PARTLY_KNOWN, True),
        ({"is_new": True}, PARTLY_KNOWN, True),
        ({"is_new": False}, PARTLY_KNOWN, False),
        ({"origin": Origin.SWEEP}, PARTLY_KNOWN, False),
        ({"attributes": {"created_at": BEFORE}}, PARTLY_KNOWN, False),
        ({}, LONG_AGO, False),
        ({}, MADE_LATELY, True),
        # a later save does not take it back, unless it has the date
        ({"is_new": False}, replace(PARTLY_KNOWN, is_new=True), True),
        ({"origin": Origin.READ}, replace(PARTLY_KNOWN, is_new=True), True),
        ({}, replace(LONG_AGO, is_new=True), True),
        ({"attributes": {"created_at": BEFORE}}, replace(PARTLY_KNOWN, is_new=True), False),
        # after the first full state, and by other events, nothing is decided
        ({"is_new": True}, WHOLE, False),
        ({"is_new": False}, replace(WHOLE, is_new=True), True),
        ({"attributes": {"created_at": AFTER}}, WHOLE, False),
        ({"kind": EventKind.STOCK_CHANGED}, NEVER_SEEN, False),
        ({"kind": EventKind.ATTRIBUTES_UPDATED}, NEVER_SEEN, False),
        ({"kind": EventKind.WEBSITES_CHANGED}, replace(PARTLY_KNOWN, is_new=True), True),
    ],
)
def test_it_is_decided_until_the_product_is_known_whole(
    fields: dict[str, Any], before: Product, new: bool
) -> None:
    assert is_new(saved(**fields), before, NOON) is new
