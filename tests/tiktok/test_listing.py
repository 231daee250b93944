"""The wanted listing: what TikTok should hold of a product; and everything that it would refuse, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.listing import Money
from schemas.listing_template import AttributeMapping, ListingTemplate, PackageDimensions, PackageWeight
from schemas.product import Product
from schemas.shop import Shop
from tests.tiktok.examples import OTHER_WAREHOUSE, SKU, WAREHOUSE, product, shop, template, wanted
from tiktok.listing import Refusal, WantedListing, pieces_of, price_of, wanted_listing


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


def test_the_stock_names_every_warehouse_and_lies_in_the_first() -> None:
    assert wanted(quantity=18).stock == {SKU: {WAREHOUSE: 18, OTHER_WAREHOUSE: 0}}


def test_brand_and_dimensions_are_told_where_the_template_has_them() -> None:
    size = PackageDimensions("10", "20", "4", "CENTIMETER")
    found = wanted_listing(
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
    ("mapping", "told", "words"),
    [
        (AttributeMapping("1", "color", values={"49": "Black"}), "49", ["Black"]),
        (AttributeMapping("1", "color", values={"49": "Black"}), 49, ["Black"]),
        (AttributeMapping("1", "color", values={"49": "Black"}), "51", ["51"]),  # goes as told
        (AttributeMapping("1", "color", values={"5": "Wool", "7": "Silk"}), "7,5", ["Wool", "Silk"]),
        (AttributeMapping("1", "color", values={"5": "Wool", "7": "Silk"}), ["7", "5"], ["Wool", "Silk"]),
        (AttributeMapping("1", "color"), "black, or nearly", ["black, or nearly"]),
        (AttributeMapping("1", constant="Linen"), "49", ["Linen"]),
        (AttributeMapping("1", "color"), None, None),
        (AttributeMapping("1", "color"), "", None),
        (AttributeMapping("1", "never_told"), "49", None),
    ],
)
def test_an_attribute_is_mapped(mapping: AttributeMapping, told: Any, words: list[str] | None) -> None:
    found = wanted_listing(product(color=told), template(attributes=(mapping,)), shop())
    assert isinstance(found, WantedListing)
    expected = [] if words is None else [{"id": "1", "values": [{"name": word} for word in words]}]
    assert found.content["product_attributes"] == expected


@pytest.mark.parametrize(
    ("told", "title"), [("Linen shirt", "Linen shirt"), ("  Linen \n shirt\t", "Linen shirt"), (501, "501")]
)
def test_the_title_is_the_name_on_one_line(told: Any, title: str) -> None:
    assert wanted(name=told).content["title"] == title


def test_the_short_description_stands_in_for_a_missing_one() -> None:
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
    assert price_of(product(price=price), currency) == amount


@pytest.mark.parametrize(
    ("told", "pieces"),
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
def test_the_pieces_to_sell(told: dict[str, Any], pieces: int | None) -> None:
    assert pieces_of(product(**told)) == pieces


def refusal(shirt: Product, made_of: ListingTemplate, sold_by: Shop) -> Refusal:
    found = wanted_listing(shirt, made_of, sold_by)
    assert isinstance(found, Refusal)
    return found


ONLY_REGION: dict[str, str] = {"DE": "EUR", "TH": "THB", "BR": "BRL", "JP": "JPY", "US": "USD"}


@pytest.mark.parametrize(
    ("attributes", "region", "sentence"),
    [
        ({"name": ""}, "US",
         "The name has 0 characters; TikTok takes 1 to 255 in US. Change the name in Magento."),
        ({"name": "x" + "yz" * 128}, "DE",
         "The name has 257 characters; TikTok takes 1 to 255 in DE. Change the name in Magento."),
        ({"name": "Linen shirt"}, "TH",
         "The name has 11 characters; TikTok takes 25 to 255 in TH. Change the name in Magento."),
        ({"name": "xy" * 151}, "BR",
         "The name has 302 characters; TikTok takes 1 to 300 in BR. Change the name in Magento."),
        ({"name": "Linen \x07shirt"}, "US",
         "TikTok takes no control characters, no ten equal characters in a row and no name of symbols alone. "
         "Change the name in Magento."),
        ({"name": "Shirt!!!!!!!!!!"}, "US",
         "TikTok takes no control characters, no ten equal characters in a row and no name of symbols alone. "
         "Change the name in Magento."),
        ({"name": "*** !!!"}, "US",
         "TikTok takes no control characters, no ten equal characters in a row and no name of symbols alone. "
         "Change the name in Magento."),
        ({"description": None}, "US", "The product has no description. Write one in Magento."),
        ({"description": "x" * 10_001}, "US",
         "The description has 10001 characters; TikTok takes 10000. Shorten it in Magento."),
        ({"price": None}, "US", "The price None is not a price above zero. Set the price in Magento."),
        ({"price": "0.00"}, "US", "The price '0.00' is not a price above zero. Set the price in Magento."),
        ({"quantity": None}, "US",
         "The quantity is None. Save the product's stock in Magento, so that its webhook tells it."),
    ],
)  # fmt: skip
def test_what_tiktok_would_refuse_is_refused_here(
    attributes: dict[str, Any], region: str, sentence: str
) -> None:
    sold_by = shop(region=region, currency=ONLY_REGION[region])
    assert refusal(product(**attributes), template(), sold_by).sentence() == sentence


@pytest.mark.parametrize(
    ("attributes", "region"),
    [
        ({"name": "x"}, "US"),
        ({"name": "xy" * 127 + "z"}, "US"),
        ({"name": "xy" * 150}, "BR"),
        ({"name": "A linen shirt, size medium"}, "TH"),
        ({"name": "Shirt!!!!!!!!!"}, "US"),
        ({"description": "x" * 10_000}, "US"),
        ({"quantity": 0}, "US"),
    ],
)
def test_what_is_just_within_the_limits_is_taken(attributes: dict[str, Any], region: str) -> None:
    sold_by = shop(region=region, currency=ONLY_REGION[region])
    assert isinstance(wanted_listing(product(**attributes), template(), sold_by), WantedListing)


ANY_SKU, STRICT_SKU = "1 to 50 characters, no spaces", "6 to 50 letters, digits, - or _"


@pytest.mark.parametrize(
    ("sku", "region", "allowed"),
    [
        ("S", "US", None),
        ("S" * 50, "US", None),
        ("S" * 51, "US", ANY_SKU),
        ("SHIRT M", "US", ANY_SKU),
        ("SHIRT/M", "US", None),
        ("SHIRT-", "DE", None),
        ("SHIRT", "DE", STRICT_SKU),
        ("SHIRT/M", "DE", STRICT_SKU),
        ("S" * 51, "DE", STRICT_SKU),
    ],
)
def test_which_skus_tiktok_takes(sku: str, region: str, allowed: str | None) -> None:
    sold_by = shop(region=region, currency=ONLY_REGION[region])
    found = wanted_listing(replace(product(), sku=sku), template(), sold_by)
    if allowed is None:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == f"TikTok does not take the SKU {sku!r}: {allowed}. Change it in Magento."


@pytest.mark.parametrize(
    ("value", "unit", "region", "taken"),
    [
        ("0.325", "KILOGRAM", "US", True),
        ("0.3255", "KILOGRAM", "US", False),
        ("0.66", "POUND", "US", True),
        ("0.665", "POUND", "US", False),
        ("0.66", "POUND", "DE", False),
        ("300", "GRAM", "JP", True),
        ("300.5", "GRAM", "JP", False),
        ("300", "GRAM", "US", False),
    ],
)
def test_which_weights_tiktok_takes(value: str, unit: str, region: str, taken: bool) -> None:
    sold_by = shop(region=region, currency=ONLY_REGION[region])
    found = wanted_listing(product(), template(package_weight=PackageWeight(value, unit)), sold_by)
    if taken:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == (
            f"TikTok does not take a package weight of {value} {unit} in {region}. "
            "Change it in the listing template 'Shirts'."
        )


def test_a_weight_of_nothing_is_refused() -> None:
    weightless = template(package_weight=PackageWeight("0.0", "KILOGRAM"))
    assert refusal(product(), weightless, shop()).sentence() == (
        "The package weight is 0. Set it in the listing template 'Shirts'."
    )


def test_every_fault_is_told_at_once() -> None:
    faults = refusal(product(name="", price=None, quantity=None), template(), shop()).faults
    assert [fault.field for fault in faults] == ["title", "price", "quantity"]
