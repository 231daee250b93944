"""Product attributes: only labels that a buyer can read reach TikTok."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.attributes import AttributeType
from schemas.listing_template import AttributeMapping
from tests.tiktok.examples import product, shop, template, wanted_or_refused
from tiktok.listing.attribute_labels import labels_of
from tiktok.listing.category import Category, missing_requirements
from tiktok.listing.desired_listing import WantedListing

WORDS = {"58": "Red", "60": "Blue", "1": "Yes"}
TEXT, NUMBER, BOOLEAN, MULTISELECT = (
    AttributeType.TEXT,
    AttributeType.NUMBER,
    AttributeType.BOOLEAN,
    AttributeType.MULTISELECT,
)


@pytest.mark.parametrize(
    ("value", "words", "kind", "labels"),
    [
        # A word of the mapping
        ("58", WORDS, None, ["Red"]),
        (58, WORDS, None, ["Red"]),
        ("58,60", WORDS, None, ["Red", "Blue"]),
        (["60", "58"], WORDS, None, ["Red", "Blue"]),
        ({"value": "58", "label": "Rot"}, WORDS, None, ["Red"]),
        ("Rot", {"Rot": "Red"}, None, ["Red"]),
        (True, WORDS, BOOLEAN, ["Yes"]),
        ("58", {"58": ""}, None, [""]),  # an empty word is the mapping's own fault, and refused by pre-flight
        *((value, WORDS, None, ["Red"]) for value in ("58.0000", 58.0, " 58 ", [58.0], {"value": "58.0"})),
        *(
            (value, {"0": "Plain", "1": "Eco"}, BOOLEAN, ["Eco"])
            for value in ("Yes", "yes", "1.0000", 1.0, "TRUE")
        ),
        ("No", {"0": "Plain", "1": "Eco"}, BOOLEAN, ["Plain"]),
        ("Yes", WORDS, None, ["Yes"]),
        # An option id, and no word for it
        ("999", WORDS, None, None),
        ("999", {}, None, None),
        (999, {}, None, None),
        ("999.0000", {}, None, None),
        ("58,999", WORDS, None, None),
        ("999,998", {}, MULTISELECT, None),
        (["58", "999"], WORDS, None, None),
        ({"value": "999"}, WORDS, None, None),
        ({"value": "999", "label": ""}, WORDS, None, None),
        ("0", WORDS, BOOLEAN, None),
        (False, WORDS, BOOLEAN, None),
        (False, {}, None, None),
        ("false", {}, BOOLEAN, None),
        ({"value": "999", "label": "999"}, WORDS, None, None),
        ({"value": 999, "label": " 999 "}, WORDS, None, None),
        # A label
        ({"value": "7", "label": "38"}, {}, None, ["38"]),
        ("Red", WORDS, None, ["Red"]),
        ("Red", {}, None, ["Red"]),
        ("black, or nearly", {}, None, ["black, or nearly"]),
        ("42 EU", {}, None, ["42 EU"]),
        ("Red,Blue", {}, MULTISELECT, ["Blue", "Red"]),
        ({"value": "999", "label": "Green"}, WORDS, None, ["Green"]),
        (
            [{"value": "999", "label": "Green"}, {"value": "58", "label": "Rot"}],
            WORDS,
            None,
            ["Red", "Green"],
        ),
        ("Yes", {}, BOOLEAN, ["Yes"]),
        # Its entities are decoded, once
        ("Ros&eacute;", {}, None, ["Rosé"]),
        ({"value": "7", "label": "H&amp;amp;M"}, {}, None, ["H&amp;M"]),
        ("Ros&eacute;", {"Rosé": "Pink"}, None, ["Pink"]),
        # A text, a number or a date as it is
        ("999", {}, TEXT, ["999"]),
        ("5459,5471", {}, TEXT, ["5459,5471"]),
        ("0.5000", {}, NUMBER, ["0.5000"]),
        (True, {}, TEXT, None),
        # No label at all
        ({"a": {"b": 1}}, {}, None, None),
        ([["58"]], WORDS, None, None),
        (" ", {}, None, None),
        *(
            (value, {}, None, None)
            for value in ("null", "False", "Array", "[object Object]", '{"a":1}', "['58']")
        ),
        *((value, {}, None, None) for value in ("#ff0000", "/r/e/red.jpg", {"value": "7", "label": "#F00"})),
        ("#ff0000", {"#ff0000": "Red"}, None, ["Red"]),
        ("#ff0000", {}, TEXT, ["#ff0000"]),
    ],
)
def test_a_value_becomes_its_labels(
    value: Any, words: dict[str, str], kind: AttributeType | None, labels: list[str] | None
) -> None:
    assert labels_of(value, AttributeMapping("100392", "color", values=words), kind) == labels


@pytest.mark.parametrize(
    ("code", "value"),
    [("tax_class_id", "2"), ("attribute_set_id", 9), ("visibility", "4"), ("category_ids", ["3"])],
)
def test_ids_of_magentos_own_attributes_are_no_labels(code: str, value: Any) -> None:
    found = wanted_or_refused(
        product(**{code: value}), template(attributes=(AttributeMapping("100392", code),)), shop()
    )
    assert isinstance(found, WantedListing)
    assert (found.content["product_attributes"], [part.name for part in found.left_out]) == ([], ["100392"])


def test_an_attribute_without_a_label_is_left_out_and_named_with_its_value() -> None:
    found = wanted_or_refused(product(color="999"), template(), shop())
    assert isinstance(found, WantedListing)
    assert [attribute["id"] for attribute in found.content["product_attributes"]] == ["100393"]
    assert [part.sentence() for part in found.left_out] == [
        "The TikTok attribute 100392 was left out: no label is known for 'color' = 999. Add its label to the mapping "
        "of 'color' in the listing template 'Shirts'. If 'color' has no options in Magento, set its type to text in "
        "the shop's settings."
    ]


def test_a_blank_text_is_no_value() -> None:
    found = wanted_or_refused(product(color="  "), template(), shop())
    assert isinstance(found, WantedListing)
    assert (
        "100392" in [attribute["id"] for attribute in found.content["product_attributes"]],
        found.left_out,
    ) == (
        False,
        (),
    )


def test_the_shop_says_which_of_its_attributes_are_texts() -> None:
    selling_shop = shop()
    magento = replace(selling_shop.magento, attribute_types={"voltage": AttributeType.TEXT})
    found = wanted_or_refused(
        product(voltage="230"),
        template(attributes=(AttributeMapping("100392", "voltage"),)),
        replace(selling_shop, magento=magento),
    )
    assert isinstance(found, WantedListing)
    assert found.content["product_attributes"] == [{"id": "100392", "values": [{"name": "230"}]}]


def test_a_product_is_refused_if_its_category_requires_an_attribute_without_a_label() -> None:
    found = wanted_or_refused(product(color="999"), template(), shop())
    assert isinstance(found, WantedListing)
    category = Category("600001", attributes={"100392": "Color"})
    (fault,) = missing_requirements(category, template(), found.content, None, found.left_out)
    assert fault.message == "The category 600001 requires the attribute 'Color' (100392)."
    assert fault.hint == found.left_out[0].sentence()
