"""What a save does to a product, and which changes it rejects."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.magento.catalog.product import Product, SourceItem
from sandbox.magento.catalog.product_changes import after_save, new_product
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.errors import InvalidChange

NOW = "2026-05-01 12:00:00"


def after_saving(changes: dict[str, object], store_id: int = 0) -> Product:
    watch = next(first_products(1))
    return after_save(watch, changes, store_id=store_id, now=NOW)


@pytest.mark.parametrize(
    ("code", "value", "stored"),
    [
        ("price", 12.5, "12.500000"),
        ("price", "12.5", "12.500000"),
        ("weight", 1, "1.000000"),
        ("color", "Red", "58"),
        ("color", 58, "58"),
        ("color", "", None),
        ("activity", ["Gym", "Yoga"], "5438,5446"),
        ("activity", "5438,Yoga", "5438,5446"),
        ("eco_collection", True, "1"),
        ("eco_collection", "no", "0"),
        ("special_from_date", "2026-05-01", "2026-05-01 00:00:00"),
        ("name", "Mug", "Mug"),
        ("status", "Disabled", "2"),
        ("visibility", "Not Visible Individually", "1"),
    ],
)
def test_a_value_is_stored_in_magentos_form(code: str, value: object, stored: str | None) -> None:
    assert after_saving({code: value}).values[code] == stored


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "Red"}, "Unknown attribute code 'colour'"),
        ({"color": "Rd"}, r"color: unknown option 'Rd'. Choose one of: Black \(49\)"),
        ({"price": "cheap"}, "price: 'cheap' is not a number"),
        ({"price": -1}, "from 0 to below"),
        ({"price": float("inf")}, "from 0 to below"),
        ({"price": True}, "price: True is not a number"),
        ({"qty": "many"}, "qty: 'many' is not a number"),
        ({"name": ""}, "name: a value is required"),
        ({"name": ["a"]}, "is not text"),
        ({"eco_collection": "maybe"}, "is not a boolean"),
        ({"is_in_stock": "maybe"}, "is not a boolean"),
        ({"special_to_date": "soon"}, "is not a date"),
        ({"sku": " "}, "1 to 64 characters"),
        ({"sku": "X" * 65}, "1 to 64 characters"),
        ({"category_ids": [999]}, "unknown id"),
        ({"category_ids": "3"}, "not a list of ids"),
        ({"website_ids": [9]}, "unknown id"),
        ({"attribute_set_id": "shirts"}, "unknown id"),
    ],
)
def test_an_invalid_change_is_rejected_with_a_message(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        after_saving(changes)


@pytest.mark.parametrize(
    ("changes", "stock"),
    [
        ({"qty": 5}, ("5", True)),
        ({"qty": "2.50"}, ("2.5", True)),
        ({"qty": 0}, ("0", False)),
        ({"qty": 5, "is_in_stock": False}, ("5", False)),
        ({"is_in_stock": "0"}, ("65", False)),
        ({}, ("65", True)),
    ],
)
def test_a_quantity_of_zero_is_out_of_stock_unless_is_in_stock_is_given(
    changes: dict[str, object], stock: tuple[str, bool]
) -> None:
    after = after_saving(changes).stock
    assert (after.qty, after.is_in_stock) == stock


def test_every_save_updates_the_version_and_the_date() -> None:
    after = after_saving({})
    assert (after.version, after.updated_at) == (2, NOW)


def test_a_store_view_overrides_only_attributes_that_are_not_global() -> None:
    after = after_saving({"name": "British watch", "price": 9}, store_id=1)
    assert after.overrides == {1: {"name": "British watch"}}
    assert (after.value("name", 1), after.value("price", 1)) == ("British watch", "9.000000")
    assert after.value("price", 0) == "9.000000"


def test_a_value_of_website_scope_holds_for_each_store_view_of_the_website() -> None:
    after = after_saving({"status": "Disabled", "name": "Montre"}, store_id=3)
    assert after.overrides == {1: {"status": "2"}, 3: {"status": "2", "name": "Montre"}}
    assert (after.value("status"), after.value("status", 2)) == ("1", "1")


def test_none_removes_the_override_of_a_store_view() -> None:
    overridden = after_saving({"name": "British watch"}, store_id=1)
    restored = after_save(overridden, {"name": None}, store_id=1, now=NOW)
    assert restored.overrides == {}
    assert restored.value("name", 1) == overridden.values["name"]


def test_a_new_product_needs_a_name_and_a_price() -> None:
    with pytest.raises(InvalidChange, match="needs name, price"):
        new_product(1, {"sku": "NEW"}, now=NOW)


def test_a_product_of_an_earlier_version_has_its_overrides_in_its_only_view() -> None:
    stored = json.loads(next(first_products(1)).to_json())
    for name in ("sources", "reserved", "made_in_admin"):
        del stored[name]
    product = Product.from_json(json.dumps({**stored, "overrides": {"name": "British watch"}}))
    assert product.overrides == {1: {"name": "British watch"}}


def test_a_product_survives_serialization() -> None:
    overridden = after_saving({"name": "British watch"}, store_id=1)
    stocked = replace(overridden, sources={"wh2": SourceItem("4", True)}, reserved="2")
    assert Product.from_json(stocked.to_json()) == stocked
    for product in first_products(3):
        assert Product.from_json(product.to_json()) == product
