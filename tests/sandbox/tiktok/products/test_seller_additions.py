"""What a seller adds in Seller Center: SKUs and fields, which an edit keeps only if it repeats them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, shirt

FIELDS: dict[str, Any] = {
    "manufacturer_ids": ["7001"],
    "responsible_person_ids": ["7002"],
    "shipping_template_id": "7003",
    "search_terms": ["linen"],
    "key_product_features": ["Breathable"],
    "minimum_order_quantity": 2,
    "shipping_insurance_requirement": "OPTIONAL",
    "is_pre_owned": False,
}
SKU_FIELDS: dict[str, Any] = {
    "identifier_code": {"code": "4006381333931", "type": "EAN"},
    "list_price": {"amount": "39.00", "currency": "USD"},
    "fees": [{"type": "PFAND", "amount": "0.25", "additional_attribute": "SINGLE_USE"}],
    "sku_unit_count": "500",
    "sku_weight": {"value": "0.4", "unit": "KILOGRAM"},
}


def add(shop: Caller, product_id: str, **additions: Any) -> dict[str, Any]:
    """Add to the product in Seller Center, and return it as TikTok returns it."""
    shop.admin("POST", "edit", {"product_id": product_id, **additions})
    return shop.get(product_id).data


def test_a_sku_that_the_seller_adds_is_returned_with_the_axis_that_tells_it_from_the_others(
    shop: Caller,
) -> None:
    product_id = shop.live()
    (first,) = shop.sku_ids(product_id)
    skus = add(shop, product_id, add_sku={"seller_sku": "SHIRT-L"})["skus"]
    assert [entry["seller_sku"] for entry in skus] == ["SHIRT-1", "SHIRT-L"]
    assert skus[0]["id"] == first
    assert [entry["sales_attributes"][0]["value_name"] for entry in skus] == ["SHIRT-1", "SHIRT-L"]
    assert len({entry["sales_attributes"][0]["id"] for entry in skus}) == 1


def test_a_sku_that_is_added_during_an_audit_survives_it(shop: Caller) -> None:
    product_id = shop.live()
    shop.partial_edit(product_id, title="Women's Sports Shirt")
    add(shop, product_id, add_sku={"seller_sku": "SHIRT-L"})
    shop.clock.pass_by(60)
    product = shop.get(product_id).data
    assert product["title"] == "Women's Sports Shirt"
    assert [entry["seller_sku"] for entry in product["skus"]] == ["SHIRT-1", "SHIRT-L"]


def test_fields_that_the_seller_fills_are_returned(shop: Caller) -> None:
    product = add(shop, shop.live(), fields=FIELDS, sku_fields=SKU_FIELDS)
    assert {name: product[name] for name in FIELDS} == FIELDS
    assert {name: product["skus"][0][name] for name in SKU_FIELDS} == SKU_FIELDS


@pytest.mark.parametrize(
    ("written", "returned"),
    [
        (
            {"delivery_option_ids": ["91"]},
            {"delivery_options": [{"id": "91", "name": "Option 91", "is_available": True}]},
        ),
        (
            {
                "subscribe_info_edit": {
                    "subscribe_status": "ON",
                    "discount_details": [{"discount_level": "1", "discount_value": 5}],
                }
            },
            {
                "subscribe_info": {
                    "subscribe_status": "ON",
                    "subscribe_discount_details": [{"discount_level": "1", "discount_value": 5}],
                    "support_subscribe": True,
                }
            },
        ),
        ({"selling_format": "FIXED_PRICE_AND_LIVE_AUCTION"}, {"product_tags": ["AUCTION"]}),
    ],
)
def test_some_fields_are_returned_under_another_name(
    shop: Caller, written: dict[str, Any], returned: dict[str, Any]
) -> None:
    product = add(shop, shop.live(), fields=written)
    assert {name: product[name] for name in returned} == returned
    assert not written.keys() & product.keys()


def test_a_limit_on_orders_is_written_to_the_product_and_returned_with_each_sku(shop: Caller) -> None:
    limit = {"maximum_order_quantity": 2}
    product = add(shop, shop.live(), fields={"purchase_order_quantity_limit": limit})
    assert [entry["purchase_order_quantity_limit"] for entry in product["skus"]] == [limit]
    assert "purchase_order_quantity_limit" not in product


def test_a_full_edit_without_them_deletes_the_added_sku_and_clears_the_fields(shop: Caller) -> None:
    product_id = shop.live()
    (first,) = shop.sku_ids(product_id)
    add(shop, product_id, add_sku={"seller_sku": "SHIRT-L"}, fields=FIELDS, sku_fields=SKU_FIELDS)
    assert shop.edit(product_id, shirt(skus=[{"id": first, "seller_sku": "SHIRT-1"}])).code == 0
    shop.clock.pass_by(60)
    product = shop.get(product_id).data
    assert [entry["seller_sku"] for entry in product["skus"]] == ["SHIRT-1"]
    assert not (FIELDS.keys() & product.keys() or SKU_FIELDS.keys() & product["skus"][0].keys())


def test_backorders_stay_with_a_full_edit_that_names_no_stock_and_go_with_one_that_does(shop: Caller) -> None:
    product_id = shop.live()
    (first,) = shop.sku_ids(product_id)
    backorders = {"backorder_quantity": 4, "handling_time": 5}
    add(shop, product_id, backorders=backorders)
    sku = {"id": first, "seller_sku": "SHIRT-1"}
    found = []
    for inventory in ({}, {"inventory": [{"warehouse_id": WAREHOUSE, "quantity": 5}]}):
        assert shop.edit(product_id, shirt(skus=[{**sku, **inventory}])).code == 0
        found.append(shop.get(product_id).data["skus"][0]["inventory"])
    assert found == [
        [{"warehouse_id": WAREHOUSE, "quantity": 5, **backorders}],
        [{"warehouse_id": WAREHOUSE, "quantity": 5}],
    ]


def test_the_platforms_of_a_product_stay_if_a_full_edit_names_none(shop: Caller) -> None:
    product_id = shop.live(listing_platforms=["TIKTOK_SHOP"])
    (first,) = shop.sku_ids(product_id)
    assert shop.edit(product_id, shirt(skus=[{"id": first, "seller_sku": "SHIRT-1"}])).data["audit"] == {
        "status": "NONE"
    }


@pytest.mark.parametrize("name", ["add_sku", "fields", "sku_fields", "backorders"])
def test_an_addition_that_is_no_object_is_refused(shop: Caller, name: str) -> None:

    body = {"product_id": shop.live(), name: "SHIRT-L"}
    response = requests.post(f"{shop.url}/_sandbox/edit", json=body, timeout=20)
    assert (response.status_code, response.json()["error"]) == (
        400,
        f"{name} must be an object of TikTok's fields.",
    )
