"""Categories: how they are read, and the messages about what a product is missing for its category."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.listing_template import AttributeMapping
from tests.tiktok.answering import failure, hang_up, success
from tests.tiktok.calling import Calling
from tests.tiktok.examples import template, wanted
from tiktok.client.category_reader import read_category
from tiktok.client.errors import Transient
from tiktok.listing.category import Category, category_of, missing_requirements

RULES: dict[str, Any] = {
    "product_certifications": [
        {"id": "77", "name": "Safety certificate", "is_required": True},
        {"id": "78", "name": "Test report", "is_required": False},
        {
            "id": "79",
            "name": "Battery report",
            "is_required": True,
            "requirement_conditions": [{"condition_type": "VALUE_ID_MATCH"}],
        },
    ],
    "size_chart": {"is_supported": True, "is_required": True},
    "package_dimension": {"is_required": True},
    "responsible_person": {"is_required": False},
    "cod": {"is_supported": False},
}
ATTRIBUTES: dict[str, Any] = {
    "attributes": [
        {"id": "100392", "name": "Color", "type": "PRODUCT_PROPERTY", "is_requried": True},
        {"id": "100394", "name": "Fit", "type": "PRODUCT_PROPERTY", "is_required": True},
        {"id": "100395", "name": "Season", "type": "PRODUCT_PROPERTY", "is_requried": False},
        {"id": "100000", "name": "Size", "type": "SALES_PROPERTY", "is_requried": True},
        {
            "id": "100396",
            "name": "Battery",
            "type": "PRODUCT_PROPERTY",
            "is_requried": True,
            "requirement_conditions": [{"condition_type": "VALUE_ID_MATCH"}],
        },
    ]
}
SHIRTS = Category(
    "600001",
    attributes={"100392": "Color", "100394": "Fit"},
    certifications={"77": "Safety certificate"},
    needs={"size_chart": "a size chart", "package_dimensions": "the package's dimensions"},
)


def test_a_category_lists_what_it_always_requires() -> None:
    assert category_of("600001", RULES, ATTRIBUTES) == SHIRTS


def test_a_category_without_requirements() -> None:
    assert category_of("600001", {}, {}) == Category("600001")


def test_a_category_survives_a_round_trip_through_json() -> None:
    assert Category(**SHIRTS.document()) == SHIRTS


WHOLE = {**wanted().content, "size_chart": {"image": {"uri": "tos-1"}}, "certifications": [{"id": "77"}]}


def sentences(category: Category, whole: dict[str, Any] | None, **fields: Any) -> list[str]:
    listing_template = template(**fields)
    return [
        f"{fault.message} {fault.hint}"
        for fault in missing_requirements(category, listing_template, wanted().content, whole)
    ]


@pytest.mark.parametrize(
    ("requirements", "whole", "sentence"),
    [
        ({"attributes": {"100392": "Color", "100393": "Size"}}, WHOLE, None),
        ({"attributes": {"100394": "Fit"}}, WHOLE,
         "The category 600001 requires the attribute 'Fit' (100394). Map it in the listing template 'Shirts'."),
        ({"attributes": {"100394": "Fit"}}, None,
         "The category 600001 requires the attribute 'Fit' (100394). Map it in the listing template 'Shirts'."),
        ({"needs": {"size_chart": "a size chart"}}, WHOLE, None),
        ({"needs": {"size_chart": "a size chart"}}, wanted().content,
         "The category 600001 requires a size chart. List the product in TikTok Seller Center: it is then "
         "adopted. Or choose another category in the listing template 'Shirts'."),
        ({"needs": {"size_chart": "a size chart"}}, None, None),  # TikTok keeps the size chart that it has
        ({"needs": {"package_dimensions": "the package's dimensions"}}, WHOLE,
         "The category 600001 requires the package's dimensions. Set them in the listing template 'Shirts'."),
        ({"certifications": {"77": "Safety certificate"}}, WHOLE, None),
        ({"certifications": {"78": "Test report"}}, WHOLE,
         "The category 600001 requires the certification 'Test report'. List the product in TikTok Seller "
         "Center: it is then adopted. Or choose another category in the listing template 'Shirts'."),
        ({"certifications": {"78": "Test report"}}, None, None),
        ({"refused": "It is not a leaf category."}, WHOLE,
         "TikTok does not accept the category 600001: It is not a leaf category. "
         "Choose another category in the listing template 'Shirts'."),
    ],
)  # fmt: skip
def test_each_missing_requirement_has_a_message(
    requirements: dict[str, Any], whole: dict[str, Any] | None, sentence: str | None
) -> None:
    assert sentences(Category("600001", **requirements), whole) == ([] if sentence is None else [sentence])


def test_a_mapped_attribute_without_a_value_is_filled_in_magento() -> None:
    mapped = (AttributeMapping("100394", "fit"),)
    assert sentences(Category("600001", attributes={"100394": "Fit"}), None, attributes=mapped) == [
        "The category 600001 requires the attribute 'Fit' (100394). "
        "Give the product a value for 'fit' in Magento."
    ]


def test_all_missing_requirements_are_returned_together() -> None:
    found = missing_requirements(SHIRTS, template(), wanted().content, wanted().content)
    assert [fault.field for fault in found] == [
        "product_attributes",
        "size_chart",
        "package_dimensions",
        "certifications",
    ]


def test_a_category_is_read_by_two_signed_calls_of_the_shop(calling: Callable[..., Calling]) -> None:
    tiktok = calling(success(**RULES), success(**ATTRIBUTES))
    assert read_category(tiktok.shop, "600001", "v2", tiktok.exchanges.append) == SHIRTS
    assert [(request.method, request.path) for request in tiktok.tiktok.requests] == [
        ("GET", "/product/202309/categories/600001/rules"),
        ("GET", "/product/202309/categories/600001/attributes"),
    ]
    assert all(
        request.query["category_version"] == "v2" and request.query["shop_cipher"] == "GCP_9fX"
        for request in tiktok.tiktok.requests
    )
    assert [exchange.operation for exchange in tiktok.exchanges] == ["category_rules", "category_attributes"]


def test_a_rejected_category_has_tiktoks_message(calling: Callable[..., Calling]) -> None:
    tiktok = calling(failure(12052024, "The category 600000 is not a leaf category."))
    assert read_category(tiktok.shop, "600000", "v1", tiktok.exchanges.append) == Category(
        "600000", refused="The category 600000 is not a leaf category."
    )


def test_a_lost_answer_of_a_category_is_temporary(calling: Callable[..., Calling]) -> None:
    tiktok = calling(hang_up)
    with pytest.raises(Transient):
        read_category(tiktok.shop, "600001", "v1", tiktok.exchanges.append)
