"""The pages for people: shops and products, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.catalog.product import Sku, Version
from sandbox.tiktok.catalog.product_content import compare_versions
from tests.sandbox.html import Page
from tests.sandbox.tiktok.caller import APP_SECRET, CIPHER, TOKEN, Caller, Clock, axis, sku

EAST, WEST = "7068517275539719942", "7068517275539719943"


@pytest.fixture
def two_warehouses(clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, shops=(Shop(warehouses=(EAST, WEST)),)) as sandbox:
        yield Caller(sandbox.url, clock)


def get_page(shop: Caller, address: str = "/") -> Page:
    return Page(requests.get(f"{shop.url}{address}", timeout=20).text)


def get_product_page(shop: Caller, product_id: str) -> Page:
    return get_page(shop, f"/products/{product_id}")


def text_of(page: Page) -> str:
    return re.sub(r"\s+", " ", page.text)


def text_above_the_calls(page: Page) -> str:
    return text_of(page).partition("No. Time (UTC)")[0]


def test_the_first_page_shows_products_and_recent_calls_escaped(shop: Caller) -> None:
    shop.live(title="Shirt <script>alert(1)</script>", skus=[sku("MUG-<1>", amount="1234.50", quantity=7)])
    shop.create(category_id="999")
    response = requests.get(shop.url, timeout=20)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    assert page.all("script") == []
    for expected in ("Shirt <script>", "ACTIVATE", "MUG-<1>", "1,234.50 USD", " 7 ", "Red", "12052023"):
        assert expected in text_of(page)
    assert APP_SECRET not in response.text and TOKEN not in response.text


def test_empty_lists_have_a_message(shop: Caller) -> None:
    first = text_of(get_page(shop))
    assert "No products yet." in first
    assert "No calls yet." in first


def test_each_product_and_each_call_links_to_the_product(shop: Caller) -> None:
    product_id = shop.live()
    assert get_page(shop).links().count(f"/products/{product_id}") == 2


@pytest.mark.parametrize(
    ("search_text", "titles"),
    [("mug", {"Blue mug"}), ("HAT-1", {"Green hat"}), ("-1", {"Blue mug", "Green hat"}), ("zzz", set())],
)
def test_products_are_found_by_part_of_their_title_or_seller_sku(
    shop: Caller, search_text: str, titles: set[str]
) -> None:
    for title, name in (("Blue mug", "CUP-1"), ("Green hat", "HAT-1")):
        shop.created(title=title + ", made to be found", skus=[sku(name)])
    page = get_page(shop, f"/?sought={search_text}")
    assert {title for title in ("Blue mug", "Green hat") if title in text_above_the_calls(page)} == titles
    assert ("No title or seller SKU contains “zzz”" in page.text) == (not titles)
    assert page.all("input")[0]["value"] == search_text


def test_a_shop_with_many_products_shows_the_newest(shop: Caller) -> None:
    for number in range(101):
        shop.created(title=f"Sports shirt number {number}.")
    page = text_above_the_calls(get_page(shop))
    assert "101 products; showing the newest 100" in page
    assert "number 100." in page and "number 0." not in page
    assert "number 0." in text_above_the_calls(get_page(shop, "/?sought=number+0."))


@pytest.mark.parametrize("address", ["/", "/?sought=x", "/products/{id}", "/products/1"])
def test_every_page_has_a_language_a_title_one_heading_and_a_label_for_each_field(
    shop: Caller, address: str
) -> None:
    page = get_page(shop, address.format(id=shop.live()))
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    assert [label["for"] for label in page.all("label")] == [field["id"] for field in page.all("input")]
    assert page.all("script") == []
    assert all(header.get("scope") for header in page.all("th"))
    ids = {item["id"] for item in page.all("h2", "main") if "id" in item}
    assert {link[1:] for link in page.links() if link and link.startswith("#")} <= ids


def test_the_page_of_an_unknown_product_links_to_all_products(shop: Caller) -> None:
    response = requests.get(f"{shop.url}/products/17", timeout=20)
    assert (response.status_code, Page(response.text).links()[-1]) == (404, "/")
    assert "Product 17 not found" in response.text


def test_the_live_version_and_the_one_under_review_are_side_by_side(shop: Caller) -> None:
    product_id = shop.live(title="Men's Sports Shirt")
    before = text_of(get_product_page(shop, product_id))
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    while_in_review = text_of(get_product_page(shop, product_id))
    shop.clock.pass_by(60)
    after = text_of(get_product_page(shop, product_id))
    assert "Under review" not in before + after
    assert (
        "Field Live Under review Title differs Men's Sports Shirt Women's Sports Shirt Description <p>"
        in while_in_review
    )
    assert "Field Value Title Women's Sports Shirt Description" in after
    assert "ends at 2026-11-18 11:08:40 UTC" in while_in_review


def test_the_page_says_that_the_only_version_is_under_review(shop: Caller) -> None:
    page = text_of(get_product_page(shop, shop.created()))
    assert "The only version is under review." in page
    assert "Field Value Title" in page


def test_the_reasons_of_a_failed_audit_are_shown(shop: Caller) -> None:
    page = text_of(get_product_page(shop, shop.live(title="[fail audit] Shirt")))
    assert "The audit failed The product name is against the listing policy." in page


def test_each_sku_has_its_price_and_stock_by_warehouse(two_warehouses: Caller) -> None:
    def sku_with_stock(name: str, east: int, west: int, **more: Any) -> dict[str, Any]:
        stock = [{"warehouse_id": EAST, "quantity": east}, {"warehouse_id": WEST, "quantity": west}]
        axes = [axis("Size", name)]
        return sku(f"S-{name}", amount="9.00", inventory=stock, sales_attributes=axes, **more)

    product_id = two_warehouses.live(skus=[sku_with_stock("S", 3, 4), sku_with_stock("M", 5, 6)])
    small, medium = two_warehouses.sku_ids(product_id)
    two_warehouses.partial_edit(
        product_id, skus=[sku_with_stock("S", 1, 2, id=small), sku_with_stock("L", 7, 8)]
    )
    large = requests.get(f"{two_warehouses.url}/_sandbox/products", timeout=20).json()
    (large,) = [
        item["id"] for item in large["products"][0]["version_under_review"]["skus"] if item["id"] != small
    ]
    page = text_of(get_product_page(two_warehouses, product_id))
    assert f"Price Stock in warehouse {EAST} Stock in warehouse {WEST} " in page
    assert f" S-S {small} 9.00 USD 1 2 " in page
    assert f" S-M only in the live version {medium} 9.00 USD 5 6 " in page
    assert f" S-L only in the version under review {large} 9.00 USD 7 8 " in page


def test_a_product_page_shows_only_the_products_calls(shop: Caller) -> None:
    product_id, other = shop.live(), shop.live(title="Another sports shirt")
    shop.admin("POST", "faults", {"operation": "price", "kind": "throttle"})
    shop.price(product_id, "12.34")
    shop.price(other, "98.76")
    page = text_of(get_product_page(shop, product_id))
    calls = page.partition("API calls for this product")[2]
    assert re.findall(r" (create|get|price) ", calls) == ["price", "get", "create"]
    assert '"amount": "12.34"' in calls and "36009002" in calls and "(requested fault: throttle)" in calls
    assert "98.76" not in calls


def test_a_repeated_create_is_shown(shop: Caller) -> None:
    product_id = shop.created(idempotency_key="once")
    shop.create(idempotency_key="once")
    page = text_of(get_product_page(shop, product_id))
    assert "; 2 create calls" in page
    assert "done, first response repeated" in page


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
def test_versions_are_compared_by_field_and_skus_by_id(
    live: Version, review: Version, row: tuple[str, tuple[str | None, ...], bool]
) -> None:
    (difference,) = compare_versions([live, review], Shop())
    assert (difference.field, difference.values, difference.differs) == row


def test_the_page_says_whether_the_data_is_saved(shop: Caller) -> None:
    assert "Its data is in memory only" in text_of(get_page(shop))
    assert CIPHER in text_of(get_page(shop))
