"""A product with a gate that is not understood is held, and the merchant reads which one and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.case import Case
from policies.decision import Action
from policies.messages import unread_sentence
from policies.product_context import RequestedBy
from policies.reasons import Reason
from policies.rules import decide
from policies.standing import Live, standing
from policies.unread_gates import unread_gates
from schemas.attributes import shown
from schemas.listing import Listing
from schemas.product import Product
from tests.policies.examples import case, listed, not_listed, policy, product

SAYS = "Save the product in Magento, or correct what sends its webhooks."


def without(code: str) -> Product:
    shirt = product()
    return replace(shirt, default={name: value for name, value in shirt.default.items() if name != code})


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("status", "Aktiviert"),
        ("status", 7),
        ("visibility", "somewhere"),
        ("website_ids", "base"),
        ("website_ids", ["base"]),
        ("website_ids", [True]),
        ("website_ids", [{"website_id": 2}]),
        ("website_ids", [None]),
        ("stock_status", ""),
        ("type_id", ["configurable"]),
        ("type_id", ""),
    ],
)
def test_a_gate_that_is_not_understood_holds_the_product_listed_or_not(code: str, value: Any) -> None:
    shirt = product(**{code: value})
    for example in (case(product=shirt), case(product=shirt, listing=not_listed())):
        assert (decide(example).action, decide(example).reason) == (Action.SKIP, Reason.UNREAD_GATE)
    assert unread_sentence(shirt).startswith(f"Held: {code} {shown(value)} is not a ")
    assert unread_sentence(shirt).endswith(SAYS)


@pytest.mark.parametrize("code", ["status", "visibility", "website_ids"])
def test_a_gate_that_was_never_sent_holds_what_is_not_on_tiktok_yet(code: str) -> None:
    shirt = without(code)
    assert reason_of(case(product=shirt, listing=not_listed())) is Reason.UNREAD_GATE
    assert reason_of(case(product=shirt)) is not Reason.UNREAD_GATE
    assert unread_sentence(shirt) == f"Held: Magento has not sent {code}. {SAYS}"


@pytest.mark.parametrize("shirt", [product(visibility="somewhere"), without("visibility")])
@pytest.mark.parametrize("listing", [listed(), not_listed()])
def test_with_products_not_visible_individually_synced_visibility_is_no_gate(
    shirt: Product, listing: Listing
) -> None:
    shows_hidden = policy(sync_not_visible_individually=True)
    assert reason_of(case(product=shirt, listing=listing, policy=shows_hidden)) is not Reason.UNREAD_GATE


@pytest.mark.parametrize("code", ["stock_status", "type_id"])
def test_a_stock_status_or_type_that_was_never_sent_is_no_gate(code: str) -> None:
    assert reason_of(case(product=without(code), listing=not_listed())) is not Reason.UNREAD_GATE


def reason_of(example: Case) -> Reason:
    return decide(example).reason


UNREADABLE = st.sampled_from(
    ["Aktiviert", "maybe", "1,2", "base", -7, 1.5, {"id": "base"}, [{"id": 2}], [None]]
)
READABLE = {
    "status": st.sampled_from(["1", 2, True, "Enabled", "0"]),
    "visibility": st.sampled_from(["4", 1, "Catalog, Search", 2]),
    "website_ids": st.sampled_from([["1"], {"1": "1"}, [1, 2], ["2"], []]),
    "stock_status": st.sampled_from(["1", 0, "IN_STOCK", False]),
}
LISTINGS = st.sampled_from([not_listed(), listed(), not_listed(gone=True), not_listed(template="Shirts")])
SWITCHES = st.fixed_dictionaries(
    dict.fromkeys(("product_upload", "product_assign", "sync_not_visible_individually"), st.booleans())
)


@given(
    st.fixed_dictionaries(READABLE),
    st.dictionaries(st.sampled_from(sorted(READABLE)), UNREADABLE, min_size=1),
    LISTINGS,
    SWITCHES,
    st.none() | st.sampled_from(RequestedBy),
    st.booleans(),
)
def test_a_product_with_a_gate_that_is_not_understood_is_never_uploaded_or_synced(
    readable: dict[str, Any],
    unreadable: dict[str, Any],
    listing: Listing,
    switches: dict[str, bool],
    requested_by: RequestedBy | None,
    is_new: bool,
) -> None:
    shirt = replace(product(**{**readable, **unreadable}), is_new=is_new)
    assert unreadable.keys() == unread_gates(shirt).keys()
    example = case(product=shirt, listing=listing, policy=policy(**switches), requested_by=requested_by)
    assert decide(example).action not in (Action.UPLOAD, Action.SYNC)
    assert not isinstance(standing(example.context, example.rulebook), Live)
