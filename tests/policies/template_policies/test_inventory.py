"""Inventory policies: the quantity that is sent to TikTok."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.template_policies.inventory import (
    StockLevel,
    lints,
    merged_sources,
    sent,
    stock_level,
    unsent_stock,
)
from schemas.attributes import NOT_RECEIVED
from schemas.inventory_policy import MOST_PIECES, InventoryPolicy, InventoryPolicySchema
from tests.policies.examples import product


def policy(**settings: Any) -> InventoryPolicy:
    """Return the policy of a document with these settings."""
    made: InventoryPolicy = InventoryPolicySchema().load({"title": "Careful", **settings})
    return made


def quantity_sent(settings: dict[str, Any], **attributes: Any) -> int | None:
    found = stock_level(product(**attributes), policy(**settings))
    return None if found is None else found.sent


THRESHOLD = {"threshold": 10, "above": 20, "below": 2}
MORE = {**THRESHOLD, "may_send_more_than_available": True}


@pytest.mark.parametrize(
    ("settings", "quantity", "pieces_sent"),
    [
        ({}, 18, 18),
        ({"buffer": 5}, 18, 13),
        ({"buffer": 5}, "18.9000", 13),
        ({"buffer": 5}, 5, 0),
        ({"buffer": 5}, 3, 0),
        ({"buffer": 5}, -3, 0),
        (MORE, 100, 20),
        (MORE, 11, 20),
        (MORE, 10, 10),
        (MORE, "10.9", 10),
        (MORE, 9, 2),
        (MORE, 1, 2),
        (MORE, 0, 2),
        (THRESHOLD, 100, 20),
        (THRESHOLD, 11, 11),
        (THRESHOLD, 10, 10),
        (THRESHOLD, 9, 2),
        (THRESHOLD, 1, 1),
        (THRESHOLD, 0, 0),
        ({**THRESHOLD, "buffer": 5}, 18, 13),
        ({**THRESHOLD, "buffer": 5}, 15, 10),
        ({**THRESHOLD, "buffer": 5}, 14, 2),
        ({"maximum": 7}, 18, 7),
        ({"maximum": 7}, 3, 3),
        ({**MORE, "maximum": 15}, 11, 15),
        ({}, 1_000_000, MOST_PIECES),
        ({"buffer": 1}, "1e999999", MOST_PIECES),
        ({}, None, None),
        ({}, "some", None),
    ],
)
def test_the_pieces_sent(settings: dict[str, Any], quantity: Any, pieces_sent: int | None) -> None:
    assert quantity_sent(settings, quantity=quantity) == pieces_sent


SOURCE_ITEMS = [
    {"source_code": "berlin", "quantity": "12.0000", "status": 1},
    {"source_code": "paris", "quantity": 4, "status": 0},
]


@pytest.mark.parametrize(
    ("settings", "attributes", "pieces_sent"),
    [
        ({"source": "stock_item"}, {"quantity": 18, "salable_quantity": 7}, 18),
        ({"source": "salable_quantity"}, {"quantity": 18, "salable_quantity": 7}, 7),
        ({"source": "salable_quantity"}, {"quantity": 18}, None),
        ({"source": "msi", "source_code": "berlin"}, {"source_items": SOURCE_ITEMS}, 12),
        ({"source": "msi", "source_code": "paris"}, {"source_items": SOURCE_ITEMS}, 0),  # out of stock there
        (
            {"source": "msi", "source_code": "rome"},
            {"source_items": SOURCE_ITEMS},
            None,
        ),  # says nothing of it
        ({"source": "msi", "source_code": " Berlin"}, {"source_items": SOURCE_ITEMS}, 12),
        (
            {"source": "msi", "source_code": "berlin"},
            {"source_items": [{"source_code": "BERLIN ", "quantity": 4}]},
            4,
        ),
        (
            {"source": "msi", "source_code": "berlin"},
            {"source_items": [{"source_code": "berlin", "quantity": "some"}]},
            None,
        ),
        (
            {"source": "msi", "source_code": "berlin"},
            {"source_items": [{"source_code": "berlin", "quantity": 4, "status": "perhaps"}]},
            None,
        ),
        (
            {"source": "msi", "source_code": "berlin"},
            {"source_items": [{"source_code": "berlin", "quantity": 4, "status": "Out of Stock"}]},
            0,
        ),
        ({"source": "msi", "source_code": "rome"}, {}, None),
        ({"source": "attribute", "attribute": "tiktok_qty"}, {"tiktok_qty": "3"}, 3),
        ({"source": "attribute", "attribute": "tiktok_qty"}, {}, None),
    ],
)
def test_the_source(settings: dict[str, Any], attributes: dict[str, Any], pieces_sent: int | None) -> None:
    assert quantity_sent(settings, **attributes) == pieces_sent


DEFAULT_SOLD_OUT = [
    {"source_code": "default", "quantity": 0, "status": 0},
    {"source_code": "Berlin", "quantity": 12, "status": 1},
]


@pytest.mark.parametrize(
    ("source_code", "sources", "stock_status", "pieces_sent"),
    [
        ("berlin", DEFAULT_SOLD_OUT, 0, 12),
        ("default", DEFAULT_SOLD_OUT, 0, 0),
        ("Default ", [{"source_code": "default", "quantity": 5, "status": 1}], "0", 0),
        ("berlin", [{"source_code": "berlin", "quantity": 12, "status": 0}], 1, 0),
        ("rome", DEFAULT_SOLD_OUT, 0, 0),
        ("berlin", [{"source_code": "berlin", "quantity": 12}], 0, 0),
    ],
)
def test_a_source_has_a_status_of_its_own_and_the_stock_items_is_that_of_the_default_source(
    source_code: str, sources: list[dict[str, Any]], stock_status: Any, pieces_sent: int
) -> None:
    settings = {"source": "msi", "source_code": source_code}
    assert quantity_sent(settings, source_items=sources, stock_status=stock_status) == pieces_sent


@pytest.mark.parametrize(
    ("settings", "attributes", "pieces_sent"),
    [
        ({"default_quantity": 100}, {"quantity": 18, "manage_stock": "1"}, 18),
        ({"default_quantity": 100}, {"quantity": 0, "manage_stock": "0"}, 100),
        ({"default_quantity": 100}, {"quantity": 0, "manage_stock": False, "stock_status": "0"}, 100),
        ({"default_quantity": 100}, {"quantity": None, "manage_stock": False}, 100),
        ({"default_quantity": 100, "buffer": 5}, {"manage_stock": False}, 95),
        ({"default_quantity": 100, **THRESHOLD}, {"manage_stock": False}, 20),
        ({"default_quantity": 100}, {"quantity": 3}, 3),  # never received: it counts as managed
        ({}, {"quantity": 3, "manage_stock": False}, None),
        ({"source": "salable_quantity"}, {"salable_quantity": 3, "manage_stock": False}, None),
        (
            {"source": "attribute", "attribute": "tiktok_qty"},
            {"tiktok_qty": 7, "manage_stock": False, "stock_status": "0"},
            7,
        ),
        (
            {"default_quantity": 100, "source": "attribute", "attribute": "tiktok_qty"},
            {"tiktok_qty": 7, "manage_stock": False},
            7,
        ),
    ],
)
def test_the_default_quantity_is_used_where_stock_is_not_managed(
    settings: dict[str, Any], attributes: dict[str, Any], pieces_sent: int | None
) -> None:
    assert quantity_sent(settings, **attributes) == pieces_sent


@pytest.mark.parametrize(
    ("settings", "attributes", "pieces_sent"),
    [
        ({}, {"quantity": 12, "min_qty": "10.0000"}, 2),
        ({}, {"quantity": 12, "min_qty": 12}, 0),
        ({}, {"quantity": 3, "min_qty": 10}, 0),
        ({"buffer": 1}, {"quantity": 12, "min_qty": 10}, 1),
        ({}, {"quantity": 12, "min_qty": None}, 12),  # the store's configuration decides
        ({}, {"quantity": 12, "min_qty": "-5"}, 12),  # backorders are no stock
        ({}, {"quantity": 12, "min_qty": "few"}, None),
        (
            {"source": "msi", "source_code": "paris"},
            {"source_items": [{"source_code": "paris", "quantity": 12, "status": 1}], "min_qty": 10},
            2,
        ),
        ({"source": "salable_quantity"}, {"salable_quantity": 2, "min_qty": 10}, 2),  # Magento subtracted it
        ({"source": "attribute", "attribute": "tiktok_qty"}, {"tiktok_qty": 7, "min_qty": 10}, 7),
        ({"default_quantity": 100}, {"manage_stock": "0", "min_qty": 10}, 100),
    ],
)
def test_magentos_out_of_stock_threshold_is_not_sold(
    settings: dict[str, Any], attributes: dict[str, Any], pieces_sent: int | None
) -> None:
    assert quantity_sent(settings, **attributes) == pieces_sent


@pytest.mark.parametrize("quantity", [True, False, "1_000", "٣"])
def test_what_is_no_quantity_is_not_sent(quantity: object) -> None:
    assert quantity_sent({}, quantity=quantity) is None


BERLIN, PARIS = {"source_code": "berlin", "quantity": 12}, {"source_code": "paris", "quantity": 4}


@pytest.mark.parametrize(
    ("stored", "received", "merged"),
    [
        ([BERLIN, PARIS], [{**PARIS, "quantity": 3}], [BERLIN, {**PARIS, "quantity": 3}]),
        ([BERLIN], [{"source_code": "Berlin ", "quantity": 3}], [{"source_code": "Berlin ", "quantity": 3}]),
        ([BERLIN], [PARIS], [BERLIN, PARIS]),
        ([BERLIN], [], [BERLIN]),
        (NOT_RECEIVED, [PARIS], [PARIS]),
        (None, [PARIS], [PARIS]),
    ],
)
def test_sources_that_a_save_does_not_name_keep_their_stock(stored: Any, received: Any, merged: Any) -> None:
    assert merged_sources(stored, received) == merged


@pytest.mark.parametrize(
    ("settings", "attributes", "why"),
    [
        ({}, {"manage_stock": "0"}, "Magento does not manage this product's stock"),
        ({"source": "msi", "source_code": "rome"}, {"source_items": SOURCE_ITEMS}, "of the source 'rome'"),
        ({}, {"min_qty": "few"}, "(min_qty) is 'few'"),
    ],
)
def test_why_no_quantity_is_sent_is_explained(
    settings: dict[str, Any], attributes: dict[str, Any], why: str
) -> None:
    sentence, hint = unsent_stock(product(**attributes), policy(**settings)) or ("", "")
    assert why in sentence
    assert hint


@pytest.mark.parametrize("settings", [{}, MORE, {"source": "attribute", "attribute": "tiktok_qty"}])
@pytest.mark.parametrize("status", ["0", 0, False, "false"])
def test_out_of_stock_sends_0_whatever_the_policy_says(settings: dict[str, Any], status: object) -> None:
    assert quantity_sent(settings, quantity=18, tiktok_qty=18, stock_status=status) == 0


@pytest.mark.parametrize(
    ("attributes", "left"),
    [
        ({"quantity": 0}, True),
        ({"stock_status": "0"}, True),
        ({"quantity": 5}, True),
        ({"quantity": 6}, False),
    ],
)
def test_out_of_stock_products_keep_the_last_quantity_where_they_are_not_synced(
    attributes: dict[str, Any], left: bool
) -> None:
    for synced, is_left in ((True, False), (False, left)):
        found = stock_level(product(**attributes), policy(buffer=5, sync_out_of_stock=synced))
        assert found is not None and found.keeps_last_sent is is_left


QUANTITIES = st.integers(0, 200)
POLICIES = st.builds(
    lambda threshold, **value: policy(
        **(dict(zip(THRESHOLD, threshold, strict=True)) if threshold else {}), **value
    ),
    threshold=st.none() | st.tuples(QUANTITIES, QUANTITIES, QUANTITIES),
    buffer=QUANTITIES,
    maximum=st.none() | QUANTITIES,
    default_quantity=st.none() | QUANTITIES,
    may_send_more_than_available=st.booleans(),
    sync_out_of_stock=st.booleans(),
)
STOCKS = st.fixed_dictionaries(
    {
        "quantity": st.none()
        | st.integers(-50, 10**6)
        | st.decimals(allow_nan=False, allow_infinity=False).map(str),
        "stock_status": st.sampled_from(["0", "1", None]),
        "manage_stock": st.sampled_from(["0", "1", None]),
    }
)


@given(POLICIES, STOCKS)
def test_never_negative_never_more_than_available_unless_allowed_never_more_than_the_maximum(
    made: InventoryPolicy, attributes: dict[str, Any]
) -> None:
    found = stock_level(product(**attributes), made)
    if found is None:
        return
    assert 0 <= found.sent <= (MOST_PIECES if made.maximum is None else made.maximum)
    if not made.may_send_more_than_available:
        assert found.sent <= found.available


@given(POLICIES, st.integers(0, 300))
def test_more_stock_never_sends_less_if_above_is_not_less_than_below(
    made: InventoryPolicy, available: int
) -> None:
    below, threshold, above = made.below or 0, made.threshold or 0, made.above or 0
    if made.threshold is None or below <= threshold <= above:
        assert sent(available, made) <= sent(available + 1, made)


@given(STOCKS)
def test_the_default_policy_sends_the_whole_pieces_of_magento(attributes: dict[str, Any]) -> None:
    found = stock_level(product(**attributes), InventoryPolicy("as it is"))
    if attributes["manage_stock"] == "0":
        assert found is None
    elif attributes["stock_status"] == "0":
        assert found == StockLevel(0, 0)
    elif attributes["quantity"] is None:
        assert found is None
    else:
        whole = min(max(floor(Fraction(attributes["quantity"])), 0), MOST_PIECES)
        assert found == StockLevel(whole, whole)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (MORE, "It sends 2 when you have 0: buyers can order what is not there."),
        (THRESHOLD, "With 11 available it sends 11, not 20: never more than available."),
        ({"maximum": 0}, "The maximum is 0: every product is out of stock on TikTok."),
        (
            {"sync_out_of_stock": False},
            "What is out of stock in Magento stays on sale on TikTok, with the stock that it last had there.",
        ),
        (
            {},
            "There is no default quantity: products whose stock Magento does not manage are not sent.",
        ),
        ({**THRESHOLD, "below": 30}, "Below the threshold it would send more than above it."),
        (
            {"buffer": MOST_PIECES},
            "The buffer is as large as TikTok's most pieces: every product is out of stock on TikTok.",
        ),
    ],
)
def test_doubtful_settings_have_a_warning(settings: dict[str, Any], words: str) -> None:
    assert words in lints(policy(**settings))
    assert words not in lints(policy(default_quantity=100, threshold=5, above=6, below=2))


def test_a_usual_policy_has_no_warning() -> None:
    assert lints(policy(buffer=5, default_quantity=100, maximum=500)) == ()


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"source": "msi"}, "source_code"),
        ({"source_code": "berlin"}, "source_code"),
        ({"source": "attribute"}, "attribute"),
        ({"attribute": "tiktok_qty"}, "attribute"),
        ({"source": "cellar"}, "source"),
        ({"threshold": 10}, "threshold"),
        ({"threshold": 10, "above": 20}, "threshold"),
        ({"buffer": -1}, "buffer"),
        ({"buffer": 1.5}, "buffer"),
        ({"maximum": MOST_PIECES + 1}, "maximum"),
        ({"sync_out_of_stock": "yes"}, "sync_out_of_stock"),
        ({"minimum": 1}, "minimum"),
    ],
)
def test_a_fault_is_reported_at_its_place(settings: dict[str, Any], where: str) -> None:
    assert list(InventoryPolicySchema().validate({"title": "Careful", **settings})) == [where]


def test_every_field_is_a_key_of_apply_files() -> None:
    assert {field.name for field in fields(InventoryPolicy)} == set(InventoryPolicySchema().fields)
