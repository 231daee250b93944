"""Comparing attribute values by type, noise, and the changed attributes of a product."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.attribute_changes import (
    Change,
    as_amount,
    as_date,
    as_number,
    changes,
    is_absent_date,
    is_empty,
    is_noise,
    members,
    same,
)
from schemas.attributes import ATTRIBUTE_TYPES, NOT_RECEIVED, AttributeType

OWN_TYPES = {
    "is_organic": AttributeType.BOOLEAN,
    "volume": AttributeType.NUMBER,
    "harvested_on": AttributeType.DATE,
    "material": AttributeType.MULTISELECT,
    "ean": AttributeType.TEXT,
}
"""A store's own attributes, as its shop declares them. `season` is not declared."""

SAME, CHANGED = True, False


@pytest.mark.parametrize(
    ("code", "first", "second", "expected"),
    [
        # numbers, however they are written
        ("price", "10.00", 10, SAME),
        ("price", "10.000000", "10", SAME),
        ("price", 10.5, "10.50", SAME),
        ("price", "10.00", "10.01", CHANGED),
        ("quantity", "3126", 3126, SAME),
        ("quantity", 3126, 3125, CHANGED),
        ("quantity", "18.0000", 18, SAME),
        ("volume", "0750", 750, SAME),
        ("weight", "heavy", "heavy", SAME),
        ("weight", "heavy", "1", CHANGED),
        ("status", "1", 1, SAME),
        ("visibility", "4", "1", CHANGED),
        # gates, in the words of imports and converters
        ("status", "1", "Enabled", SAME),
        ("status", "2", "0", SAME),
        ("status", "Enabled", "2", CHANGED),
        ("status", "retired", "2", CHANGED),
        ("status", "retired", "retired", SAME),
        ("visibility", "4", "Catalog, Search", SAME),
        ("visibility", 1, "NOT_VISIBLE_INDIVIDUALLY", SAME),
        ("visibility", "Search", "2", CHANGED),
        ("stock_status", "IN_STOCK", True, SAME),
        ("stock_status", "Out of Stock", "1", CHANGED),
        # booleans
        ("is_organic", "1", True, SAME),
        ("is_organic", 1, "true", SAME),
        ("is_organic", "0", False, SAME),
        ("is_organic", False, "False", SAME),
        ("is_organic", "1", "0", CHANGED),
        ("stock_status", True, "1", SAME),
        ("stock_status", True, 0, CHANGED),
        # multiselects, categories and websites are sets
        ("category_ids", ["4", "7"], [7, 4], SAME),
        ("category_ids", "4,7", ["7", "4"], SAME),
        ("category_ids", ["4"], ["4", "7"], CHANGED),
        ("website_ids", {"1": "1", "2": "2"}, ["2", "1"], SAME),
        ("website_ids", {"1": "1"}, ["2"], CHANGED),
        ("material", "5459,5471", "5471, 5459", SAME),
        ("material", "5459,5471", ["5459", "5471"], SAME),
        ("material", "5459,5471", "5459", CHANGED),
        # dates
        ("news_from_date", "2026-01-31", "2026-01-31 00:00:00", SAME),
        ("news_from_date", "2026-01-31 00:00:00", "2026-01-31 12:00:00", CHANGED),
        (
            "news_from_date",
            {"date": "2026-01-31 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
            "2026-01-31 00:00:00",
            SAME,
        ),
        ("news_from_date", "20260131", "2026-01-31", CHANGED),
        ("harvested_on", "in autumn", "in autumn", SAME),
        ("harvested_on", "in autumn", "2026-10-01", CHANGED),
        # text is text, even where it looks like a number
        ("sku", "007", "7", CHANGED),
        ("sku", 7, "7", SAME),
        ("name", "10.0", "10", CHANGED),
        ("name", "Shirt", "shirt", CHANGED),
        ("description", "<p>a</p>\r\n<p>b</p>", "<p>a</p>\n<p>b</p>", SAME),
        ("season", "a\r\nb", "a\nb", SAME),
        ("description", "a\nb", "ab", CHANGED),
        ("ean", "4006381333931", 4006381333931, SAME),
        ("ean", "04006381333931", "4006381333931", CHANGED),
        # unknown type: numbers without leading zeros are numbers, everything else is text
        ("season", "1", 1, SAME),
        ("season", 1, True, SAME),
        ("season", "1", True, SAME),
        ("season", "0", False, SAME),
        ("season", "3126", 3126, SAME),
        ("season", "10.00", 10, SAME),
        ("season", "-3.50", -3.5, SAME),
        ("season", "007", "7", CHANGED),
        ("season", "1e3", "1000", CHANGED),
        ("season", "+5", "5", CHANGED),
        ("season", " 5", "5", CHANGED),
        ("season", "red", "Red", CHANGED),
        ("season", "5459,5471", "5471,5459", CHANGED),
        ("season", ["a", "b"], ["b", "a"], CHANGED),
        ("season", ["1", "2"], [1, 2], SAME),
        ("season", "58", ["58"], SAME),
        ("season", "58", {"value": "58", "label": "Red"}, SAME),
        ("season", 58, [{"value": "58", "label": "Red"}], SAME),
        ("season", ["58", "60"], [{"value": "58", "label": "Red"}, {"value": "60", "label": "Blue"}], SAME),
        ("season", "58,60", ["60", 58], SAME),
        ("season", "58,60", ["58"], CHANGED),
        ("season", "58", {"value": "60", "label": "Red"}, CHANGED),
        ("season", {"value": "58", "label": "Red"}, {"value": "58", "label": "Rot"}, SAME),
        ("tags", "1,2", [{"value": "2", "label": "Two"}, {"value": "1", "label": "One"}], SAME),
        ("tier_price", [{"qty": 1, "value": 9}], [{"qty": 2, "value": 9}], CHANGED),
        ("tier_price", [{"qty": 1, "value": 9}], {"qty": 1, "value": 9}, CHANGED),
        ("status", "Aktiviert", "Deaktiviert", CHANGED),
        ("manage_stock", "No", False, SAME),
        ("type_id", "simple", "Simple Product", SAME),
        # structures, by their parts
        ("tier_price", [{"qty": "10.0000", "price": "9.00"}], [{"qty": 10, "price": 9}], SAME),
        ("tier_price", [{"qty": 10, "price": 9}], [{"qty": 10, "price": 8}], CHANGED),
        ("media_gallery", {"images": ["a"]}, {"images": ["a"], "values": []}, CHANGED),
        # the forms of no value
        ("special_price", None, "", SAME),
        ("special_price", NOT_RECEIVED, None, SAME),
        ("tier_price", [], None, SAME),
        ("season", {}, [], SAME),
        ("special_price", None, 0, CHANGED),
        ("is_organic", None, False, CHANGED),
        ("name", "", "0", CHANGED),
        ("name", None, "None", CHANGED),
    ],
)
def test_values_compare_by_attribute_type(code: str, first: Any, second: Any, expected: bool) -> None:
    assert same(code, first, second, OWN_TYPES) is expected
    assert same(code, second, first, OWN_TYPES) is expected


def test_a_stores_own_type_overrides_the_default_type() -> None:
    assert same("weight", "1.0", 1)
    assert not same("weight", "1.0", 1, {"weight": AttributeType.TEXT})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["0", "1", "true", "10.00", "007", "4,7", "2026-01-31", "1e400", "NaN", "-0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
codes = st.sampled_from(sorted({*ATTRIBUTE_TYPES, *OWN_TYPES, "season"}))


@given(code=codes, value=json_values)
def test_a_value_is_the_same_as_itself(code: str, value: Any) -> None:
    assert same(code, value, value, OWN_TYPES)


@given(code=codes, first=json_values, second=json_values)
def test_comparing_is_symmetric(code: str, first: Any, second: Any) -> None:
    assert same(code, first, second, OWN_TYPES) is same(code, second, first, OWN_TYPES)


@given(st.dictionaries(codes, json_values, max_size=6))
def test_a_product_has_not_changed_against_itself(attributes: dict[str, Any]) -> None:
    assert changes(attributes, dict(attributes), OWN_TYPES) == ()


@given(
    before=st.dictionaries(codes, json_values, max_size=4),
    after=st.dictionaries(codes, json_values, max_size=4),
)
def test_changes_are_the_received_attributes_that_differ(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    differing = {
        code
        for code, value in after.items()
        if not same(code, before.get(code, NOT_RECEIVED), value, OWN_TYPES)
    }
    expected = sorted(code for code in differing if not is_noise(code))
    assert [change.attribute for change in changes(before, after, OWN_TYPES)] == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"color": "blue"}, {"color": "red"}, (Change("color", "blue", "red"),)),
        ({"color": "blue"}, {}, ()),  # not in this payload
        ({}, {"color": "red"}, (Change("color", NOT_RECEIVED, "red"),)),  # TikTok never got it
        ({}, {"color": None}, ()),
        ({"color": "blue"}, {"color": None}, (Change("color", "blue", None),)),
        (
            {"size": "M", "color": "blue"},
            {"size": "L", "color": "red"},
            (Change("color", "blue", "red"), Change("size", "M", "L")),
        ),
        ({"updated_at": "2026-11-24 12:00:00"}, {"updated_at": "2026-11-24 12:00:05"}, ()),
    ],
)
def test_the_changes_of_a_product(
    before: dict[str, Any], after: dict[str, Any], expected: tuple[Change, ...]
) -> None:
    assert changes(before, after) == expected


@pytest.mark.parametrize(
    "code",
    [
        "_edit_mode",
        "form_key",
        "current_product_id",
        "current_store_id",
        "affect_product_custom_options",
        "product_has_weight",
        "is_new",
        "url_key_create_redirect",
        "ignore_links_flag",
        "can_save_custom_options",
        "can_save_bundle_selections",
        "save_rewrites_history",
        "is_custom_option_changed",
        "parent_id",
        "use_config_manage_stock",
        "use_config_gift_message_available",
        "special_price_is_formated",
        "force_reindex_eav_required",
        "is_changed_categories",
        "affected_category_ids",
        "is_changed_websites",
        "tier_price_changed",
        "has_options",
        "required_options",
        "is_salable",
        "mp_new",
        "updated_at",
        "row_id",
    ],
)
def test_noise_is_never_a_change(code: str) -> None:
    assert is_noise(code)
    assert changes({code: "0"}, {code: "1"}) == ()


@pytest.mark.parametrize("code", [*sorted(ATTRIBUTE_TYPES.keys() - {"created_at"}), "color", "new_arrival"])
def test_attributes_are_not_noise(code: str) -> None:
    assert not is_noise(code)


@pytest.mark.parametrize(
    ("value", "empty"),
    [
        (NOT_RECEIVED, True),
        (None, True),
        ("", True),
        ([], True),
        ({}, True),
        (0, False),
        ("0", False),
        (False, False),
        (" ", False),
        ([""], False),
    ],
)
def test_zero_and_false_are_values(value: Any, empty: bool) -> None:
    assert is_empty(value) is empty


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("10.50", "10.5"),
        (10, "10"),
        (True, "1"),
        (" 7 ", "7"),
        ("ten", None),
        ("", None),
        (None, None),
        ("NaN", None),
        ("Infinity", None),
        ("1_000", None),
        ("٣", None),
        ("59,90", None),
        ([1], None),
    ],
)
def test_reading_a_number(value: Any, number: str | None) -> None:
    found = as_number(value)
    assert found == (None if number is None else as_number(number))
    assert (found is None) is (number is None)
    assert as_amount(value) == (None if isinstance(value, bool) else found)


@pytest.mark.parametrize(
    ("value", "is_date"),
    [
        ("2026-01-31", True),
        ("2026-01-31 12:00:00", True),
        (" 2026-01-31 12:00:00.000000 ", True),
        ("2026-01-31T12:00", True),
        ("2026-01-31T12:00:00Z", True),
        ("2026-01-31T12:00:00.123+02:00", True),
        ({"date": "2026-01-31 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"}, True),
        ("2026-02-31", False),
        ("20260131", False),
        ("2026-W05", False),
        ("2026-W05-6", False),
        ("2026-1-31", False),
        ("31/01/2026", False),
        ("01/31/2026", False),
        ("31.01.2026", False),
        ("2026/01/31", False),
        ("2026-01-31 noon", False),
        ("2026-01-31\n2026", False),
        ("soon", False),
        ("", False),
        (20260131, False),
        ({"date": "31/01/2026", "timezone_type": 3, "timezone": "UTC"}, False),
        ({"date": 20260131, "timezone_type": 3, "timezone": "UTC"}, False),
        ({"date": "2026-01-31"}, False),
        (["2026-01-31"], False),
    ],
)
def test_only_the_dates_that_magento_writes_are_read(value: Any, is_date: bool) -> None:
    assert (as_date(value) is not None) is is_date


@pytest.mark.parametrize(
    ("value", "is_none"),
    [
        (NOT_RECEIVED, True),
        (None, True),
        ("", True),
        (" ", True),
        (False, True),
        ("0000-00-00", True),
        ("0000-00-00 00:00:00", True),
        ("2026-01-31", False),
        ("soon", False),
        (True, False),
        (0, False),
    ],
)
def test_what_magento_counts_as_no_date(value: Any, is_none: bool) -> None:
    assert is_absent_date(value) is is_none


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("5459,5471", {"5459", "5471"}),
        (" 5459 , ", {"5459"}),
        ([5459, "5471"], {"5459", "5471"}),
        ([" 5459"], {"5459"}),
        ({"0": "5459", "1": "5471"}, {"5459", "5471"}),
        (5459, {"5459"}),
        ([{"value": "5459", "label": "Hiking"}, {"value": 5471}], {"5459", "5471"}),
        ({"value": "5459", "label": "Hiking"}, {"5459"}),
    ],
)
def test_members_come_as_text_list_or_object(value: Any, found: set[str]) -> None:
    assert members(value) == found
