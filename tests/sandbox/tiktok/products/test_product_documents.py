"""Get Product and Search Products, whose responses differ from what was written."""

from __future__ import annotations

import pytest

from tests.sandbox.tiktok.caller import SEARCH, Caller, shirt, sku


def test_a_product_is_read_in_another_structure_than_it_is_written(shop: Caller) -> None:
    product = shop.get(shop.created(external_product_id="demo/1")).data
    assert [(category["id"], category["is_leaf"]) for category in product["category_chains"]] == [
        ("600000", False),
        ("600001", True),
    ]
    assert product["main_images"][0]["uri"] == "tos-sandbox/main-1"
    assert product["main_images"][0]["urls"] == ["https://p-sandbox.ibyteimg.com/tos-sandbox/main-1"]
    assert product["product_attributes"][0]["values"][0]["name"] == "Red"
    assert product["external_product_id"] == "demo/1"
    assert product["create_time"] == product["update_time"] == int(shop.clock())
    assert "category_id" not in product and "amount" not in product["skus"][0]["price"]


@pytest.mark.parametrize(
    ("product_id", "code"), [("1729592969712207008", 12019150), ("shirt", 12019008), ("17295", 12019150)]
)
def test_an_unknown_product_is_rejected(shop: Caller, product_id: str, code: int) -> None:
    assert shop.get(product_id).http_and_code == (200, code)


def test_a_search_finds_by_seller_sku_whatever_the_status(shop: Caller) -> None:
    pending = shop.created(skus=[sku("MUG-1")])
    deleted = shop.created(skus=[sku("MUG-2")])
    shop.move("delete", deleted)
    shop.created(skus=[sku("MUG-3")])
    found = shop.search({"seller_skus": ["MUG-1", "MUG-2"]}).data["products"]
    assert [(product["id"], product["status"]) for product in found] == [
        (pending, "PENDING"),
        (deleted, "DELETED"),
    ]


def test_a_renamed_sku_is_not_found_by_its_old_name(shop: Caller) -> None:
    product_id = shop.created(skus=[sku("MUG-1")])
    shop.partial_edit(product_id, skus=[sku("MUG-2", id=shop.sku_ids(product_id)[0])])
    names = (["MUG-1"], ["MUG-2"])
    assert [shop.search({"seller_skus": skus}).data["total_count"] for skus in names] == [0, 1]


def test_a_search_filters_by_status_audit_and_time(shop: Caller) -> None:
    live = shop.live()
    pending = shop.created()
    started = int(shop.clock())

    def found(**filters: object) -> list[str]:
        return [product["id"] for product in shop.search(filters).data["products"]]

    assert found(status="ACTIVATE") == [live]
    assert found(audit_status=["AUDITING"]) == [pending]
    assert found(create_time_ge=started) == [pending]
    assert found(update_time_le=started - 1) == []
    assert found(sku_ids=shop.sku_ids(live)) == [live]


def test_the_pages_of_a_search_contain_every_product_once(shop: Caller) -> None:
    created = [shop.created(skus=[sku(f"MUG-{number}")]) for number in range(5)]
    found, token, pages = [], "", 0
    while pages == 0 or token:
        reply = shop.search(page_size="2", page_token=token)
        found += [product["id"] for product in reply.data["products"]]
        token, pages = reply.data.get("next_page_token", ""), pages + 1
        assert reply.data["total_count"] == 5
    assert (found, pages) == (created, 3)


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        ({}, {"page_size": "1"}, (200, 0)),
        ({}, {"page_size": "0"}, (200, 12019109)),
        ({}, {"page_size": "101"}, (200, 12019109)),
        ({}, {"page_size": "ten"}, (200, 12019109)),
        ({}, {}, (400, 36009004)),
        ({}, {"page_size": "1", "page_token": "?"}, (200, 12019108)),
        ({"seller_skus": ["x"] * 10}, {"page_size": "1"}, (200, 0)),
        ({"seller_skus": ["x"] * 11}, {"page_size": "1"}, (200, 12019027)),
        ({"sku_ids": ["1"] * 11}, {"page_size": "1"}, (200, 12019087)),
        ({"status": "LIVE"}, {"page_size": "1"}, (400, 36009004)),
        ({"sku": "x"}, {"page_size": "1"}, (400, 36009004)),
    ],
)
def test_a_search_has_limits(
    shop: Caller, body: dict[str, object], query: dict[str, str], expected: tuple[int, int]
) -> None:
    assert shop.call("POST", SEARCH, body, query).http_and_code == expected


@pytest.mark.parametrize("version", ["202309", "202509"])
def test_older_versions_of_the_edits_are_supported(shop: Caller, version: str) -> None:
    path = f"/product/{version}/products/{shop.created()}"
    assert shop.call("PUT", path, shirt(title="Shirt one")).code == 0
    assert shop.call("POST", f"{path}/partial_edit", {"title": "Shirt two"}).code == 0
