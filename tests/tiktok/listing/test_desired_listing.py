"""The wanted listing: what TikTok should contain for a product, or why it can't be listed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.listing import Money
from schemas.listing_template import AttributeMapping, PackageDimensions
from schemas.shop import NOT_CONNECTED
from tests.tiktok.examples import (
    SKU,
    WAREHOUSE,
    product,
    shop,
    template,
    unchanged_offer,
    wanted,
    wanted_or_refused,
)
from tiktok.listing.desired_listing import Refusal, WantedListing


def test_the_wanted_listing_is_in_tiktoks_own_shapes() -> None:
    found = wanted()
    assert found.content == {
        "title": "Linen shirt",
        "description": "<p>Made of linen.</p>",
        "category_id": "600001",
        "category_version": "v1",
        "main_images": [{"uri": "tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe"}],
        "package_weight": {"value": "0.3", "unit": "KILOGRAM"},
        "product_attributes": [
            {"id": "100392", "values": [{"name": "Black"}]},
            {"id": "100393", "values": [{"name": "M"}]},
        ],
        "external_product_id": "demo/41",
        "skus": [{"seller_sku": SKU, "external_sku_id": "demo/41"}],
    }
    assert found.price == {SKU: Money("29.00", "USD")}


def test_all_stock_is_in_the_warehouse_of_the_set_up() -> None:
    assert wanted(quantity=18).stock == {SKU: {WAREHOUSE: 18}}


def test_brand_and_dimensions_come_from_the_template() -> None:
    size = PackageDimensions("10", "20", "4", "CENTIMETER")
    found = wanted_or_refused(
        product(), template(brand_id="7082427311584347905", package_dimensions=size), shop()
    )
    assert isinstance(found, WantedListing)
    assert found.content["brand_id"] == "7082427311584347905"
    assert found.content["package_dimensions"] == {
        "length": "10",
        "width": "20",
        "height": "4",
        "unit": "CENTIMETER",
    }


@pytest.mark.parametrize(
    ("mapping", "value", "words"),
    [
        (AttributeMapping("1", "color", values={"49": "Black"}), "49", ["Black"]),
        (AttributeMapping("1", "color", values={"49": "Black"}), 49, ["Black"]),
        (AttributeMapping("1", "color", values={"49": "Black"}), "51", None),  # an option id
        (AttributeMapping("1", "color", values={"5": "Wool", "7": "Silk"}), "7,5", ["Wool", "Silk"]),
        (AttributeMapping("1", "color", values={"5": "Wool", "7": "Silk"}), ["7", "5"], ["Wool", "Silk"]),
        (AttributeMapping("1", "color"), "black, or nearly", ["black, or nearly"]),
        (AttributeMapping("1", constant="Linen"), "49", ["Linen"]),
        (AttributeMapping("1", "color"), None, None),
        (AttributeMapping("1", "color"), "", None),
        (AttributeMapping("1", "never_received"), "49", None),
    ],
)
def test_an_attribute_is_mapped(mapping: AttributeMapping, value: Any, words: list[str] | None) -> None:
    found = wanted_or_refused(product(color=value), template(attributes=(mapping,)), shop())
    assert isinstance(found, WantedListing)
    expected = [] if words is None else [{"id": "1", "values": [{"name": word} for word in words]}]
    assert found.content["product_attributes"] == expected


@pytest.mark.parametrize(
    ("value", "title"), [("Linen shirt", "Linen shirt"), ("  Linen \n shirt\t", "Linen shirt"), (501, "501")]
)
def test_the_title_is_the_name_on_one_line(value: Any, title: str) -> None:
    assert wanted(name=value).content["title"] == title


def test_the_short_description_replaces_a_missing_description() -> None:
    assert wanted(description="", short_description="Linen.").content["description"] == "Linen."


@pytest.mark.parametrize(
    ("price", "currency", "amount"),
    [
        ("29.000000", "USD", "29.00"),
        (29, "USD", "29.00"),
        ("29.005", "USD", "29.01"),  # half up
        ("29.994", "EUR", "29.99"),
        ("1500.5", "JPY", "1501"),
        ("150000", "IDR", "150000"),
        ("0.01", "USD", "0.01"),
        ("0", "USD", None),
        ("0.004", "USD", None),  # nothing is left of it
        ("0.4", "JPY", None),
        ("-1", "USD", None),
        ("1e9", "USD", None),
        ("free", "USD", None),
        (None, "USD", None),
    ],
)
def test_a_price_is_an_amount_in_the_shops_currency(price: Any, currency: str, amount: str | None) -> None:
    assert unchanged_offer(product(price=price), currency).price == (amount and Money(amount, currency))


@pytest.mark.parametrize(
    ("fields", "quantity"),
    [
        ({"quantity": 18}, 18),
        ({"quantity": "18.0000"}, 18),
        ({"quantity": 18.9}, 18),
        ({"quantity": -3}, 0),
        ({"quantity": -0.5}, 0),
        ({"quantity": 1_000_000}, 99_999),
        ({"quantity": "1e999999"}, 99_999),
        ({"quantity": 18, "stock_status": "1"}, 18),
        ({"quantity": 18, "stock_status": "0"}, 0),
        ({"quantity": 18, "stock_status": False}, 0),
        ({"quantity": None, "stock_status": False}, 0),
        ({"quantity": None, "stock_status": "1"}, None),
        ({"quantity": None}, None),
        ({"quantity": "some"}, None),
    ],
)
def test_the_quantity_to_send(fields: dict[str, Any], quantity: int | None) -> None:
    found = unchanged_offer(product(**fields)).stock
    assert (found and found.sent) == quantity


def test_a_shop_that_is_not_connected_has_a_fault() -> None:
    half = replace(shop(), tiktok=NOT_CONNECTED)
    refused = wanted_or_refused(product(), template(), half)
    assert isinstance(refused, Refusal)
    assert refused.sentence() == (
        "TikTok Shop is not connected yet. Continue the set-up: the seller authorizes the app there."
    )
