"""Create: ids, idempotency keys, and which identities must be unique."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.tiktok import Sandbox, Shop
from tests.sandbox.tiktok.caller import Caller, Clock, axis, sku


def test_the_same_idempotency_key_and_body_repeat_the_first_response(shop: Caller) -> None:
    first, second = (shop.create(idempotency_key="k-1") for _ in range(2))
    assert second.data == first.data
    (product,) = shop.admin("GET", "products")["products"]
    assert (product["id"], product["creates"]) == (first.data["product_id"], 2)
    assert [effect["replay"] for effect in shop.effects()] == [False, True]


def test_the_same_idempotency_key_with_another_body_is_rejected(shop: Caller) -> None:
    shop.create(idempotency_key="k-1")
    reply = shop.create(idempotency_key="k-1", title="Another shirt")
    assert reply.http_and_code == (400, 36009004)
    assert "idempotency_key" in reply.message
    assert shop.search().data["total_count"] == 1


def test_an_idempotency_key_can_be_reused_after_a_rejected_create(shop: Caller) -> None:
    assert shop.create(idempotency_key="k-1", category_id="999").code == 12052023
    assert shop.create(idempotency_key="k-1").code == 0


def test_a_repeated_create_without_a_key_creates_another_product(shop: Caller) -> None:
    assert shop.created() != shop.created()
    assert shop.search({"seller_skus": ["SHIRT-1"]}).data["total_count"] == 2


def test_an_external_product_id_is_unique_in_a_shop(shop: Caller) -> None:
    first = shop.created(external_product_id="demo/1")
    assert shop.create(external_product_id="demo/1").http_and_code == (200, 12052996)
    other = shop.created(external_product_id="demo/2")
    assert shop.partial_edit(other, external_product_id="demo/1").code == 12052996
    assert shop.partial_edit(first, external_product_id="demo/1").code == 0


def test_the_external_id_of_a_deleted_product_can_be_reused(shop: Caller) -> None:
    shop.move("delete", shop.created(external_product_id="demo/1"))
    assert shop.create(external_product_id="demo/1").code == 0


def test_an_unknown_brand_is_cleared_with_a_warning(shop: Caller) -> None:
    reply = shop.create(brand_id="123")
    assert reply.code == 0
    assert "[brand_id]:123" in reply.data["warnings"][0]["message"]
    assert "brand" not in shop.get(reply.data["product_id"]).data
    known_brand = shop.create(brand_id="7082427311584347905")
    assert "warnings" not in known_brand.data
    assert shop.get(known_brand.data["product_id"]).data["brand"]["id"] == "7082427311584347905"


def test_skus_and_their_custom_attributes_get_ids(shop: Caller) -> None:
    skus = [
        sku(f"{color}-{size}", sales_attributes=[axis("Color", color), axis("Size", size)])
        for color in ("Red", "Blue")
        for size in ("S", "M")
    ]
    skus_in_reply = shop.create(skus=skus).data["skus"]
    assert [entry["seller_sku"] for entry in skus_in_reply] == ["Red-S", "Red-M", "Blue-S", "Blue-M"]
    assert len({entry["id"] for entry in skus_in_reply}) == 4
    assert len({attribute["id"] for entry in skus_in_reply for attribute in entry["sales_attributes"]}) == 2
    assert (
        len({attribute["value_id"] for entry in skus_in_reply for attribute in entry["sales_attributes"]})
        == 4
    )


def test_an_attribute_sent_by_id_keeps_its_name(shop: Caller) -> None:
    product_id = shop.created(skus=[sku(sales_attributes=[axis("Size", "S")])])
    (created,) = shop.get(product_id).data["skus"]
    (size,) = created["sales_attributes"]
    by_id = {"id": size["id"], "value_id": size["value_id"]}
    shop.partial_edit(product_id, skus=[sku(id=created["id"], sales_attributes=[by_id])])
    assert shop.get(product_id).data["skus"][0]["sales_attributes"] == [size]


@pytest.fixture
def two_shops(clock: Clock) -> Iterator[tuple[Caller, Caller]]:
    other = Shop(shop_cipher="GCP_other", access_token="TTP_other", refresh_token="TTR_other")
    with Sandbox(audit_seconds=60, clock=clock, shops=[Shop(), other]) as sandbox:
        first_shop = Caller(sandbox.url, clock)
        yield first_shop, replace(first_shop, cipher="GCP_other", token="TTP_other")


def test_shops_can_not_access_each_others_products(two_shops: tuple[Caller, Caller]) -> None:
    first_shop, second_shop = two_shops
    product_id = first_shop.created(external_product_id="demo/1", idempotency_key="k-1")
    assert second_shop.search().data["products"] == []
    assert second_shop.get(product_id).code == 12052034
    assert second_shop.partial_edit(product_id, title="Theirs").code == 12052048
    (error,) = second_shop.move("delete", product_id).data["errors"]
    assert error["code"] == 12052048
    assert second_shop.create(external_product_id="demo/1", idempotency_key="k-1").code == 0
    assert first_shop.status(product_id) == ("PENDING", "AUDITING")


def test_a_token_is_valid_only_for_its_own_shop(two_shops: tuple[Caller, Caller]) -> None:
    first_shop, second_shop = two_shops
    assert replace(first_shop, cipher=second_shop.cipher).search().http_and_code == (401, 101000)
