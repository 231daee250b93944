"""The routes under `/_sandbox`: products, the effect log and the seller's edits."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.tiktok.caller import CIPHER, WAREHOUSE, Caller, sku


def products(shop: Caller, query: str = "") -> list[dict[str, Any]]:
    return list(shop.admin("GET", f"products{query}")["products"])


def test_health_returns_ok(shop: Caller) -> None:
    assert shop.admin("GET", "health") == {"ok": True}


def test_a_product_has_its_live_values_and_those_under_review(shop: Caller) -> None:
    product_id = shop.live(external_product_id="demo/1")
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    (response,) = products(shop)
    assert (response["id"], response["status"], response["audit"], response["creates"]) == (
        product_id,
        "ACTIVATE",
        "AUDITING",
        1,
    )
    assert (response["title"], response["version_under_review"]["title"]) == (
        "Men's Sports Shirt",
        "Women's Sports Shirt",
    )
    assert (response["category_id"], response["external_product_id"]) == ("600001", "demo/1")
    (sku_data,) = response["skus"]
    assert sku_data["price"] == {"amount": "10.00", "currency": "USD"}
    assert (sku_data["seller_sku"], sku_data["quantity"]) == ("SHIRT-1", 5)
    assert sku_data["inventory"] == [{"warehouse_id": WAREHOUSE, "quantity": 5}]
    assert response["product_attributes"][0]["values"][0]["name"] == "Red"


def test_a_product_in_its_first_audit_has_one_version(shop: Caller) -> None:
    shop.created()
    (response,) = products(shop)
    assert (response["title"], response["version_under_review"]) == ("Men's Sports Shirt", None)


def test_products_are_found_by_sku_and_shop_and_deleted_ones_on_request(shop: Caller) -> None:
    mug = shop.created(skus=[sku("MUG-1")])
    deleted = shop.created(skus=[sku("MUG-1")])
    shop.move("delete", deleted)
    assert [product["id"] for product in products(shop)] == [mug]
    matching = products(shop, f"?seller_sku=MUG-1&include_deleted=1&shop={CIPHER}")
    assert [product["id"] for product in matching] == [mug, deleted]
    assert products(shop, "?seller_sku=CUP-1") == []


def test_every_write_is_logged(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Shirt", description="<p>Wool.</p>")
    shop.price(product_id, "12.00")
    shop.create(category_id="999")
    effects = shop.effects()
    assert [(effect["operation"], effect["product_id"], effect["code"]) for effect in effects] == [
        ("create", product_id, 0),
        ("partial_edit", product_id, 0),
        ("price", product_id, 0),
        ("create", None, 12052023),
    ]
    assert effects[1]["fields"] == ["title", "description"]
    assert effects[1]["body"] == {"title": "Shirt", "description": "<p>Wool.</p>"}
    assert [effect["status"] for effect in effects] == ["PENDING", "ACTIVATE", "ACTIVATE", None]
    assert {tuple(effect["seller_skus"]) for effect in effects} == {("SHIRT-1",)}
    assert len({effect["request_id"] for effect in effects}) == 4
    assert effects[0]["at"] == shop.clock() - 60


def test_effects_can_be_read_from_a_number_and_with_reads(shop: Caller) -> None:
    product_id = shop.created()
    shop.get(product_id)
    shop.search({"seller_skus": ["SHIRT-1"]})
    logged = shop.effects(writes=0)
    assert [(effect["seq"], effect["operation"]) for effect in logged] == [
        (1, "create"),
        (2, "get"),
        (3, "search"),
    ]
    assert logged[2]["seller_skus"] == ["SHIRT-1"]
    assert shop.effects(after=1) == []
    assert [effect["seq"] for effect in shop.effects(after=2, writes=0)] == [3]


def test_a_failed_inventory_update_is_logged_with_its_first_code(shop: Caller) -> None:
    product_id = shop.live()
    shop.stock(product_id, {WAREHOUSE: 1, "7": 2})
    assert shop.effects()[-1]["code"] == 12052097


def test_an_unauthenticated_call_is_logged_without_its_body(shop: Caller) -> None:
    shop.call("POST", "/product/202309/products", {"title": "Forged"}, changed={"sign": "0" * 64})
    (effect,) = shop.effects()
    assert (effect["operation"], effect["code"], effect["body"]) == ("create", 106001, {})


@pytest.mark.parametrize(("levels", "code"), [(64, 0), (65, 36009022), (900, 36009022)])
def test_a_body_nested_too_deep_is_rejected_and_logged(shop: Caller, levels: int, code: int) -> None:
    nested: list[Any] = []
    for _ in range(levels - 2):
        nested = [nested]
    assert shop.create(video=nested).code == code
    assert [effect["code"] for effect in shop.effects()] == [code]


def test_the_sellers_edits_are_not_audited(shop: Caller) -> None:
    product_id = shop.live()
    edit = {"seller_sku": "SHIRT-1", "title": "By hand", "price": "7.00", "quantity": 2, "status": "FREEZE"}
    response = shop.admin("POST", "edit", edit)["product"]
    assert (response["id"], response["title"], response["status"]) == (product_id, "By hand", "FREEZE")
    assert (response["skus"][0]["price"]["amount"], response["skus"][0]["quantity"]) == ("7.00", 2)
    assert [effect["operation"] for effect in shop.effects()] == ["create"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", "products?shop=other", None, "Unknown shop"),
        ("GET", "products?include_deleted=yes", None, "include_deleted must be 1 or 0"),
        ("GET", "effects?after=x", None, "after must be the number"),
        ("PUT", "settings", {"audit_seconds": -1}, "audit_seconds must be a number"),
        ("PUT", "settings", {"audits_pass": 1}, "audits_pass must be true or false"),
        ("PUT", "settings", {"audit_second": 1}, "Unknown field: audit_second"),
        ("POST", "hold", {"operation": "upload"}, "operation must be one of"),
        ("POST", "hold", {"operation": "create", "when": "later"}, "when must be one of"),
        ("POST", "hold", {"operation": "create", "seconds": "5"}, "seconds must be a number"),
        ("POST", "hold", None, "Send a JSON object"),
        ("POST", "faults", {"operation": "*", "kind": "fire"}, "kind must be one of"),
        ("POST", "faults", {"operation": "*", "kind": "fault", "times": 0}, "times must be a whole number"),
        ("POST", "edit", {"title": "x"}, "Send either product_id or seller_sku"),
        ("POST", "edit", {"seller_sku": "none"}, "Exactly one product must have the SKU"),
        ("POST", "edit", {"product_id": "1"}, "Unknown product 1"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "price": "free"}, "wrong format"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "quantity": -1}, "quantity must be a whole number"),
        ("POST", "edit", {"seller_sku": "SHIRT-1", "status": "GONE"}, "status must be one of"),
    ],
)
def test_an_invalid_request_gets_a_message(
    shop: Caller, method: str, path: str, body: object, message: str
) -> None:
    shop.created()
    response = requests.request(method, f"{shop.url}/_sandbox/{path}", json=body, timeout=20)
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_a_rejected_edit_of_the_seller_changes_nothing(shop: Caller) -> None:
    shop.created()
    edit = {"seller_sku": "SHIRT-1", "title": "By hand", "price": "free"}
    requests.post(f"{shop.url}/_sandbox/edit", json=edit, timeout=20)
    assert products(shop)[0]["title"] == "Men's Sports Shirt"


def test_a_reset_deletes_everything_and_repeats_no_id(shop: Caller) -> None:
    before = shop.created()
    shop.admin("POST", "faults", {"operation": "*", "kind": "fault"})
    shop.admin("PUT", "settings", {"audit_seconds": 1})
    shop.clock.pass_by(1)
    shop.admin("POST", "reset")
    assert (products(shop), shop.effects(writes=0)) == ([], [])
    settings = shop.admin("GET", "settings")
    assert (settings["audit_seconds"], settings["audits_pass"]) == (60, True)
    assert shop.created() != before
