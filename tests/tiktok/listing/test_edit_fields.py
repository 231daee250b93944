"""The table of the fields of TikTok's edit has every field of the reference, and no other."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.tiktok.examples import SKU, SKU_ID, listing, sent, template, wanted
from tests.tiktok.planned import OURS, document, of_template
from tiktok.listing.edit_bodies import completed_body, unrepeatable
from tiktok.listing.edit_fields import PRODUCT_FIELDS, SKU_FIELDS, Rule
from tiktok.listing.remote_product import RemoteProduct, remote_product
from tiktok.listing.sync_plan import Call, plan

REFERENCE = "tiktok-shop-api 0.1.0 on PyPI, which is generated from TikTok's reference: Edit Product 202509"
"""Where the two lists were taken from, on 2026-12-01."""
EDIT_PRODUCT = [
    *("auto_translate_enabled", "brand_id", "category_id", "category_version", "certifications"),
    *("delivery_option_ids", "description", "external_product_id", "inventory_mode", "is_blind_box"),
    *(
        "is_cod_allowed",
        "is_live_quick",
        "is_pre_owned",
        "key_product_features",
        "listing_platforms",
        "locale",
    ),
    *("main_images", "manufacturer_ids", "minimum_order_quantity", "package_dimensions", "package_weight"),
    *("product_attributes", "product_tag_operations", "purchase_order_quantity_limit", "replicated_products"),
    *("responsible_person_ids", "save_mode", "scheduled_sale", "search_terms", "selling_format"),
    *("shipping_insurance_requirement", "shipping_template_id", "size_chart", "skus", "subscribe_info_edit"),
    *("title", "video"),
]
EDIT_SKU = [
    *("combined_skus", "external_list_prices", "external_sku_id", "external_urls", "extra_identifier_codes"),
    *("fees", "id", "identifier_code", "inventory", "list_price", "pre_sale", "price", "sales_attributes"),
    *("seller_sku", "sku_dimensions", "sku_unit_count", "sku_weight"),
]
NOT_RETURNED = {
    *("save_mode", "locale", "auto_translate_enabled", "replicated_products", "product_tag_operations"),
    *("inventory_mode", "is_live_quick", "is_blind_box", "listing_platforms"),
}
"""Fields that Get Product does not return, and the platforms, which TikTok keeps."""


@pytest.mark.parametrize(
    ("table", "reference", "count"), [(PRODUCT_FIELDS, EDIT_PRODUCT, 37), (SKU_FIELDS, EDIT_SKU, 17)]
)
def test_the_table_has_every_field_of_the_reference_and_no_other(
    table: dict[str, Any], reference: list[str], count: int
) -> None:
    assert len(reference) == count
    assert sorted(table) == sorted(reference), REFERENCE


def test_only_what_tiktok_keeps_or_does_not_return_is_omitted() -> None:
    rules = {**PRODUCT_FIELDS, **SKU_FIELDS}
    assert {name for name, field in rules.items() if field.rule is Rule.OMITTED} == NOT_RETURNED
    assert not [name for name, field in rules.items() if field.rule is Rule.CARRIED and field.shape is None]


def test_every_property_that_we_send_is_ours() -> None:
    full = of_template(template(brand_id="7082427311584347905")).content
    rules = {name: PRODUCT_FIELDS[name].rule for name in full}
    assert set(rules.values()) == {Rule.OURS, Rule.OURS_IF_SET}
    assert {SKU_FIELDS[name].rule for name in (*full["skus"][0], "id", "price", "inventory")} == {Rule.OURS}


IMAGE = {"uri": "tos-1", "urls": ["https://p16.example/1"], "width": 600, "height": 600}
OTHER: dict[str, Any] = {
    "id": "99",
    "seller_sku": "SHIRT-L",
    "sales_attributes": [
        {"id": "1", "name": "Size", "value_id": "2", "value_name": "L", "sku_img": IMAGE},
    ],
    "price": {"currency": "USD", "sale_price": "31.00", "tax_exclusive_price": "30.00"},
    "inventory": [{"warehouse_id": "W9", "quantity": 3, "handling_time": 5}],
    "combined_skus": [{"product_id": "1", "sku_id": "2", "sku_count": 3, "title": "Socks"}],
    "status_info": {"status": "NORMAL"},
}


def full_edit() -> Call:
    """Return a planned move to another category."""
    (call,) = plan(of_template(template(category_id="600002")), listing(), inventory_price_sync=True).calls
    return call


def read(**value: Any) -> RemoteProduct:
    return remote_product(document(**value), sent(wanted()), OURS)


@pytest.mark.parametrize(
    ("returned", "carried"),
    [
        ({"manufacturer_ids": ["1"]}, {"manufacturer_ids": ["1"]}),
        ({"is_cod_allowed": False}, {"is_cod_allowed": False}),
        (
            {"size_chart": {"image": IMAGE, "template": {"id": "7"}}},
            {"size_chart": {"image": {"uri": "tos-1"}, "template": {"id": "7"}}},
        ),
        ({"video": {"id": "v1", "url": "https://v16.example/v"}}, {"video": {"id": "v1"}}),
        (
            {"certifications": [{"id": "7", "title": "Report", "images": [IMAGE], "expiration_date": 9}]},
            {"certifications": [{"id": "7", "images": [{"uri": "tos-1"}], "expiration_date": 9}]},
        ),
        ({"delivery_options": [{"id": "5", "name": "Fast"}]}, {"delivery_option_ids": ["5"]}),
        ({"product_tags": ["AUCTION"]}, {"selling_format": "FIXED_PRICE_AND_LIVE_AUCTION"}),
        (
            {"subscribe_info": {"subscribe_status": "ON", "support_subscribe": True}},
            {"subscribe_info_edit": {"subscribe_status": "ON", "discount_details": []}},
        ),
        ({"brand": {"id": "5", "name": "Acme"}}, {"brand_id": "5"}),
    ],
)
def test_a_field_is_repeated_in_the_shape_of_an_edit(
    returned: dict[str, Any], carried: dict[str, Any]
) -> None:
    body = orjson.loads(completed_body(full_edit(), read(**returned), wanted().content))
    assert {name: body.get(name) for name in carried} == carried
    assert body.keys() - wanted().content.keys() == carried.keys() - wanted().content.keys()


def test_a_property_that_was_ours_and_is_no_longer_wanted_is_cleared() -> None:
    before = {**wanted().content, "brand_id": "5"}
    assert "brand_id" not in orjson.loads(completed_body(full_edit(), read(brand={"id": "5"}), before))


def test_every_sku_stays_in_its_place_and_ours_keeps_what_the_seller_added() -> None:
    own = {**document()["skus"][0], "identifier_code": {"code": "4006381333931", "type": "EAN"}}
    own["inventory"] = [*own["inventory"], {"warehouse_id": "W9", "quantity": 8}]
    product = read(skus=[OTHER, own])
    assert (product.skus, product.foreign_skus) == ({SKU: SKU_ID}, ("SHIRT-L",))
    assert product.last_sent.price is not None and product.last_sent.price.keys() == {SKU}
    other, ours = orjson.loads(completed_body(full_edit(), product, wanted().content))["skus"]
    assert other == {
        "id": "99",
        "seller_sku": "SHIRT-L",
        "sales_attributes": [
            {"id": "1", "name": "Size", "value_id": "2", "value_name": "L", "sku_img": {"uri": "tos-1"}},
        ],
        "price": {"currency": "USD", "amount": "31.00"},
        "inventory": [{"warehouse_id": "W9", "quantity": 3, "handling_time": 5}],
        "combined_skus": [{"product_id": "1", "sku_id": "2", "sku_count": 3}],
    }
    assert (ours["id"], ours["identifier_code"]) == (SKU_ID, own["identifier_code"])
    assert ours["inventory"][-1] == {"warehouse_id": "W9", "quantity": 8}


def test_a_sku_that_tiktok_no_longer_has_is_sent_as_a_new_one() -> None:
    body = orjson.loads(completed_body(full_edit(), read(skus=[OTHER]), wanted().content))
    assert [(sku.get("id"), sku["seller_sku"]) for sku in body["skus"]] == [("99", "SHIRT-L"), (None, SKU)]


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        ({}, ()),
        ({"listing_quality_tier": "GOOD", "has_draft": True, "recommended_categories": [{"id": "1"}]}, ()),
        ({"pod_info": {"pod_templates": [{"pod_template_id": "1"}]}}, ("pod_info",)),
        ({"a_field_of_tomorrow": "x"}, ("a_field_of_tomorrow",)),
        ({"a_field_of_tomorrow": []}, ()),
        ({"product_tags": ["AUCTION", "BLIND_BOX"]}, ("product_tags",)),
        (
            {"skus": [OTHER, {**OTHER, "id": "98", "purchase_order_quantity_limit": {"maximum": 2}}]},
            ("purchase_order_quantity_limit",),
        ),
        ({"skus": [{**OTHER, "a_field_of_tomorrow": "x"}]}, ("a_field_of_tomorrow",)),
    ],
)
def test_what_no_edit_can_repeat_is_named(returned: dict[str, Any], names: tuple[str, ...]) -> None:
    assert unrepeatable(full_edit(), read(**returned)) == names
