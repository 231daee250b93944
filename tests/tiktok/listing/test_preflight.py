"""Pre-flight checks: what TikTok would reject in a product, by region, with messages and hints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.listing import Money
from schemas.listing_template import AttributeMapping, ListingTemplate, PackageDimensions, PackageWeight
from schemas.product import Product
from schemas.shop import NOT_CONNECTED, Shop
from tests.tiktok.examples import (
    SKU,
    WAREHOUSE,
    product,
    shop,
    template,
    wanted,
    wanted_or_refused,
)
from tiktok.listing.desired_listing import Refusal, WantedListing
from tiktok.listing.preflight import faults_of, without_entities


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Wool&nbsp;&amp; silk, 5&euro;", "Wool\xa0& silk, 5€"),
        ("&#8217;&#x2019;&rsquo;", "’’’"),
        ("2 &lt; 3 &gt; 1 &#60; 2", "2 &lt; 3 &gt; 1 &#60; 2"),  # else they would be markup
        ('<a href="?a=1&amp;b=2" title="5&quot;">x&quot;</a>', '<a href="?a=1&b=2" title="5&quot;">x"</a>'),
        ("Marks & Spencer; M&S", "Marks & Spencer; M&S"),
    ],
)
def test_entities_in_the_description_become_characters(text: str, sent: str) -> None:
    assert without_entities(text) == sent


def refusal(shirt: Product, listing_template: ListingTemplate, selling_shop: Shop) -> Refusal:
    found = wanted_or_refused(shirt, listing_template, selling_shop)
    assert isinstance(found, Refusal)
    return found


UPLOADED = '<img src="https://p-oec-va.ibyteimg.com/tos-1" width="9" height="9">'
NOT_UPLOADED = (
    "The description has an image that is not uploaded to TikTok, or that has no width and height in pixels. "
    "Remove the image from the description in Magento."
)
ONLY_REGION: dict[str, str] = {"DE": "EUR", "TH": "THB", "BR": "BRL", "JP": "JPY", "US": "USD"}


@pytest.mark.parametrize(
    ("attributes", "region", "sentence"),
    [
        ({"name": ""}, "US",
         "The name's length is 0; TikTok accepts 1 to 255 characters in US. Change the name in Magento."),
        ({"name": "x" + "yz" * 128}, "DE",
         "The name's length is 257; TikTok accepts 1 to 255 characters in DE. Change the name in Magento."),
        ({"name": "Linen shirt"}, "TH",
         "The name's length is 11; TikTok accepts 25 to 255 characters in TH. Change the name in Magento."),
        ({"name": "xy" * 151}, "BR",
         "The name's length is 302; TikTok accepts 1 to 300 characters in BR. Change the name in Magento."),
        ({"name": "Linen \x07shirt"}, "US",
         "The name has a control character (U+0007), which TikTok does not accept. Change the name in Magento."),
        ({"name": "Shirt!!!!!!!!!!"}, "US",
         "The name has more than 9 equal characters in a row, which TikTok does not accept. "
         "Change the name in Magento."),
        ({"name": "*** !!!"}, "US",
         "The name consists of symbols only, which TikTok does not accept. Change the name in Magento."),
        ({"name": "Shirt &amp; tie"}, "US",
         "The name has the HTML entity '&amp;', which TikTok does not accept. Change the name in Magento."),
        ({"name": "Shirt \U0001f455"}, "US",
         "The name has an emoji (U+1F455), which TikTok does not accept. Change the name in Magento."),
        ({"description": "Linen \u2b50"}, "US",
         "The description has an emoji (U+2B50), which TikTok does not accept. Change the description in Magento."),
        ({"description": "<p>2 &lt; 3</p>"}, "US",
         "The description has the HTML entity '&lt;', which TikTok does not accept. "
         "Change the description in Magento."),
        ({"description": "Linen \x07"}, "US",
         "The description has a control character (U+0007), which TikTok does not accept. "
         "Change the description in Magento."),
        ({"description": "Linen" + "!" * 10}, "US",
         "The description has more than 9 equal characters in a row, which TikTok does not accept. "
         "Change the description in Magento."),
        ({"description": UPLOADED * 31}, "US",
         "The description has 31 images; TikTok accepts 30. Remove some of them in Magento."),
        ({"description": '<img src="https://shop.example/a.jpg" width="9" height="9">'}, "US",
         "The product has no description. Write one in Magento."),
        ({"description": UPLOADED.replace('height="9"', "")}, "US", NOT_UPLOADED),
        ({"description": UPLOADED.replace('height="9"', 'height="4001"')}, "US", NOT_UPLOADED),
        ({"description": " \n"}, "US", "The product has no description. Write one in Magento."),
        ({"description": None}, "US", "The product has no description. Write one in Magento."),
        ({"description": "xy" * 5_000 + "z"}, "US",
         "The description has 10001 characters; TikTok accepts 10000. Shorten it in Magento."),
        ({"price": None}, "US", "Magento has sent no price. Set the price in Magento."),
        ({"price": True}, "US", "The price true is not a price above zero. Set the price in Magento."),
        ({"price": "0.00"}, "US", "The price '0.00' is not a price above zero. Set the price in Magento."),
        ({"quantity": None}, "US",
         "Magento has sent no quantity. Save the product's stock in Magento, so that a webhook sends it."),
    ],
)  # fmt: skip
def test_a_fault_is_found_with_a_message_and_a_hint(
    attributes: dict[str, Any], region: str, sentence: str
) -> None:
    selling_shop = shop(region=region, currency=ONLY_REGION[region])
    assert refusal(product(**attributes), template(), selling_shop).sentence() == sentence


@pytest.mark.parametrize(
    ("attributes", "region"),
    [
        ({"name": "x"}, "US"),
        ({"name": "xy" * 127 + "z"}, "US"),
        ({"name": "xy" * 150}, "BR"),
        ({"name": "A linen shirt, size medium"}, "TH"),
        ({"name": "Shirt!!!!!!!!!"}, "US"),
        ({"name": "Shirt & tie"}, "US"),
        ({"description": "<p>Linen.</p>\r\n<p>\tPressed.</p>"}, "US"),
        ({"description": UPLOADED * 30}, "US"),
        ({"description": "xy" * 5_000}, "US"),
        ({"quantity": 0}, "US"),
    ],
)
def test_values_at_the_limits_are_accepted(attributes: dict[str, Any], region: str) -> None:
    selling_shop = shop(region=region, currency=ONLY_REGION[region])
    assert isinstance(wanted_or_refused(product(**attributes), template(), selling_shop), WantedListing)


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
def test_seller_skus_have_the_form_of_the_region(sku: str, region: str, allowed: str | None) -> None:
    selling_shop = shop(region=region, currency=ONLY_REGION[region])
    found = wanted_or_refused(replace(product(), sku=sku), template(), selling_shop)
    if allowed is None:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == f"TikTok does not accept the SKU {sku!r}: {allowed}. Change it in Magento."


@pytest.mark.parametrize(
    ("value", "unit", "region", "accepted"),
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
def test_weights_have_the_units_and_decimals_of_the_region(
    value: str, unit: str, region: str, accepted: bool
) -> None:
    selling_shop = shop(region=region, currency=ONLY_REGION[region])
    found = wanted_or_refused(product(), template(package_weight=PackageWeight(value, unit)), selling_shop)
    if accepted:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == (
            f"TikTok does not accept a package weight of {value} {unit} in {region}. "
            "Change it in the listing template 'Shirts'."
        )


def test_a_weight_of_zero_is_refused() -> None:
    weightless = template(package_weight=PackageWeight("0.0", "KILOGRAM"))
    assert refusal(product(), weightless, shop()).sentence() == (
        "The package weight is 0. Change it in the listing template 'Shirts'."
    )


def test_all_faults_are_returned_together() -> None:
    faults = refusal(product(name="", price=None, quantity=None), template(), shop()).faults
    assert [fault.field for fault in faults] == ["title", "price", "quantity"]


@pytest.mark.parametrize(
    ("sides", "unit", "weight", "region", "sentence"),
    [
        (("10", "20", "4"), "CENTIMETER", "KILOGRAM", "DE", None),
        (("10", "20", "4"), "INCH", "POUND", "US", None),
        (("10", "20", "4"), "INCH", "KILOGRAM", "DE",
         "TikTok does not accept package dimensions of 10 x 20 x 4 INCH in DE."),
        (("10", "0", "4"), "CENTIMETER", "KILOGRAM", "DE",
         "TikTok does not accept package dimensions of 10 x 0 x 4 CENTIMETER in DE."),
        (("10", "20", "4"), "INCH", "KILOGRAM", "US",
         "The package has its weight in KILOGRAM and its dimensions in INCH: TikTok accepts one system of units."),
        (("10", "20", "4"), "CENTIMETER", "POUND", "US",
         "The package has its weight in POUND and its dimensions in CENTIMETER: TikTok accepts one system of units."),
    ],
)  # fmt: skip
def test_dimensions_are_whole_numbers_in_the_units_of_the_region(
    sides: tuple[str, str, str], unit: str, weight: str, region: str, sentence: str | None
) -> None:
    boxed = template(
        package_weight=PackageWeight("0.3", weight), package_dimensions=PackageDimensions(*sides, unit)
    )
    found = wanted_or_refused(product(), boxed, shop(region=region, currency=ONLY_REGION[region]))
    if sentence is None:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == f"{sentence} Change it in the listing template 'Shirts'."


def test_an_image_url_is_not_an_image_uri() -> None:
    pictured = template(image_uri="https://shop.example/a.jpg")
    assert refusal(product(), pictured, shop()).sentence() == (
        "'https://shop.example/a.jpg' is an address; TikTok accepts only the uri of an image that was uploaded to it. "
        "Upload the image, and enter its uri in the listing template 'Shirts'."
    )


@pytest.mark.parametrize(("word", "accepted"), [("x" * 2000, True), ("x" * 2001, False), ("", False)])
def test_the_length_of_an_attribute_value_is_limited(word: str, accepted: bool) -> None:
    mapped = template(attributes=(AttributeMapping("100392", "color", values={"49": word}),))
    found = wanted_or_refused(product(), mapped, shop())
    if accepted:
        assert isinstance(found, WantedListing)
    else:
        assert isinstance(found, Refusal)
        assert found.sentence() == (
            "The TikTok attribute 100392 has no value, an empty value, or a value of more than 2000 characters. "
            "Change its mapping in the listing template 'Shirts', or the value in Magento."
        )


NEW_PRICE = {SKU: Money("31.00", "USD")}
NEW_STOCK = {SKU: {WAREHOUSE: 3}}


@pytest.mark.parametrize(
    ("attributes", "faults", "price", "stock"),
    [
        ({"name": ""}, ["title"], NEW_PRICE, NEW_STOCK),
        ({"name": ["a"]}, ["title"], NEW_PRICE, NEW_STOCK),
        ({"name": "", "price": None}, ["title", "price"], None, NEW_STOCK),
        ({"name": "", "quantity": None}, ["title", "quantity"], NEW_PRICE, None),
        ({"price": "0.0000"}, ["price"], None, NEW_STOCK),
        ({"quantity": None}, ["quantity"], NEW_PRICE, None),
        ({"price": "free", "quantity": "some"}, ["price", "quantity"], None, None),
    ],
)
def test_a_part_with_a_fault_leaves_the_other_parts_to_be_sent(
    attributes: dict[str, Any], faults: list[str], price: object, stock: object
) -> None:
    refused = refusal(product(**{"quantity": 3, "price": "31", **attributes}), template(), shop())
    assert [fault.field for fault in refused.faults] == faults
    assert refused.parts is not None
    assert (refused.parts.price, refused.parts.stock) == (price, stock)
    assert (refused.parts.content is None) is ("title" in faults)


def test_a_sku_that_tiktok_refuses_is_a_fault_of_the_content_only() -> None:
    refused = refusal(replace(product(price="31", quantity=3), sku="SHIRT M"), template(), shop())
    assert refused.parts is not None
    assert (refused.parts.content, refused.parts.price) == (None, {"SHIRT M": Money("31.00", "USD")})


def test_nothing_is_sent_to_a_shop_that_is_not_connected() -> None:
    assert refusal(product(), template(), replace(shop(), tiktok=NOT_CONNECTED)).parts is None


@pytest.mark.parametrize(
    ("count", "region", "accepted"),
    [(300, "US", True), (301, "US", False), (300, "DE", True), (100, "TH", True), (101, "TH", False)],
)
def test_the_number_of_variants_is_limited_by_region(count: int, region: str, accepted: bool) -> None:
    content = wanted(name="A linen shirt, size medium").content
    skus = [{**content["skus"][0], "seller_sku": f"SHIRT-{number}"} for number in range(count)]
    found = [fault.field for fault in faults_of({**content, "skus": skus}, template(), region)]
    assert found == ([] if accepted else ["skus"])
