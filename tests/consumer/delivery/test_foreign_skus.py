"""SKUs of the seller in the TikTok product of a listing: no edit deletes them, and no take-down takes them off sale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas.synchronization_policy import WhenLeaving
from tests.consumer.deliveries import Case, gone, in_good_time, renamed
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually
from tests.sandbox.tiktok.caller import Caller, axis
from tests.sandbox.tiktok.caller import Clock as UnixClock
from tests.sandbox.tiktok.caller import sku as offer

HOODIES = replace(TEMPLATE, category_id="600002")
LARGE = "SHIRT-L"


def add_large(case: Case) -> None:
    case.tiktok.edit(add_sku={"seller_sku": LARGE})


def skus(case: Case) -> dict[str, Any]:
    """Return the quantity of each SKU that buyers can see."""
    return {entry["seller_sku"]: entry["quantity"] for entry in case.tiktok.product()["skus"]}


def seller_of(case: Case) -> Caller:
    clock = UnixClock()
    clock.seconds = case.engine.clock().timestamp()
    return Caller(case.tiktok.url, clock)


def list_sizes_by_hand(case: Case, *names: str) -> str:
    """List a TikTok product with one SKU for each name, as the seller does. Return its id."""
    sizes = [offer(name, "29.00", 18, sales_attributes=[axis("Size", name)]) for name in names]
    seller = seller_of(case)
    product_id = seller.created(skus=sizes)
    eventually(lambda: seller.status(product_id)[0] == "ACTIVATE")
    return product_id


def lose(operation: str, kind: str) -> Callable[[Case], None]:
    """Return what loses the answer of the next call of this operation."""
    return lambda case: case.tiktok.fault(operation, kind)


def move(case: Case) -> None:
    case.engine.template(HOODIES)


def with_brand(case: Case) -> None:
    """Sync a brand, which the next sync must remove: only a full edit can."""
    case.engine.template(replace(TEMPLATE, brand_id="7082427311584347905"))
    case.save(name="Linen shirt with a brand")
    case.engine.template(TEMPLATE)


@pytest.mark.parametrize(
    "prepare, changes",
    [
        pytest.param(lambda case: None, {"name": "Linen shirt II"}, id="a partial edit"),
        pytest.param(lose("partial_edit", "drop_after"), {"name": "Linen shirt II"}, id="its answer is lost"),
        pytest.param(lose("partial_edit", "drop_before"), {"name": "Linen shirt II"}, id="the call is lost"),
        pytest.param(move, {"name": "Linen hoodie"}, id="a category move"),
        pytest.param(with_brand, {"name": "Linen shirt II"}, id="a removed property"),
        pytest.param(lambda case: None, {"name": "Shirt [fail audit]"}, id="a failed audit"),
    ],
)
def test_no_edit_deletes_a_sku_that_the_seller_added(
    listed: Case, prepare: Callable[[Case], None], changes: dict[str, Any]
) -> None:
    add_large(listed)
    prepare(listed)
    listed.save(**changes)
    settled(listed)
    found = {entry["seller_sku"]: entry for entry in listed.tiktok.product(LARGE)["skus"]}
    assert found.keys() == {SKU, LARGE}
    assert found[LARGE]["price"] == {"amount": "29.00", "currency": "USD"}
    assert listed.engine.listing().skus == {SKU: found[SKU]["id"]}
    listed.save(**changes, quantity=5, description="Another text.")
    settled(listed)
    assert skus(listed) == {SKU: 5, LARGE: 18}


def test_a_renamed_sku_is_renamed_on_tiktok_beside_the_sellers(listed: Case) -> None:
    add_large(listed)
    (own, other) = (entry["id"] for entry in listed.tiktok.product()["skus"])
    renamed(listed.engine, SKU, "SHIRT-M2")
    listed.settled("SHIRT-M2")
    eventually(lambda: listed.tiktok.product(LARGE)["audit"] != "AUDITING")
    found = {entry["seller_sku"]: entry["id"] for entry in listed.tiktok.product(LARGE)["skus"]}
    assert found == {"SHIRT-M2": own, LARGE: other}


def settled(case: Case) -> None:
    """Wait until every sync and audit has ended."""
    case.settled()
    eventually(lambda: case.tiktok.product(LARGE)["audit"] != "AUDITING")
    case.settled()


def test_a_status_that_forbids_a_call_deletes_no_sku(listed: Case) -> None:
    """TikTok answers 12019113 to the price, and the product is read and planned again."""
    add_large(listed)
    listed.tiktok.fault("price", "reject", code=12019113)
    listed.save(price="31.00", name="Linen shirt II")
    settled(listed)
    assert skus(listed).keys() == {SKU, LARGE}


@pytest.mark.parametrize("how", [WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK])
def test_a_take_down_sets_our_sku_to_zero_and_leaves_the_sellers_on_sale(
    listed: Case, how: WhenLeaving
) -> None:
    add_large(listed)
    listed.engine.policy(when_disabled=how)
    assert listed.after({"status": "2"}) == ["inventory"]
    assert (listed.status(), skus(listed)) == ("ACTIVATE", {SKU: 0, LARGE: 18})
    message = listed.engine.history()[-1].message
    assert how is WhenLeaving.ZERO_STOCK or (repr(LARGE) in message and "stays on sale" in message)
    assert listed.after({"name": "Still disabled"}) == []
    listed.save(status="1", name="Back")
    settled(listed)
    assert skus(listed) == {SKU: 18, LARGE: 18}


def test_a_deletion_in_magento_leaves_the_sellers_sku_on_sale(listed: Case) -> None:
    add_large(listed)
    listed.engine.policy(when_deleted=WhenLeaving.DELETE)
    listed.engine.delete()
    listed.settled()
    assert (listed.status(), skus(listed)) == ("ACTIVATE", {SKU: 0, LARGE: 18})


def test_a_take_down_whose_answer_is_lost_leaves_the_sellers_sku_on_sale(listed: Case) -> None:
    add_large(listed)
    listed.tiktok.fault("inventory", "drop_after")
    listed.save(status="2")
    assert (listed.status(), skus(listed)) == ("ACTIVATE", {SKU: 0, LARGE: 18})


def test_a_take_down_during_an_audit_leaves_the_sellers_sku_on_sale(case: Case) -> None:
    case.tiktok.settings(audit_seconds=600)
    case.engine.save()
    eventually(lambda: case.engine.outcomes() == ["accepted"])
    add_large(case)
    case.engine.save(status="2")
    case.delivery.wake()
    eventually(lambda: skus(case) == {SKU: 0, LARGE: 18})
    case.tiktok.settings(audit_seconds=0)
    case.settled()
    assert (case.status(), skus(case)) == ("ACTIVATE", {SKU: 0, LARGE: 18})


class TestVariantOfAnotherListing:
    def test_a_sku_of_a_bigger_tiktok_product_is_neither_adopted_nor_created_beside_it(
        self, case: Case
    ) -> None:
        product_id = list_sizes_by_hand(case, "SHIRT-S", SKU, LARGE)
        before = len(case.tiktok.effects(writes=True))
        event_id = case.save()
        assert len(case.tiktok.effects(writes=True)) == before
        assert case.engine.outcomes() == ["variant_of_another_listing"]
        message = case.engine.history()[-1].message
        assert product_id in message and repr(SKU) in message
        assert case.engine.listing().tiktok_product_id is None
        assert case.engine.end(event_id) == "refused_here"
        case.save(name="Linen shirt II")
        assert skus(case) == {"SHIRT-S": 18, SKU: 18, LARGE: 18}

    def test_a_sku_that_the_seller_added_to_another_products_listing_gets_no_listing(
        self, listed: Case
    ) -> None:
        add_large(listed)
        listed.engine.save(LARGE, name="Large shirt")
        in_good_time(listed.engine, listed.delivery, gone(listed.engine, SKU, LARGE))
        assert listed.engine.listing(LARGE).last_outcome == "variant_of_another_listing"
        assert listed.engine.listing(LARGE).tiktok_product_id is None
        assert len(listed.tiktok.products(LARGE)) == 1 and skus(listed) == {SKU: 18, LARGE: 18}

    def test_it_is_uploaded_once_the_bigger_product_is_deleted(self, case: Case) -> None:
        list_sizes_by_hand(case, SKU, LARGE)
        case.save()
        case.tiktok.edit(status="DELETED")
        case.save(name="Linen shirt II")
        assert case.tiktok.products()[-1]["title"] == "Linen shirt II"

    def test_a_listing_that_we_created_is_found_again_whatever_skus_the_seller_added(
        self, sold: Engine, tiktok: SellerCenter, deliver: Callable[..., Any]
    ) -> None:
        tiktok.fault("create", "drop_after")
        tiktok.hold("create", when="after")
        sold.save()
        case = Case(sold, tiktok, deliver())
        eventually(tiktok.on_hold)
        eventually(lambda: tiktok.product()["status"] == "ACTIVATE")
        add_large(case)
        tiktok.release()
        case.settled()
        assert sold.listing().tiktok_product_id == tiktok.product()["id"]
        assert len(tiktok.products()) == 1 and skus(case).keys() == {SKU, LARGE}
