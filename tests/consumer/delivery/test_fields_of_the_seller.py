"""Fields that the seller fills on TikTok: an edit of ours repeats them, or is not made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.consumer.deliveries import Deliver, gone, in_good_time
from tests.consumer.delivery.edited_shirt import HOODIES, Shirt
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually

LARGE = "SHIRT-L"
FIELDS: dict[str, Any] = {
    "brand_id": "7082427311584347905",
    "package_dimensions": {"length": "30", "width": "20", "height": "4", "unit": "CENTIMETER"},
    "certifications": [{"id": "77", "images": [{"uri": "tos-sandbox/main-3"}]}],
    "size_chart": {"image": {"uri": "tos-sandbox/main-2"}},
    "video": {"id": "1729592969712203232"},
    "is_cod_allowed": True,
    "delivery_option_ids": ["91", "92"],
    "manufacturer_ids": ["7001"],
    "responsible_person_ids": ["7002"],
    "shipping_insurance_requirement": "REQUIRED",
    "is_pre_owned": False,
    "minimum_order_quantity": 2,
    "purchase_order_quantity_limit": {"maximum_order_quantity": 5, "cumulative_order_quantity": 9},
    "subscribe_info_edit": {
        "subscribe_status": "ON",
        "discount_details": [{"discount_level": "1", "discount_value": 5}],
    },
    "shipping_template_id": "7003",
    "scheduled_sale": {"is_enabled_scheduled_sale": True, "schedule_sale_time": 1_900_000_000_000},
    "search_terms": ["linen", "shirt"],
    "key_product_features": ["Breathable"],
    "selling_format": "FIXED_PRICE_AND_LIVE_AUCTION",
    "listing_platforms": ["TIKTOK_SHOP"],
}
SKU_FIELDS: dict[str, Any] = {
    "identifier_code": {"code": "4006381333931", "type": "EAN"},
    "sku_unit_count": "500",
    "external_urls": ["https://shop.example/shirt"],
    "extra_identifier_codes": ["4006381333948"],
    "combined_skus": [{"product_id": "1", "sku_id": "2", "sku_count": 3}],
    "pre_sale": {"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 9}},
    "list_price": {"amount": "39.00", "currency": "USD"},
    "external_list_prices": [{"source": "SHOPIFY", "amount": "41.00", "currency": "USD"}],
    "fees": [{"type": "PFAND", "amount": "0.25", "additional_attribute": "SINGLE_USE"}],
    "sku_dimensions": {"length": "30", "width": "20", "height": "4", "unit": "CENTIMETER"},
    "sku_weight": {"value": "0.4", "unit": "KILOGRAM"},
}
BACKORDERS = {"backorder_quantity": 4, "handling_time": 5}
ATTRIBUTE = {"id": "100394", "values": [{"name": "Cotton"}]}
OURS = {"title", "description", "category_chains", "audit", "status", "update_time", "has_draft"}


@pytest.fixture
def shirt(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Shirt:
    return Shirt(sold, tiktok, deliver())


def fill(shirt: Shirt) -> dict[str, Any]:
    """Add a SKU, fill every field and an attribute in Seller Center; return what TikTok returns of them."""
    shirt.tiktok.edit(add_sku={"seller_sku": LARGE})
    attributes = [*shirt.tiktok.product()["product_attributes"], ATTRIBUTE]
    fields = {**FIELDS, "product_attributes": attributes}
    shirt.tiktok.edit(fields=fields, sku_fields=SKU_FIELDS, backorders=BACKORDERS)
    shirt.tiktok.edit(LARGE, sku_fields={**SKU_FIELDS, "sku_unit_count": "750"})
    return theirs(shirt)


def theirs(shirt: Shirt) -> dict[str, Any]:
    """Return the product as TikTok returns it, without what an edit of ours may change."""
    return {name: value for name, value in shirt.read().items() if name not in OURS}


def in_another_category(shirt: Shirt) -> None:
    shirt.engine.template(HOODIES)


def with_a_lost_answer(shirt: Shirt) -> None:
    shirt.engine.template(HOODIES)
    shirt.tiktok.fault("edit", "drop_before")


@pytest.mark.parametrize(
    "prepare", [in_another_category, with_a_lost_answer, lambda shirt: None], ids=["move", "lost", "partial"]
)
def test_every_field_that_the_seller_filled_survives_an_edit(
    shirt: Shirt, prepare: Callable[[Shirt], None]
) -> None:
    before = fill(shirt)
    prepare(shirt)
    shirt.engine.save(name="Linen hoodie")
    in_good_time(shirt.engine, shirt.delivery, gone(shirt.engine))
    assert shirt.read()["title"] == "Linen hoodie"
    assert theirs(shirt) == before


def test_an_attribute_that_no_template_maps_survives_an_edit_of_the_others(shirt: Shirt) -> None:
    fill(shirt)
    shirt.save(color="50")
    eventually(lambda: shirt.read()["audit"]["status"] == "APPROVED")
    found = {entry["id"]: entry["values"][0]["name"] for entry in shirt.read()["product_attributes"]}
    assert found[ATTRIBUTE["id"]] == "Cotton"
    assert found.keys() > {ATTRIBUTE["id"]}


def test_an_adopted_listing_keeps_the_brand_that_its_template_leaves_to_the_seller(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    tiktok.list_by_hand(SKU)
    tiktok.edit(fields=FIELDS)
    shirt = Shirt(sold, tiktok, deliver())
    eventually(lambda: shirt.read()["title"] == "Linen shirt")
    assert shirt.read()["brand"]["id"] == FIELDS["brand_id"]
    assert tiktok.writes() == ["partial_edit"]
    shirt.engine.template(replace(TEMPLATE, category_id="600002"))
    assert shirt.after(name="Linen hoodie") == ["edit"]
    eventually(lambda: shirt.read()["title"] == "Linen hoodie")
    assert shirt.read()["brand"]["id"] == FIELDS["brand_id"]


def test_the_last_call_before_an_edit_reads_the_product(shirt: Shirt) -> None:
    """TikTok's calls have no precondition, so as little time as possible is left for the seller to add something."""
    shirt.engine.template(HOODIES)
    shirt.save(name="Linen hoodie")
    calls = shirt.tiktok.calls()
    assert calls[calls.index("edit") - 1] == "get"
    assert "category_rules" in calls[: calls.index("edit") - 1]


def test_the_other_warehouses_stock_stays_in_an_edit_with_skus(shirt: Shirt) -> None:
    fill(shirt)
    shirt.engine.template(HOODIES)
    shirt.save(name="Linen hoodie", quantity=4)
    eventually(lambda: shirt.read()["title"] == "Linen hoodie")
    own, large = shirt.read()["skus"]
    assert next(row["quantity"] for row in own["inventory"]) == 4
    assert next(row["quantity"] for row in large["inventory"]) == 18
    assert all(row.items() >= BACKORDERS.items() for row in (*own["inventory"], *large["inventory"]))


def test_an_edit_that_would_clear_what_it_can_not_repeat_is_refused_in_words_and_the_rest_goes_on(
    shirt: Shirt,
) -> None:
    shirt.tiktok.edit(fields={"pod_info": {"pod_templates": [{"pod_template_id": "1"}]}})
    shirt.engine.template(HOODIES)
    assert sorted(shirt.after(name="Linen hoodie", price="31.00", quantity=4)) == ["inventory", "price"]
    assert (shirt.engine.outcomes()[-1], shirt.leaf()) == ("refused_here", "600001")
    assert "pod_info" in shirt.engine.history()[-1].message
    assert shirt.read()["pod_info"] == {"pod_templates": [{"pod_template_id": "1"}]}
    shirt.tiktok.edit(fields={"pod_info": None})
    shirt.save(name="Linen hoodie II")
    eventually(lambda: shirt.leaf() == "600002")
