"""Audits: a new product is audited before buyers see it, a live edit before they see the edit."""

from __future__ import annotations

import pytest

from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, axis, shirt, sku


def test_a_new_product_is_audited_and_then_live(shop: Caller) -> None:
    reply = shop.create()
    product_id = reply.data["product_id"]
    assert product_id.isdigit() and len(product_id) == 19
    assert [entry["seller_sku"] for entry in reply.data["skus"]] == ["SHIRT-1"]
    assert shop.status(product_id) == ("PENDING", "AUDITING")
    shop.clock.pass_by(59)
    assert shop.status(product_id) == ("PENDING", "AUDITING")
    shop.clock.pass_by(1)
    assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_a_failed_audit_has_reasons_and_the_next_edit_is_audited_again(shop: Caller) -> None:
    product_id = shop.live(title="Shirt [fail audit]")
    product = shop.get(product_id).data
    assert (product["status"], product["audit"]["status"]) == ("FAILED", "FAILED")
    assert product["audit_failed_reasons"][0]["reasons"]
    shop.partial_edit(product_id, title="Shirt")
    assert shop.status(product_id) == ("PENDING", "AUDITING")
    shop.clock.pass_by(60)
    assert shop.status(product_id) == ("ACTIVATE", "APPROVED")
    assert "audit_failed_reasons" not in shop.get(product_id).data


def test_the_settings_can_make_every_audit_fail(shop: Caller) -> None:
    product_id = shop.created()
    shop.admin("PUT", "settings", {"audit_seconds": 0, "audits_pass": False})
    assert shop.status(product_id) == ("FAILED", "FAILED")


def test_a_live_edit_is_only_in_the_version_under_review(shop: Caller) -> None:
    product_id = shop.live()
    reply = shop.partial_edit(product_id, title="Women's Sports Shirt")
    assert reply.data["audit"] == {"status": "AUDITING"}
    assert shop.status(product_id) == ("ACTIVATE", "AUDITING")
    assert shop.get(product_id).data["title"] == "Men's Sports Shirt"
    assert shop.get(product_id, return_under_review_version="true").data["title"] == "Women's Sports Shirt"
    shop.clock.pass_by(60)
    assert shop.get(product_id).data["title"] == "Women's Sports Shirt"
    assert shop.get(product_id, return_under_review_version="true").http_and_code == (200, 12052547)


def test_a_failed_live_edit_leaves_the_live_version(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Shirt [fail audit]")
    shop.clock.pass_by(60)
    assert shop.status(product_id) == ("ACTIVATE", "FAILED")
    assert shop.get(product_id).data["title"] == "Men's Sports Shirt"


def test_a_second_edit_starts_from_the_version_under_review(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    shop.partial_edit(product_id, description="<p>Wool.</p>")
    shop.clock.pass_by(60)
    product = shop.get(product_id).data
    assert (product["title"], product["description"]) == ("Women's Sports Shirt", "<p>Wool.</p>")


def test_price_and_stock_take_effect_during_an_audit_and_survive_it(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    assert shop.price(product_id, "12.50").code == 0
    assert shop.stock(product_id, {WAREHOUSE: 3}).code == 0
    for _ in range(2):
        (sku_data,) = shop.get(product_id).data["skus"]
        assert (sku_data["price"]["sale_price"], sku_data["inventory"][0]["quantity"]) == ("12.50", 3)
        shop.clock.pass_by(60)


@pytest.mark.parametrize(
    ("amount", "audit"),
    [("10.00", "NONE"), ("11.00", "APPROVED")],
)
def test_an_edit_of_only_the_price_is_not_audited(shop: Caller, amount: str, audit: str) -> None:
    product_id = shop.live()
    (sku_id,) = shop.sku_ids(product_id)
    reply = shop.partial_edit(product_id, skus=[sku(amount=amount, id=sku_id)])
    assert reply.data["audit"] == {"status": audit}
    assert shop.get(product_id).data["skus"][0]["price"]["sale_price"] == amount


def test_a_partial_edit_replaces_whole_properties_and_keeps_the_others(shop: Caller) -> None:
    product_id = shop.created()
    attribute = {"id": "100393", "values": [{"name": "Cotton"}]}
    shop.partial_edit(product_id, product_attributes=[attribute])
    product = shop.get(product_id).data
    assert [attribute["id"] for attribute in product["product_attributes"]] == ["100393"]
    assert product["title"] == "Men's Sports Shirt"


def test_a_full_edit_clears_omitted_fields_except_price_and_stock(shop: Caller) -> None:
    product_id = shop.created()
    (sku_id,) = shop.sku_ids(product_id)
    body = shirt(
        product_attributes=None, category_id="600002", skus=[{"id": sku_id, "seller_sku": "SHIRT-1"}]
    )
    assert shop.edit(product_id, body).code == 0
    product = shop.get(product_id).data
    assert "product_attributes" not in product
    assert [category["id"] for category in product["category_chains"] if category["is_leaf"]] == ["600002"]
    assert product["skus"][0]["price"]["sale_price"] == "10.00"
    assert product["skus"][0]["inventory"] == [{"warehouse_id": WAREHOUSE, "quantity": 5}]


def test_an_edit_with_skus_deletes_those_with_an_omitted_id(shop: Caller) -> None:
    skus = [
        sku("S-1", sales_attributes=[axis("Size", "S")]),
        sku("M-1", sales_attributes=[axis("Size", "M")]),
    ]
    product_id = shop.live(skus=skus)
    small, _ = shop.sku_ids(product_id)
    shop.partial_edit(
        product_id,
        skus=[{**skus[0], "id": small}, sku("L-1", sales_attributes=[axis("Size", "L")])],
    )
    shop.clock.pass_by(60)
    skus_by_name = {entry["seller_sku"]: entry for entry in shop.get(product_id).data["skus"]}
    assert set(skus_by_name) == {"S-1", "L-1"}
    assert skus_by_name["S-1"]["id"] == small
    attributes = [entry["sales_attributes"][0] for entry in skus_by_name.values()]
    assert len({attribute["id"] for attribute in attributes}) == 1
    assert [attribute["value_name"] for attribute in attributes] == ["S", "L"]


def test_a_sku_sent_without_its_id_becomes_a_new_sku(shop: Caller) -> None:
    product_id = shop.live()
    (before,) = shop.sku_ids(product_id)
    shop.partial_edit(product_id, skus=[sku()])
    shop.clock.pass_by(60)
    assert shop.sku_ids(product_id) != [before]


def test_a_draft_is_not_audited_until_it_is_submitted(shop: Caller) -> None:
    product_id = shop.live(save_mode="AS_DRAFT")
    assert shop.status(product_id) == ("DRAFT", "NONE")
    shop.partial_edit(product_id, title="Women's Sports Shirt", save_mode="AS_DRAFT")
    assert shop.status(product_id) == ("DRAFT", "NONE")
    shop.partial_edit(product_id, save_mode="LISTING")
    assert shop.status(product_id) == ("PENDING", "AUDITING")
    assert shop.partial_edit(product_id, title="Shirt", save_mode="AS_DRAFT").code == 12052901
