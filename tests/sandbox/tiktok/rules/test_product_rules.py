"""The rules for products: each rejected value with its code, next to the nearest accepted one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.shops import APPAREL, Category
from tests.sandbox.tiktok.caller import Caller, Clock, axis, shirt, sku

ACCEPTED = (200, 0)
IMAGE = {"uri": "tos-sandbox/main-2"}
IMAGE_TAG = '<img src="https://p-sandbox.ibyteimg.com/tos-sandbox/main-3" width="9" height="9">'


def skus_with_sizes(count: int) -> list[dict[str, Any]]:
    return [sku(f"S-{number}", sales_attributes=[axis("Size", str(number))]) for number in range(count)]


def attributes(count: int) -> list[dict[str, Any]]:
    return [axis(f"Axis {number}", "one") for number in range(count)]


def with_seller_sku(seller_sku: object) -> list[dict[str, Any]]:
    return [{**sku(), "seller_sku": seller_sku}]


def with_attributes(*attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [sku(f"S-{place}", sales_attributes=values) for place, values in enumerate(attributes)]


LIMITS: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "title missing": ({"title": None}, (400, 36009004)),
    "title empty": ({"title": " "}, (200, 12052261)),
    "title of 255": ({"title": "abcde" * 51}, ACCEPTED),
    "title of 256": ({"title": "abcde" * 51 + "f"}, (200, 12052051)),
    "title with an entity": ({"title": "Shirt &amp; tie"}, (200, 12052931)),
    "title with an ampersand": ({"title": "Shirt & tie"}, ACCEPTED),
    "title with an emoji": ({"title": "Shirt \U0001f455"}, (200, 12052931)),
    "title with a tab": ({"title": "Shirt\tblue"}, (200, 12052931)),
    "title of symbols": ({"title": "!!! ???"}, (200, 12052931)),
    "title with nine equal": ({"title": "Shirt a" + "b" * 9}, ACCEPTED),
    "title with ten equal": ({"title": "Shirt a" + "b" * 10}, (200, 12052931)),
    "title that is a number": ({"title": 5}, (400, 36009004)),
    "description missing": ({"description": None}, (400, 36009004)),
    "description empty": ({"description": ""}, (200, 12052015)),
    "description of symbols": ({"description": "<p>*** !!!</p>"}, (200, 12052932)),
    "description of 10,000": ({"description": "abcde" * 2000}, ACCEPTED),
    "description of 10,001": ({"description": "abcde" * 2000 + "f"}, (200, 12052013)),
    "description of two lines": ({"description": "<p>One</p>\r\n<p>Two</p>"}, ACCEPTED),
    "description with an entity": ({"description": "One&nbsp;two"}, (200, 12052932)),
    "description with 30 images": ({"description": IMAGE_TAG * 30}, ACCEPTED),
    "description with 31 images": ({"description": IMAGE_TAG * 31}, (200, 12052056)),
    "description with a foreign image": (
        {"description": '<img src="https://x.test/a.jpg">'},
        (200, 12052340),
    ),
    "description with an image without a width": (
        {"description": IMAGE_TAG.replace('width="9"', "")},
        (200, 12052341),
    ),
    "description with an image of 4001": (
        {"description": IMAGE_TAG.replace('height="9"', 'height="4001"')},
        (200, 12052341),
    ),
    "title with a star": ({"title": "Shirt \u2b50"}, (200, 12052931)),
    "category missing": ({"category_id": None}, (400, 36009004)),
    "category of letters": ({"category_id": "shirts"}, (200, 12052002)),
    "category unknown": ({"category_id": "999"}, (200, 12052023)),
    "category not a leaf": ({"category_id": "600000"}, (200, 12052024)),
    "category version unknown": ({"category_version": "v3"}, (400, 36009004)),
    "images missing": ({"main_images": None}, (400, 36009004)),
    "no image": ({"main_images": []}, (200, 12052028)),
    "nine images": ({"main_images": [IMAGE] * 9}, ACCEPTED),
    "ten images": ({"main_images": [IMAGE] * 10}, (200, 12052306)),
    "image of another host": ({"main_images": [{"uri": "https://x.test/a.jpg"}]}, (200, 12052300)),
    "image read back with its width": ({"main_images": [{**IMAGE, "width": 8}]}, (400, 36009004)),
    "skus missing": ({"skus": None}, (400, 36009004)),
    "no SKU": ({"skus": []}, (200, 12052902)),
    "300 SKUs": ({"skus": skus_with_sizes(300)}, ACCEPTED),
    "301 SKUs": ({"skus": skus_with_sizes(301)}, (200, 12052050)),
    "SKU with an id": ({"skus": [sku(id="1729")]}, (400, 36009004)),
    "SKU with a misspelt field": ({"skus": [sku(quantity_=3)]}, (400, 36009004)),
    "SKU of 50": ({"skus": with_seller_sku("x" * 50)}, ACCEPTED),
    "SKU of 51": ({"skus": with_seller_sku("x" * 51)}, (200, 12052054)),
    "SKU with a space": ({"skus": with_seller_sku("A 1")}, (200, 12019059)),
    "SKU empty": ({"skus": with_seller_sku("")}, (200, 12019059)),
    "SKU that is a number": ({"skus": with_seller_sku(5)}, (400, 36009004)),
    "three axes": ({"skus": [sku(sales_attributes=attributes(3))]}, ACCEPTED),
    "four axes": ({"skus": [sku(sales_attributes=attributes(4))]}, (200, 12052525)),
    "axis name of 21": ({"skus": [sku(sales_attributes=[axis("x" * 21, "S")])]}, (200, 12052933)),
    "axis value of 51": ({"skus": [sku(sales_attributes=[axis("Size", "x" * 51)])]}, (200, 12052934)),
    "SKUs on differing axes": (
        {"skus": with_attributes([axis("Size", "S")], [axis("Color", "Red")])},
        (200, 12052550),
    ),
    "a combination twice": (
        {"skus": with_attributes([axis("Size", "S")], [axis("Size", "S")])},
        (200, 12052560),
    ),
    "two SKUs without axes": ({"skus": [sku("A"), sku("B")]}, (200, 12052559)),
    "pictures on two axes": (
        {"skus": with_attributes([axis("Size", "S", sku_img=IMAGE), axis("Color", "Red", sku_img=IMAGE)])},
        (200, 12052528),
    ),
    "SKU picture unknown": (
        {"skus": with_attributes([axis("Size", "S", sku_img={"uri": "tos-other"})])},
        (200, 12052722),
    ),
    "more pictures without a first": (
        {"skus": with_attributes([axis("Size", "S", supplementary_sku_images=[IMAGE])])},
        (200, 12052357),
    ),
    "weight missing": ({"package_weight": None}, (400, 36009004)),
    "weight of 3 decimals": ({"package_weight": {"value": "0.325", "unit": "KILOGRAM"}}, ACCEPTED),
    "weight of 4 decimals": ({"package_weight": {"value": "0.3255", "unit": "KILOGRAM"}}, (200, 12052006)),
    "weight zero": ({"package_weight": {"value": "0", "unit": "KILOGRAM"}}, (200, 12052006)),
    "weight in pounds": ({"package_weight": {"value": "0.3", "unit": "POUND"}}, ACCEPTED),
    "weight in grams": ({"package_weight": {"value": "300", "unit": "GRAM"}}, (200, 12019060)),
    "dimensions in another system": (
        {"package_dimensions": {"length": "1", "width": "1", "height": "1", "unit": "INCH"}},
        (200, 12052915),
    ),
    "dimensions in half centimetres": (
        {"package_dimensions": {"length": "1.5", "width": "1", "height": "1", "unit": "CENTIMETER"}},
        (200, 12052003),
    ),
    "dimensions in metres": (
        {"package_dimensions": {"length": "1", "width": "1", "height": "1", "unit": "METER"}},
        (200, 12019061),
    ),
    "attribute without an id": ({"product_attributes": [{"values": [{"name": "x"}]}]}, (400, 36009004)),
    "attribute value without id and name": (
        {"product_attributes": [{"id": "7", "values": [{}]}]},
        (200, 12052241),
    ),
    "eleven certifications": ({"certifications": [{}] * 11}, (400, 36009004)),
    "minimum order of 20": ({"minimum_order_quantity": 20}, ACCEPTED),
    "minimum order of 21": ({"minimum_order_quantity": 21}, (400, 36009004)),
    "15 search terms": ({"search_terms": ["x" * 250] * 15}, ACCEPTED),
    "16 search terms": ({"search_terms": ["x"] * 16}, (400, 36009004)),
    "feature of 1501": ({"key_product_features": ["x" * 1501]}, (400, 36009004)),
    "axis without a name": ({"skus": [sku(sales_attributes=[{"value_name": "S"}])]}, (400, 36009004)),
    "axis without a value": ({"skus": [sku(sales_attributes=[{"name": "Size"}])]}, (400, 36009004)),
    "nine more pictures": (
        {"skus": with_attributes([axis("Size", "S", sku_img=IMAGE, supplementary_sku_images=[IMAGE] * 9)])},
        (200, 12052356),
    ),
    "stock in no named warehouse": ({"skus": [{**sku(), "inventory": [{"quantity": 1}]}]}, (400, 36009004)),
    "attribute without values": ({"product_attributes": [{"id": "100392", "values": []}]}, (200, 12052241)),
    "attribute of any number": ({"product_attributes": [{"id": "7", "values": [{"name": "x"}]}]}, ACCEPTED),
    "attribute of a word": (
        {"product_attributes": [{"id": "color", "values": [{"name": "Red"}]}]},
        (400, 36009004),
    ),
    "attribute value of 2001": (
        {"product_attributes": [{"id": "7", "values": [{"name": "x" * 2001}]}]},
        (200, 12052242),
    ),
    "external id of 1000": ({"external_product_id": "x" * 1000}, (200, 12052369)),
    "idempotency key of 129": ({"idempotency_key": "x" * 129}, (400, 36009004)),
    "save mode unknown": ({"save_mode": "NOW"}, (400, 36009004)),
    "a misspelt field": ({"titel": "Shirt"}, (400, 36009004)),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_product_is_accepted_or_rejected_by_its_limits(shop: Caller, limit: str) -> None:
    changes, expected = LIMITS[limit]
    assert shop.create(**changes).http_and_code == expected
    assert shop.search().data["total_count"] == (expected == ACCEPTED)


def test_a_missing_field_has_tiktoks_message(shop: Caller) -> None:
    reply = shop.create(main_images=None)
    assert reply.message == "MainImages is a required field and has not been provided."


@pytest.mark.parametrize("limit", ["title of 256", "category not a leaf", "image of another host", "no SKU"])
def test_a_full_edit_has_the_same_limits(shop: Caller, limit: str) -> None:
    changes, expected = LIMITS[limit]
    product_id = shop.created()
    assert shop.edit(product_id, shirt(**changes)).http_and_code == expected


@pytest.mark.parametrize("limit", ["title of 256", "ten images", "no SKU", "weight zero"])
def test_a_partial_edit_has_the_same_limits(shop: Caller, limit: str) -> None:
    changes, expected = LIMITS[limit]
    product_id = shop.created()
    assert shop.partial_edit(product_id, **changes).http_and_code == expected


def test_a_sku_occurs_once_in_an_edit_and_belongs_to_the_product(shop: Caller) -> None:
    product_id = shop.created(skus=[sku(sales_attributes=[axis("Size", "S")])])
    (sku_id,) = shop.sku_ids(product_id)
    twice = [sku(id=sku_id, sales_attributes=[axis("Size", size)]) for size in ("S", "M")]
    assert shop.partial_edit(product_id, skus=twice).code == 12052553
    assert shop.partial_edit(product_id, skus=[sku(id="1729")]).code == 12052557


def test_a_partial_edit_keeps_the_measuring_system_of_the_other_fields(shop: Caller) -> None:
    size = {"length": "1", "width": "1", "height": "1", "unit": "CENTIMETER"}
    product_id = shop.created(package_dimensions=size)
    assert shop.partial_edit(product_id, package_weight={"value": "1", "unit": "POUND"}).code == 12052915
    assert shop.partial_edit(product_id, package_weight={"value": "1", "unit": "KILOGRAM"}).code == 0


def test_a_partial_edit_can_not_change_the_category(shop: Caller) -> None:
    assert shop.partial_edit(shop.created(), category_id="600002").http_and_code == (400, 36009004)


@pytest.mark.parametrize("field", ["title", "description", "category_id", "main_images", "skus"])
def test_a_full_edit_needs_the_required_fields_again(shop: Caller, field: str) -> None:
    assert shop.edit(shop.created(), shirt(**{field: None})).http_and_code == (400, 36009004)


@pytest.fixture
def german_shop(clock: Clock) -> Iterator[Caller]:
    with Sandbox(clock=clock, shops=[Shop(region="DE", currency="EUR")]) as sandbox:
        yield Caller(sandbox.url, clock)


@pytest.mark.parametrize(
    ("name", "code"), [("SHIRT-1", 0), ("SHIRT", 12019059), ("SHIRT.1", 12019059), ("x" * 50, 0)]
)
def test_some_markets_accept_6_to_50_letters_digits_dashes_and_underscores(
    german_shop: Caller, name: str, code: int
) -> None:
    entry = {**sku(name), "price": {"amount": "9.90", "currency": "EUR"}}
    assert german_shop.create(skus=[entry]).code == code


@pytest.mark.parametrize(
    ("region", "currency", "title", "code"),
    [
        ("BR", "BRL", "abcde" * 60, 0),
        ("BR", "BRL", "abcde" * 60 + "f", 12052051),
        ("TH", "THB", "A shirt of 24 characters", 12052931),
        ("TH", "THB", "A shirt of 25 characters!", 0),
    ],
)
def test_title_lengths_depend_on_the_market(
    clock: Clock, region: str, currency: str, title: str, code: int
) -> None:
    entry = {**sku(), "price": {"amount": "9.90", "currency": currency}}
    with Sandbox(clock=clock, shops=[Shop(region=region, currency=currency)]) as sandbox:
        assert Caller(sandbox.url, clock).create(title=title, skus=[entry]).code == code


@pytest.mark.parametrize(("count", "code"), [(100, 0), (101, 12052050)])
def test_other_markets_accept_100_skus(clock: Clock, count: int, code: int) -> None:
    price = {"amount": "99", "currency": "THB"}
    skus = [{**entry, "price": price} for entry in skus_with_sizes(count)]
    with Sandbox(clock=clock, shops=[Shop(region="TH", currency="THB")]) as sandbox:
        assert Caller(sandbox.url, clock).create(title="x1 " * 12, skus=skus).code == code


@pytest.mark.parametrize(("amount", "code"), [("990", 0), ("990.5", 12052012)])
def test_a_currency_without_decimals_rejects_decimals(clock: Clock, amount: str, code: int) -> None:
    entry = {**sku(), "price": {"amount": amount, "currency": "JPY"}}
    with Sandbox(clock=clock, shops=[Shop(region="JP", currency="JPY")]) as sandbox:
        assert Caller(sandbox.url, clock).create(skus=[entry]).code == code


def test_a_shop_may_require_category_version_v2(clock: Clock) -> None:
    with Sandbox(clock=clock, shops=[Shop(category_versions=("v2",))]) as sandbox:
        caller = Caller(sandbox.url, clock)
        assert [caller.create(category_version=version).code for version in ("v1", "v2")] == [12052217, 0]


def test_a_category_may_require_an_attribute(clock: Clock) -> None:
    strict = (*APPAREL, Category("600009", "Socks", "600000", required_attributes=("100392",)))
    with Sandbox(clock=clock, shops=[Shop(categories=strict)]) as sandbox:
        caller = Caller(sandbox.url, clock)
        assert caller.create(category_id="600009").code == 0
        reply = caller.create(category_id="600009", product_attributes=None)
        assert reply.code == 12052104 and "100392" in reply.message
