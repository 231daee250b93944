"""The sandbox's own door: what is held, what was done, and the seller's hand."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.tiktok.caller import CIPHER, WAREHOUSE, Caller, sku


def products(shop: Caller, query: str = "") -> list[dict[str, Any]]:
    return list(shop.admin("GET", f"products{query}")["products"])


def test_it_says_that_it_is_there(shop: Caller) -> None:
    assert shop.admin("GET", "health") == {"ok": True}


def test_a_product_is_told_with_its_live_values_and_those_under_review(shop: Caller) -> None:
    product_id = shop.live(external_product_id="demo/1")
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    (told,) = products(shop)
    assert (told["id"], told["status"], told["audit"], told["creates"]) == (
        product_id,
        "ACTIVATE",
        "AUDITING",
        1,
    )
    assert (told["title"], told["version_under_review"]["title"]) == (
        "Men's Sports Shirt",
        "Women's Sports Shirt",
    )
    assert (told["category_id"], told["external_product_id"]) == ("600001", "demo/1")
    (one,) = told["skus"]
    assert one["price"] == {"amount": "10.00", "currency": "USD"}
    assert (one["seller_sku"], one["quantity"]) == ("SHIRT-1", 5)
    assert one["inventory"] == [{"warehouse_id": WAREHOUSE, "quantity": 5}]
    assert told["product_attributes"][0]["values"][0]["name"] == "Red"


def test_a_product_in_its_first_audit_is_told_with_the_values_it_has(shop: Caller) -> None:
    shop.created()
    (told,) = products(shop)
    assert (told["title"], told["version_under_review"]) == ("Men's Sports Shirt", None)


def test_products_are_found_by_sku_and_shop_and_deleted_ones_on_request(shop: Caller) -> None:
    mug = shop.created(skus=[sku("MUG-1")])
    deleted = shop.created(skus=[sku("MUG-1")])
    shop.move("delete", deleted)
    assert [one["id"] for one in products(shop)] == [mug]
    asked = products(shop, f"?seller_sku=MUG-1&include_deleted=1&shop={CIPHER}")
    assert [one["id"] for one in asked] == [mug, deleted]
    assert products(shop, "?seller_sku=CUP-1") == []


def test_every_write_leaves_its_effect(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Shirt", description="<p>Wool.</p>")
    shop.price(product_id, "12.00")
    shop.create(category_id="999")
    effects = shop.effects()
    assert [(one["operation"], one["product_id"], one["code"]) for one in effects] == [
        ("create", product_id, 0),
        ("partial_edit", product_id, 0),
        ("price", product_id, 0),
        ("create", None, 12052023),
    ]
    assert effects[1]["fields"] == ["title", "description"]
    assert effects[1]["body"] == {"title": "Shirt", "description": "<p>Wool.</p>"}
    assert [one["status"] for one in effects] == ["PENDING", "ACTIVATE", "ACTIVATE", None]
    assert {tuple(one["seller_skus"]) for one in effects} == {("SHIRT-1",)}
    assert len({one["request_id"] for one in effects}) == 4
    assert effects[0]["at"] == shop.clock() - 60


def test_effects_are_told_from_a_number_on_and_with_reads_on_request(shop: Caller) -> None:
    product_id = shop.created()
    shop.get(product_id)
    shop.search({"seller_skus": ["SHIRT-1"]})
    told = shop.effects(writes=0)
    assert [(one["seq"], one["operation"]) for one in told] == [(1, "create"), (2, "get"), (3, "search")]
    assert told[2]["seller_skus"] == ["SHIRT-1"]
    assert shop.effects(after=1) == []
    assert [one["seq"] for one in shop.effects(after=2, writes=0)] == [3]


def test_an_inventory_update_that_failed_leaves_the_code_of_its_first_error(shop: Caller) -> None:
    product_id = shop.live()
    shop.stock(product_id, {WAREHOUSE: 1, "7": 2})
    assert shop.effects()[-1]["code"] == 12052097


def test_a_stranger_is_noted_and_nothing_of_their_body_is_kept(shop: Caller) -> None:
    shop.call("POST", "/product/202309/products", {"title": "Forged"}, changed={"sign": "0" * 64})
    (effect,) = shop.effects()
    assert (effect["operation"], effect["code"], effect["body"]) == ("create", 106001, {})


@pytest.mark.parametrize(("levels", "code"), [(64, 0), (65, 36009022), (900, 36009022)])
def test_a_body_that_is_nested_too_deep_is_refused_and_its_effect_can_be_told(
    shop: Caller, levels: int, code: int
) -> None:
    nested: list[Any] = []
    for _ in range(levels - 2):
        nested = [nested]
    assert shop.create(video=nested).code == code
    assert [one["code"] for one in shop.effects()] == [code]


def test_the_seller_edits_by_hand_without_an_audit(shop: Caller) -> None:
    product_id = shop.live()
    wish = {"seller_sku": "SHIRT-1", "title": "By hand", "price": "7.00", "quantity": 2, "status": "FREEZE"}
    told = shop.admin("POST", "edit", wish)["product"]
    assert (told["id"], told["title"], told["status"]) == (product_id, "By hand", "FREEZE")
    assert (told["skus"][0]["price"]["amount"], told["skus"][0]["quantity"]) == ("7.00", 2)
    assert [one["operation"] for one in shop.effects()] == ["create"]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("GET", "products?shop=nobody", None, "There is no shop"),
        ("GET", "products?include_deleted=yes", None, "include_deleted must be 1 or 0"),
        ("GET", "effects?after=x", None, "after must be the number"),
        ("PUT", "settings", {"audit_seconds": -1}, "audit_seconds must be a number"),
        ("PUT", "settings", {"audits_pass": 1}, "audits_pass must be true or false"),
        ("PUT", "settings", {"audit_second": 1}, "audit_second is not known here"),
        ("POST", "hold", {"operation": "upload"}, "operation must be one of"),
        ("POST", "hold", {"operation": "create", "when": "later"}, "when must be one of"),
        ("POST", "hold", {"operation": "create", "seconds": "5"}, "seconds must be a number"),
        ("POST", "hold", None, "Send a JSON object"),
        ("POST", "faults", {"operation": "*", "kind": "fire"}, "kind must be one of"),
        ("POST", "faults", {"operation": "*", "kind": "fault", "times": 0}, "times must be a whole number"),
        ("POST", "edit", {"title": "x"}, "Name the product"),
        ("POST", "edit", {"seller_sku": "none"}, "One product with the SKU"),
        ("POST", "edit", {"product_id": "1"}, "There is no product 1"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "price": "free"}, "wrong format"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "quantity": -1}, "quantity must be a whole number"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "status": "GONE"}, "status must be one of"),
    ],
)
def test_a_wish_that_cannot_be_understood_is_answered_with_a_sentence(
    shop: Caller, method: str, path: str, body: object, words: str
) -> None:
    shop.created()
    answer = requests.request(method, f"{shop.url}/_sandbox/{path}", json=body, timeout=20)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_refused_edit_by_hand_changes_nothing(shop: Caller) -> None:
    shop.created()
    wish = {"seller_sku": "SHIRT-1", "title": "By hand", "price": "free"}
    requests.post(f"{shop.url}/_sandbox/edit", json=wish, timeout=20)
    assert products(shop)[0]["title"] == "Men's Sports Shirt"


def test_a_reset_forgets_all_and_repeats_no_id(shop: Caller) -> None:
    before = shop.created()
    shop.admin("POST", "faults", {"operation": "*", "kind": "fault"})
    shop.admin("PUT", "settings", {"audit_seconds": 1})
    shop.clock.pass_by(1)
    shop.admin("POST", "reset")
    assert (products(shop), shop.effects(writes=0)) == ([], [])
    settings = shop.admin("GET", "settings")
    assert (settings["audit_seconds"], settings["audits_pass"]) == (60, True)
    assert shop.created() != before
