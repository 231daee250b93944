"""Edits on a strict TikTok: a full edit repeats unmanaged fields, and products off sale are edited too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from consumer.delivery.dispatcher import Delivery
from schemas.listing import Availability, ListingStatus
from schemas.synchronization_policy import WhenLeaving
from tests.consumer.deliveries import in_good_time
from tests.consumer.delivery.edited_shirt import HOODIES, Shirt
from tests.consumer.engine import TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually

Deliver = Callable[..., Delivery]
BY_HAND: dict[str, Any] = {
    "size_chart": {"image": {"uri": "tos-sandbox/main-2"}},
    "certifications": [{"id": "77", "images": [{"uri": "tos-sandbox/main-3"}], "files": []}],
    "video": {"id": "1729592969712203232"},
    "is_cod_allowed": True,
}
"""Fields that the seller added on TikTok, and that we do not manage."""


@pytest.fixture
def shirt(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Shirt:
    return Shirt(sold, tiktok, deliver())


def test_a_move_of_category_keeps_what_the_seller_added_on_tiktok(shirt: Shirt) -> None:
    product_id = shirt.tiktok.product()["id"]
    assert shirt.seller.partial_edit(product_id, **BY_HAND).code == 0
    eventually(lambda: shirt.read()["audit"]["status"] == "APPROVED")
    sku_id = shirt.read()["skus"][0]["id"]
    shirt.engine.template(HOODIES)
    assert shirt.after(name="Linen hoodie") == ["edit"]
    eventually(lambda: shirt.read()["title"] == "Linen hoodie")
    content = shirt.read()
    assert shirt.leaf() == "600002"
    assert {name: content[name] for name in BY_HAND} == BY_HAND
    assert (content["skus"][0]["id"], content["skus"][0]["price"]["sale_price"]) == (sku_id, "29.00")


def test_a_move_of_category_carries_the_price_and_stock_of_the_same_save(shirt: Shirt) -> None:
    shirt.engine.template(HOODIES)
    shirt.save(price="31.00", quantity=4)
    eventually(lambda: shirt.leaf() == "600002")
    (sku,) = shirt.read()["skus"]
    assert (sku["price"]["sale_price"], sku["inventory"][0]["quantity"]) == ("31.00", 4)


def test_what_no_longer_goes_with_the_listing_is_blanked_by_a_full_edit(shirt: Shirt) -> None:
    shirt.engine.template(replace(TEMPLATE, brand_id="7082427311584347905"))
    assert shirt.after(name="Linen shirt II") == ["partial_edit"]
    eventually(lambda: shirt.read().get("brand", {}).get("id") == "7082427311584347905")
    shirt.engine.template(TEMPLATE)
    assert shirt.after(name="Linen shirt III") == ["edit"]
    eventually(lambda: shirt.read()["title"] == "Linen shirt III")
    assert "brand" not in shirt.read()


def test_a_full_edit_whose_answer_was_lost_is_read_back_and_not_repeated(shirt: Shirt) -> None:
    shirt.engine.template(HOODIES)
    shirt.tiktok.fault("edit", "drop_after")
    shirt.engine.save(name="Linen hoodie")
    shirt.delivery.wake()
    eventually(lambda: "edit" in shirt.tiktok.writes())
    shirt.engine.clock.pass_by(120)
    shirt.settled()
    eventually(lambda: shirt.leaf() == "600002")
    assert shirt.tiktok.writes().count("edit") == 1


@pytest.mark.parametrize("operation", ["partial_edit", "edit"])
def test_the_audit_of_an_edit_whose_answer_was_lost_is_followed_to_its_end(
    shirt: Shirt, operation: str
) -> None:
    if operation == "edit":
        shirt.engine.template(HOODIES)
    shirt.tiktok.settings(audit_seconds=600)
    shirt.tiktok.fault(operation, "drop_after")
    shirt.engine.save(name="[fail audit] shirt")
    shirt.delivery.wake()
    eventually(lambda: operation in shirt.tiktok.writes())
    shirt.engine.clock.pass_by(120)
    shirt.delivery.wake()
    eventually(lambda: shirt.engine.listing().audit_since is not None)
    shirt.tiktok.settings(audit_seconds=0)
    shirt.settled()
    assert shirt.engine.outcomes()[-1] == "audit_failed"
    assert shirt.tiktok.writes().count(operation) == 1


def test_a_deleted_listing_is_created_again_with_its_product(shirt: Shirt) -> None:
    shirt.engine.policy(when_deleted=WhenLeaving.DELETE)
    shirt.engine.delete()
    shirt.settled()
    assert shirt.tiktok.writes() == ["create", "delete"]
    shirt.engine.recreated()
    assert shirt.after(name="Linen shirt II") == ["create"]
    (live,) = shirt.tiktok.products()
    assert (live["title"], len(shirt.tiktok.products(deleted=True))) == ("Linen shirt II", 2)


def test_what_we_deleted_and_want_again_is_recovered_edited_and_put_on_sale(shirt: Shirt) -> None:
    product_id = shirt.tiktok.product()["id"]
    assert shirt.seller.move("delete", product_id).code == 0
    found = shirt.engine.listing()
    shirt.engine.put_on_tiktok(
        tiktok_product_id=product_id,
        skus=found.skus,
        status=ListingStatus.DELETED,
        last_sent=replace(found.last_sent, availability=Availability.DELETED),
    )
    made = shirt.after(name="Linen shirt II", quantity=7)
    assert made[0] == "recover" and made[-1] == "activate"
    assert sorted(made[1:-1]) == ["inventory", "partial_edit"]
    eventually(lambda: shirt.read()["status"] == "ACTIVATE" and shirt.read()["title"] == "Linen shirt II")
    assert (shirt.read()["id"], shirt.read()["skus"][0]["inventory"][0]["quantity"]) == (product_id, 7)


def test_a_name_that_tiktok_would_refuse_holds_neither_stock_nor_price(shirt: Shirt) -> None:
    event_id = shirt.engine.save(name="\u2b50" * 3, quantity=0, price="31.00")
    shirt.settled()
    assert sorted(shirt.tiktok.writes()[1:]) == ["inventory", "price"]
    assert (shirt.engine.outcomes()[-1], shirt.engine.end(event_id)) == ("refused_here", "refused_here")
    content = shirt.read()
    assert (content["title"], content["skus"][0]["inventory"][0]["quantity"]) == ("Linen shirt", 0)


def test_what_the_seller_took_off_sale_takes_content_and_stock(shirt: Shirt) -> None:
    shirt.tiktok.edit(status="SELLER_DEACTIVATED")
    assert shirt.after(name="Linen shirt II", quantity=7) == ["inventory", "partial_edit"]
    eventually(lambda: shirt.read()["title"] == "Linen shirt II")
    assert shirt.read()["skus"][0]["inventory"][0]["quantity"] == 7


def test_a_price_is_refused_for_what_the_seller_took_off_sale_and_goes_once_it_is_back(shirt: Shirt) -> None:
    shirt.tiktok.edit(status="SELLER_DEACTIVATED")
    shirt.engine.save(price="31.00")
    shirt.delivery.wake()
    eventually(lambda: shirt.tiktok.writes()[1:] == ["price 12019113", "activate"])
    eventually(lambda: shirt.read()["status"] == "ACTIVATE" and shirt.delivery.in_progress == 0)
    shirt.engine.clock.pass_by(3600)
    shirt.settled()
    assert shirt.tiktok.writes()[-1] == "price"
    assert shirt.read()["skus"][0]["price"]["sale_price"] == "31.00"


def test_what_we_know_to_be_off_sale_goes_back_with_the_next_sync(shirt: Shirt) -> None:
    shirt.tiktok.edit(status="SELLER_DEACTIVATED")
    shirt.engine.put_on_tiktok(
        tiktok_product_id=shirt.tiktok.product()["id"],
        skus=shirt.engine.listing().skus,
        status=ListingStatus.SELLER_DEACTIVATED,
        last_sent=shirt.engine.listing().last_sent,
    )
    event_id = shirt.engine.save(price="31.00")
    in_good_time(shirt.engine, shirt.delivery, lambda: shirt.engine.end(event_id) == "applied")
    assert (shirt.read()["status"], shirt.tiktok.writes()[1:]) == ("ACTIVATE", ["activate", "price"])


@pytest.mark.parametrize("status", ["FREEZE", "PLATFORM_DEACTIVATED"])
def test_what_waits_for_a_status_looks_whether_it_is_over(shirt: Shirt, status: str) -> None:
    shirt.tiktok.edit(status=status)
    event_id = shirt.engine.save(price="31.00")
    shirt.delivery.wake()
    eventually(lambda: shirt.engine.listing().status == status and shirt.delivery.in_progress == 0)
    assert shirt.engine.end(event_id) is None
    shirt.tiktok.edit(status="ACTIVATE")
    in_good_time(shirt.engine, shirt.delivery, lambda: shirt.engine.end(event_id) == "applied")
    assert shirt.read()["skus"][0]["price"]["sale_price"] == "31.00"
