"""Which attribute codes may be named, and what is said about the others."""

from __future__ import annotations

import pytest

from policies.attributes.known_codes import KnownCodes, doubtful, never_observed
from schemas.attributes import ATTRIBUTE_TYPES, MAGENTO_ATTRIBUTES, SYNONYMS

CODES = KnownCodes(frozenset({"fabric"}), frozenset({"collar"}), certain=True)


@pytest.mark.parametrize("code", ["price", "manufacturer", "quantity", "final_price", "fabric", "collar"])
def test_a_code_is_known_from_magento_the_settings_or_a_product(code: str) -> None:
    assert code in CODES
    assert "season" not in CODES


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("fabrik", "No product that Magento sent has an attribute 'fabrik'. Did you mean 'fabric'?"),
        (
            "manufactuer",
            "No product that Magento sent has an attribute 'manufactuer'. Did you mean 'manufacturer'?",
        ),
        ("qty", "No product that Magento sent has an attribute 'qty'. Did you mean 'quantity'?"),
        ("zzz", "No product that Magento sent has an attribute 'zzz'. Check its code in Magento Admin."),
    ],
)
def test_the_nearest_known_code_is_named(code: str, sentence: str) -> None:
    assert CODES.unknown(code) == sentence


def test_only_codes_that_nothing_declares_are_searched_for() -> None:
    assert doubtful(["price", "fabric", "collar"], {"fabric"}) == {"collar"}


@pytest.mark.parametrize(
    ("code", "never"), [("updated_at", True), ("is_salable", True), ("_edit_mode", True), ("price", False)]
)
def test_a_key_that_changes_with_every_save_is_never_observed(code: str, never: bool) -> None:
    assert (never_observed(code) is not None) is never


def test_other_names_of_quantity_are_no_codes_of_their_own() -> None:
    assert not SYNONYMS.keys() & MAGENTO_ATTRIBUTES
    assert set(SYNONYMS.values()) <= MAGENTO_ATTRIBUTES
    assert ATTRIBUTE_TYPES.keys() <= MAGENTO_ATTRIBUTES
