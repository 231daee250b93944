"""The parts of a plan that tests compare, and the listing after it was carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import strategies as st

from schemas.listing import Listing, ListingStatus
from schemas.listing_template import ListingTemplate
from tests.tiktok.examples import (
    SKU,
    SKU_ID,
    as_tiktok_returns_it,
    product,
    shop,
    template,
    wanted,
    wanted_or_refused,
)
from tiktok.listing.desired_listing import WantedListing
from tiktok.listing.remote_product import Ownership
from tiktok.listing.sync_plan import Call, Operation, Plan, after, create_call

PARTIAL_EDIT, EDIT, PRICE, INVENTORY = (
    Operation.PARTIAL_EDIT,
    Operation.EDIT,
    Operation.PRICE,
    Operation.INVENTORY,
)
ACTIVATE, DEACTIVATE, DELETE, RECOVER = (
    Operation.ACTIVATE,
    Operation.DEACTIVATE,
    Operation.DELETE,
    Operation.RECOVER,
)
NOT_LIVE = [
    status for status in ListingStatus if status not in (ListingStatus.ACTIVATE, ListingStatus.FREEZE)
]


def operations(planned: Plan) -> list[Operation]:
    return [call.operation for call in planned.calls]


def body(call: Call) -> Any:
    return orjson.loads(call.body)


def carried_out(found: Listing, planned: Plan) -> Listing:
    """Return the listing after every call of the plan was accepted."""
    for call in planned.calls:
        found = replace(found, last_sent=after(found.last_sent, call.sends))
    return found


def of_template(listing_template: ListingTemplate) -> WantedListing:
    found = wanted_or_refused(product(), listing_template, shop())
    assert isinstance(found, WantedListing)
    return found


saves = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Linen shirt", "Shirt"]),
        "price": st.sampled_from(["29.00", "31.00", 9]),
        "quantity": st.integers(-1, 40),
        "color": st.sampled_from(["49", "50", None]),
        "size": st.sampled_from(["M", "L", ""]),
    },
)
"""Attributes that a save of the shirt may contain."""


OURS = Ownership(SKU, frozenset({SKU_ID}), template())


def document(**value: Any) -> dict[str, Any]:
    """Return the data of *Get Product* of the shirt, with these fields in place of its own."""
    return {**as_tiktok_returns_it(create_call(wanted(), "key-1").body), **value}
