"""The sentences and warnings about a synchronization policy."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any

import pytest

from policies.policy_summary import (
    NEEDS_UPDATE,
    NO_PRICE,
    NO_QUANTITY,
    join_or,
    unobserved,
    warnings,
    will_do,
)
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving
from tests.policies.examples import policy

OBSERVING = {"only_specific_attributes": True, "observed_attributes": ("color",)}


@pytest.mark.parametrize(
    ("switches", "says"),
    [
        ({}, "is uploaded to TikTok automatically"),
        ({"product_upload": False}, "No product is uploaded to TikTok automatically"),
        ({}, "whatever attribute changed, all attributes go to TikTok"),
        (
            OBSERVING,
            "if color changed, all attributes go to TikTok. Changes of other attributes alone send nothing.",
        ),
        (
            {"only_specific_attributes": True, "observed_attributes": ("price", "special_price")},
            "if price or special price changed",
        ),
        ({"only_specific_attributes": True}, "No attribute is observed"),
        ({}, "Price and stock go with them."),
        ({"inventory_price_sync": False}, "Price and stock stay as they were last sent"),
        ({"inventory_price_sync": False}, "Their changes alone send nothing."),
        ({"product_update": False}, "stays as it is, whatever happens"),
        ({"product_update": False}, "Not even take-downs are sent."),
        ({}, "is assigned to that template"),
        ({"product_assign": False}, "No product is assigned to a listing template automatically"),
        ({}, "Not Visible Individually are skipped"),
        ({"sync_not_visible_individually": True}, "Not Visible Individually are synced as any other"),
        ({"activity_log": False}, "no activity row is stored"),
        ({"feed_log": False}, "no webhook and no TikTok call is stored"),
        ({"paused": True}, "what is due waits until it is resumed"),
        (
            {},
            "is hidden in Magento or no longer matches any template is left as it is: TikTok still sells it.",
        ),
        ({}, "is disabled or out of the website or is deleted in Magento is deactivated on TikTok."),
        (
            {"when_deleted": WhenLeaving.DELETE},
            "A listed product that is deleted in Magento is deleted on TikTok.",
        ),
        ({"when_hidden": WhenLeaving.ZERO_STOCK}, "is hidden in Magento has its stock on TikTok set to 0."),
    ],
)
def test_a_switch_has_its_sentence(switches: dict[str, Any], says: str) -> None:
    assert says in " ".join(will_do(policy(**switches)))


@pytest.mark.parametrize(
    ("switches", "left_out"),
    [
        ({}, "Activity Log"),
        ({}, "Synchronization Feed Log"),
        ({}, "paused"),
        ({"product_update": False}, "deactivated"),
        ({"product_update": False}, "Price and stock"),
        (OBSERVING, "whatever attribute"),
    ],
)
def test_a_sentence_that_does_not_apply_is_left_out(switches: dict[str, Any], left_out: str) -> None:
    assert left_out not in " ".join(will_do(policy(**switches)))


@pytest.mark.parametrize(
    ("switches", "warned_of"),
    [
        ({}, ()),
        ({"product_update": False}, (NEEDS_UPDATE,)),
        (OBSERVING, (NO_QUANTITY, NO_PRICE)),
        ({**OBSERVING, "observed_attributes": ("quantity",)}, (NO_PRICE,)),
        ({**OBSERVING, "observed_attributes": ("price",)}, (NO_QUANTITY,)),
        ({**OBSERVING, "observed_attributes": ("price", "quantity")}, ()),
        ({**OBSERVING, "only_specific_attributes": False}, ()),
        (
            {**OBSERVING, "observed_attributes": ("price", "quantity"), "inventory_price_sync": False},
            (
                "A change of price or quantity sets off a sync, but Inventory/Price Sync is off: price and stock "
                "stay.",
            ),
        ),
    ],
)
def test_unexpected_combinations_are_warned_about(
    switches: dict[str, Any], warned_of: tuple[str, ...]
) -> None:
    assert warnings(policy(**switches)) == warned_of


def test_the_warnings_have_the_words_of_the_screen() -> None:
    assert NO_QUANTITY == "Quantity is not observed: stock changes alone will not reach TikTok"
    assert NEEDS_UPDATE == "Inventory/Price Sync needs Product Update"


def test_unobserved_are_price_and_quantity_alone() -> None:
    assert unobserved(policy()) == ()
    assert unobserved(policy(**OBSERVING)) == ("price", "quantity")
    assert unobserved(policy(**{**OBSERVING, "observed_attributes": ("quantity",)})) == ("price",)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a or b"),
        (["a", "b", "c"], "a, b or c"),
        (["a", "b", "c", "d"], "a, b, c or one of 1 more"),
    ],
)
def test_of_many_words_the_first_are_named(words: list[str], text: str) -> None:
    assert join_or(words, most=3) == text


def test_every_policy_has_sentences() -> None:
    """Whatever the form contains, there are sentences, and each ends with a full stop."""
    names = [field.name for field in fields(SynchronizationPolicy) if field.type == "bool"]
    for values in itertools.product([False, True], repeat=len(names)):
        for observed in ((), ("color",)):
            found = policy(**dict(zip(names, values, strict=True)), observed_attributes=observed)
            assert all(sentence.endswith(".") for sentence in will_do(found))
            assert len(set(will_do(found))) == len(will_do(found))
