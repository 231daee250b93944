"""The pages for people: what the shops hold, and all of one product, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.products.product import Sku, Version
from sandbox.tiktok.products.product_content import compared
from tests.sandbox.html import Page
from tests.sandbox.tiktok.caller import APP_SECRET, CIPHER, TOKEN, Caller, Clock, axis, sku

EAST, WEST = "7068517275539719942", "7068517275539719943"


@pytest.fixture
def two_warehouses(clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, shops=(Shop(warehouses=(EAST, WEST)),)) as sandbox:
        yield Caller(sandbox.url, clock)


def page(shop: Caller, address: str = "/") -> Page:
    return Page(requests.get(f"{shop.url}{address}", timeout=20).text)


def product_page(shop: Caller, product_id: str) -> Page:
    return page(shop, f"/products/{product_id}")


def words(shown: Page) -> str:
    return re.sub(r"\s+", " ", shown.text)


def above_the_calls(shown: Page) -> str:
    return words(shown).partition("No. Time (UTC)")[0]


def test_the_first_page_shows_the_products_and_the_last_calls_escaped(shop: Caller) -> None:
    shop.live(title="Shirt <script>alert(1)</script>", skus=[sku("MUG-<1>", amount="1234.50", quantity=7)])
    shop.create(category_id="999")
    answer = requests.get(shop.url, timeout=20)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    shown = Page(answer.text)
    assert shown.all("script") == []
    for expected in ("Shirt <script>", "ACTIVATE", "MUG-<1>", "1,234.50 USD", " 7 ", "Red", "12052023"):
        assert expected in words(shown)
    assert APP_SECRET not in answer.text and TOKEN not in answer.text


def test_empty_places_have_a_sentence(shop: Caller) -> None:
    first = words(page(shop))
    assert "No products yet." in first
    assert "No calls yet." in first


def test_each_listing_and_each_call_leads_to_the_product(shop: Caller) -> None:
    product_id = shop.live()
    assert page(shop).links().count(f"/products/{product_id}") == 2


@pytest.mark.parametrize(
    ("sought", "finds"),
    [("mug", {"Blue mug"}), ("HAT-1", {"Green hat"}), ("-1", {"Blue mug", "Green hat"}), ("zzz", set())],
)
def test_products_are_sought_by_a_piece_of_their_title_or_seller_sku(
    shop: Caller, sought: str, finds: set[str]
) -> None:
    for title, name in (("Blue mug", "CUP-1"), ("Green hat", "HAT-1")):
        shop.created(title=title + ", made to be found", skus=[sku(name)])
    shown = page(shop, f"/?sought={sought}")
    assert {title for title in ("Blue mug", "Green hat") if title in above_the_calls(shown)} == finds
    assert ("No product has “zzz”" in shown.text) == (not finds)
    assert shown.all("input")[0]["value"] == sought


def test_a_shop_with_more_products_than_a_page_shows_the_newest_and_says_so(shop: Caller) -> None:
    for number in range(101):
        shop.created(title=f"Sports shirt number {number}.")
    shown = above_the_calls(page(shop))
    assert "101 products; these are the newest 100" in shown
    assert "number 100." in shown and "number 0." not in shown
    assert "number 0." in above_the_calls(page(shop, "/?sought=number+0."))


@pytest.mark.parametrize("address", ["/", "/?sought=x", "/products/{id}", "/products/1"])
def test_every_page_has_a_language_a_title_one_heading_and_a_label_for_each_field(
    shop: Caller, address: str
) -> None:
    shown = page(shop, address.format(id=shop.live()))
    assert shown.all("html")[0]["lang"] == "en"
    assert len(shown.all("title")) == len(shown.all("h1")) == len(shown.all("main")) == 1
    assert [label["for"] for label in shown.all("label")] == [field["id"] for field in shown.all("input")]
    assert shown.all("script") == []
    assert all(header.get("scope") for header in shown.all("th"))
    ids = {one["id"] for one in shown.all("h2", "main") if "id" in one}
    assert {link[1:] for link in shown.links() if link and link.startswith("#")} <= ids


def test_a_product_that_is_no_more_is_told_with_a_way_back(shop: Caller) -> None:
    answer = requests.get(f"{shop.url}/products/17", timeout=20)
    assert (answer.status_code, Page(answer.text).links()[-1]) == (404, "/")
    assert "There is no product 17" in answer.text


def test_both_versions_stand_side_by_side_where_one_is_under_review(shop: Caller) -> None:
    product_id = shop.live(title="Men's Sports Shirt")
    before = words(product_page(shop, product_id))
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    during = words(product_page(shop, product_id))
    shop.clock.pass_by(60)
    after = words(product_page(shop, product_id))
    assert "Under review" not in before + after
    assert (
        "Field Live Under review Title differs Men's Sports Shirt Women's Sports Shirt Description <p>"
        in during
    )
    assert "Field Value Title Women's Sports Shirt Description" in after
    assert "ends at 2026-11-18 11:08:40 UTC" in during


def test_the_only_version_of_a_first_audit_is_told_as_that(shop: Caller) -> None:
    shown = words(product_page(shop, shop.created()))
    assert "This version is under review; there is no other." in shown
    assert "Field Value Title" in shown


def test_the_reasons_of_a_failed_audit_are_told(shop: Caller) -> None:
    shown = words(product_page(shop, shop.live(title="[fail audit] Shirt")))
    assert "The audit failed The product name is against the listing policy." in shown


def test_each_sku_has_its_price_and_its_stock_by_warehouse(two_warehouses: Caller) -> None:
    def stocked(name: str, east: int, west: int, **more: Any) -> dict[str, Any]:
        pieces = [{"warehouse_id": EAST, "quantity": east}, {"warehouse_id": WEST, "quantity": west}]
        axes = [axis("Size", name)]
        return sku(f"S-{name}", amount="9.00", inventory=pieces, sales_attributes=axes, **more)

    product_id = two_warehouses.live(skus=[stocked("S", 3, 4), stocked("M", 5, 6)])
    small, medium = two_warehouses.sku_ids(product_id)
    two_warehouses.partial_edit(product_id, skus=[stocked("S", 1, 2, id=small), stocked("L", 7, 8)])
    large = requests.get(f"{two_warehouses.url}/_sandbox/products", timeout=20).json()
    (large,) = [
        one["id"] for one in large["products"][0]["version_under_review"]["skus"] if one["id"] != small
    ]
    shown = words(product_page(two_warehouses, product_id))
    assert f"Price Stock in warehouse {EAST} Stock in warehouse {WEST} " in shown
    assert f" S-S {small} 9.00 USD 1 2 " in shown
    assert f" S-M only in the live version {medium} 9.00 USD 5 6 " in shown
    assert f" S-L only in the version under review {large} 9.00 USD 7 8 " in shown


def test_a_product_tells_the_calls_that_it_got_and_no_others(shop: Caller) -> None:
    product_id, other = shop.live(), shop.live(title="Another sports shirt")
    shop.admin("POST", "faults", {"operation": "price", "kind": "throttle"})
    shop.price(product_id, "12.34")
    shop.price(other, "98.76")
    shown = words(product_page(shop, product_id))
    told = shown.partition("Calls that this product got")[2]
    assert re.findall(r" (create|get|price) ", told) == ["price", "get", "create"]
    assert '"amount": "12.34"' in told and "36009002" in told and "(asked for: throttle)" in told
    assert "98.76" not in told


def test_a_product_whose_create_came_twice_says_so(shop: Caller) -> None:
    product_id = shop.created(idempotency_key="once")
    shop.create(idempotency_key="once")
    shown = words(product_page(shop, product_id))
    assert "its create came 2 times" in shown
    assert "done, answered as the first time" in shown


def version(*skus: Sku, **content: Any) -> Version:
    return Version(content, skus)


@pytest.mark.parametrize(
    ("live", "review", "row"),
    [
        (version(title="A"), version(title="A"), ("Title", ("A", "A"), False)),
        (version(title="A"), version(title="B"), ("Title", ("A", "B"), True)),
        (version(video={"id": "v"}), version(), ("Video", ("Id: v", None), True)),
        (version(), version(is_cod_allowed=False), ("Is cod allowed", (None, "no"), True)),
        (
            version(package_weight={"value": "0.3", "unit": "KILOGRAM"}),
            version(package_weight={"value": "300", "unit": "GRAM"}),
            ("Package weight", ("0.3 KILOGRAM", "300 GRAM"), True),
        ),
        (
            version(category_id="600001"),
            version(category_id="9"),
            ("Category id", ("Apparel › T-shirts › 600001", "9"), True),
        ),
        (
            version(main_images=[{"uri": "a"}, {"uri": "b"}]),
            version(main_images=[{"uri": "a"}]),
            ("Main images", ("a\nb", "a"), True),
        ),
        (
            version(Sku("1", {"seller_sku": "OLD"})),
            version(Sku("1", {"seller_sku": "NEW"})),
            ("SKU NEW", ("Seller SKU: OLD", "Seller SKU: NEW"), True),
        ),
        (version(Sku("1", {})), version(), ("SKU 1", ("no seller SKU", None), True)),
    ],
)
def test_versions_are_compared_field_by_field_and_skus_by_their_id(
    live: Version, review: Version, row: tuple[str, tuple[str | None, ...], bool]
) -> None:
    (told,) = compared([live, review], Shop())
    assert (told.field, told.values, told.differs) == row


def test_the_page_of_a_shop_says_whether_it_is_kept(shop: Caller) -> None:
    assert "All this is in memory" in words(page(shop))
    assert CIPHER in words(page(shop))
