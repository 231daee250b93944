"""Create: ids, idempotency keys, identities that may be had twice and those that may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.tiktok import Sandbox, Shop
from tests.sandbox.tiktok.caller import Caller, Clock, axis, sku


def test_the_same_idempotency_key_and_body_are_answered_as_the_first_time(shop: Caller) -> None:
    first, second = (shop.create(idempotency_key="k-1") for _ in range(2))
    assert second.data == first.data
    (product,) = shop.admin("GET", "products")["products"]
    assert (product["id"], product["creates"]) == (first.data["product_id"], 2)
    assert [one["replay"] for one in shop.effects()] == [False, True]


def test_the_same_key_with_another_body_is_refused(shop: Caller) -> None:
    shop.create(idempotency_key="k-1")
    reply = shop.create(idempotency_key="k-1", title="Another shirt")
    assert reply.refusal == (400, 36009004)
    assert "idempotency_key" in reply.message
    assert shop.search().data["total_count"] == 1


def test_a_key_whose_create_was_refused_is_free_again(shop: Caller) -> None:
    assert shop.create(idempotency_key="k-1", category_id="999").code == 12052023
    assert shop.create(idempotency_key="k-1").code == 0


def test_a_repeated_create_without_a_key_makes_another_product(shop: Caller) -> None:
    assert shop.created() != shop.created()
    assert shop.search({"seller_skus": ["SHIRT-1"]}).data["total_count"] == 2


def test_an_external_product_id_is_had_once_in_a_shop(shop: Caller) -> None:
    first = shop.created(external_product_id="demo/1")
    assert shop.create(external_product_id="demo/1").refusal == (200, 12052996)
    other = shop.created(external_product_id="demo/2")
    assert shop.partial_edit(other, external_product_id="demo/1").code == 12052996
    assert shop.partial_edit(first, external_product_id="demo/1").code == 0


def test_a_deleted_product_gives_its_external_id_free(shop: Caller) -> None:
    shop.move("delete", shop.created(external_product_id="demo/1"))
    assert shop.create(external_product_id="demo/1").code == 0


def test_an_unknown_brand_is_cleared_with_a_warning(shop: Caller) -> None:
    reply = shop.create(brand_id="123")
    assert reply.code == 0
    assert "[brand_id]:123" in reply.data["warnings"][0]["message"]
    assert "brand" not in shop.get(reply.data["product_id"]).data
    kept = shop.create(brand_id="7082427311584347905")
    assert "warnings" not in kept.data
    assert shop.get(kept.data["product_id"]).data["brand"]["id"] == "7082427311584347905"


def test_every_sku_of_a_reply_has_an_id_and_ids_for_its_own_attributes(shop: Caller) -> None:
    skus = [
        sku(f"{color}-{size}", sales_attributes=[axis("Color", color), axis("Size", size)])
        for color in ("Red", "Blue")
        for size in ("S", "M")
    ]
    told = shop.create(skus=skus).data["skus"]
    assert [one["seller_sku"] for one in told] == ["Red-S", "Red-M", "Blue-S", "Blue-M"]
    assert len({one["id"] for one in told}) == 4
    assert len({one["id"] for entry in told for one in entry["sales_attributes"]}) == 2
    assert len({one["value_id"] for entry in told for one in entry["sales_attributes"]}) == 4


def test_an_attribute_named_by_its_id_keeps_the_name_it_had(shop: Caller) -> None:
    product_id = shop.created(skus=[sku(sales_attributes=[axis("Size", "S")])])
    (one,) = shop.get(product_id).data["skus"]
    (size,) = one["sales_attributes"]
    by_id = {"id": size["id"], "value_id": size["value_id"]}
    shop.partial_edit(product_id, skus=[sku(id=one["id"], sales_attributes=[by_id])])
    assert shop.get(product_id).data["skus"][0]["sales_attributes"] == [size]


@pytest.fixture
def two_shops(clock: Clock) -> Iterator[tuple[Caller, Caller]]:
    other = Shop(shop_cipher="GCP_other", access_token="TTP_other", refresh_token="TTR_other")
    with Sandbox(audit_seconds=60, clock=clock, shops=[Shop(), other]) as sandbox:
        mine = Caller(sandbox.url, clock)
        yield mine, replace(mine, cipher="GCP_other", token="TTP_other")


def test_shops_do_not_see_each_other(two_shops: tuple[Caller, Caller]) -> None:
    mine, theirs = two_shops
    product_id = mine.created(external_product_id="demo/1", idempotency_key="k-1")
    assert theirs.search().data["products"] == []
    assert theirs.get(product_id).code == 12052034
    assert theirs.partial_edit(product_id, title="Theirs").code == 12052048
    (error,) = theirs.move("delete", product_id).data["errors"]
    assert error["code"] == 12052048
    assert theirs.create(external_product_id="demo/1", idempotency_key="k-1").code == 0
    assert mine.status(product_id) == ("PENDING", "AUDITING")


def test_a_token_opens_its_own_shop_only(two_shops: tuple[Caller, Caller]) -> None:
    mine, theirs = two_shops
    assert replace(mine, cipher=theirs.cipher).search().refusal == (401, 101000)
