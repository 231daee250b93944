"""Renamed products keep their listings, and no product adopts the listing of another."""

from __future__ import annotations

import pytest

from tests.consumer.deliveries import Case, Deliver, gone, in_good_time, renamed
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import SellerCenter

pytestmark = pytest.mark.both_databases

OTHER, THIRD = "SHIRT-L", "SHIRT-XL"


def titles(tiktok: SellerCenter, *skus: str) -> dict[str, list[str]]:
    return {sku: [product["title"] for product in tiktok.products(sku)] for sku in skus}


def test_a_renamed_product_keeps_its_listing(listed: Case) -> None:
    before = listed.tiktok.product()["id"]
    event_id = renamed(listed.engine, SKU, OTHER)
    listed.settled(OTHER)
    (found,) = listed.tiktok.products(OTHER)
    assert (found["id"], listed.tiktok.products(SKU)) == (before, [])
    assert listed.engine.end(event_id) == "applied"


def test_two_products_swap_their_skus(listed: Case) -> None:
    listed.save(OTHER, name="Other")
    ids = {sku: listed.tiktok.product(sku)["id"] for sku in (SKU, OTHER)}
    renamed(listed.engine, SKU, THIRD)
    renamed(listed.engine, OTHER, SKU)
    renamed(listed.engine, SKU, OTHER)
    in_good_time(listed.engine, listed.delivery, gone(listed.engine, SKU, OTHER))
    assert {sku: listed.tiktok.product(sku)["id"] for sku in (SKU, OTHER)} == {
        SKU: ids[OTHER],
        OTHER: ids[SKU],
    }


@pytest.mark.parametrize("observed", [(), ("color",)])
def test_a_new_product_under_the_old_sku_takes_no_listing_of_a_living_one(
    live: Engine, tiktok: SellerCenter, deliver: Deliver, observed: tuple[str, ...]
) -> None:
    old = tiktok.product()["id"]
    if observed:
        live.policy(only_specific_attributes=True, observed_attributes=frozenset(observed))
    renamed(live, SKU, OTHER)
    live.recreated()
    event_id = live.save(name="Another")
    case = Case(live, tiktok, deliver())
    in_good_time(live, case.delivery, lambda: live.end(event_id) == "applied")
    in_good_time(live, case.delivery, gone(live, SKU, OTHER))
    assert titles(tiktok, SKU, OTHER) == {SKU: ["Another"], OTHER: ["Linen shirt"]}
    assert tiktok.product(OTHER)["id"] == old


def test_what_a_living_product_keeps_on_sale_is_shown_and_not_taken(
    live: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    """It was hidden when it was renamed, and hidden products are left alone."""
    renamed(live, SKU, OTHER, visibility="1")
    live.recreated()
    event_id = live.save(name="Another")
    before = tiktok.writes()
    case = Case(live, tiktok, deliver())
    in_good_time(live, case.delivery, lambda: live.end(event_id) == "refused_here")
    assert live.outcomes() == ["two_listings_on_tiktok"]
    assert OTHER in live.history()[-1].message
    assert tiktok.writes() == before


def test_beside_what_was_taken_off_sale_under_the_sku_the_new_product_has_its_own(
    live: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    live.save(status="2")
    case = Case(live, tiktok, deliver())
    in_good_time(live, case.delivery, gone(live, SKU))
    renamed(live, SKU, OTHER)
    live.recreated()
    event_id = live.save(name="Another")
    in_good_time(live, case.delivery, lambda: live.end(event_id) == "applied")
    in_good_time(live, case.delivery, gone(live, SKU, OTHER))
    assert {product["title"]: product["status"] for product in tiktok.products(SKU)} == {
        "Linen shirt": "SELLER_DEACTIVATED",
        "Another": "ACTIVATE",
    }
