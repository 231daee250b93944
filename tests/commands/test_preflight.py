"""Pre-flight: every preview of a sync shows what TikTok would reject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from records.catalog import categories
from records.catalog.categories import CategoryKey, ReadCategory
from records.catalog.tables import pending_syncs
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, saved
from tests.commands.stories import explained
from tests.policies.examples import NOON
from tiktok.listing.category import Category

NO_PRICE = "The price '0' is not a price above zero. Set the price in Magento."
NO_MATERIAL = "The category 600001 requires the attribute 'Material' (100507)."


def preflight(desk: Desk) -> Mapping[str, Any]:
    (check,) = [check for check in explained(desk)["checks"] if check["row"] == 18]
    return dict(check)


def demand_material(desk: Desk) -> None:
    """Store a category that requires an attribute which the template does not map."""
    read = ReadCategory(Category("600001", attributes={"100507": "Material"}).document(), NOON)
    with desk.database.write() as connection:
        categories.put(connection, CategoryKey("demo", "600001", "v1"), read)


def test_a_product_rejected_for_its_price_has_a_failed_check(shop_desk: Desk) -> None:
    shop_desk.take(saved(price="0"))
    check = preflight(shop_desk)
    assert (check["passed"], check["reason"]) == (False, "refused_here")
    assert check["answer"] == f"no: {NO_PRICE}"
    assert "its next save will upload it" not in shop_desk.m2t("explain", SKU).stdout


def test_a_product_without_a_required_attribute_has_a_failed_check(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    assert preflight(shop_desk)["answer"] == "yes"
    demand_material(shop_desk)
    assert NO_MATERIAL in preflight(shop_desk)["answer"]


def test_a_product_that_is_not_eligible_is_not_checked(shop_desk: Desk) -> None:
    shop_desk.take(saved(price="0", status="2"))
    check = preflight(shop_desk)
    assert (check["passed"], check["reason"]) == (True, None)


def test_the_verdict_announces_no_upload_that_pre_flight_rejects(shop_desk: Desk) -> None:
    shop_desk.take(saved(price="0"))
    with shop_desk.database.write() as connection:
        connection.execute(delete(pending_syncs))
    assert explained(shop_desk)["verdict"].startswith(
        "Not on TikTok: its next save would be refused here, before a call to TikTok."
    )


def test_upload_counts_rejected_products_and_does_not_request_them(shop_desk: Desk) -> None:
    older = (
        saved(1, sku="OLD-1", entity_id="51", is_new=False),
        saved(2, sku="OLD-2", entity_id="52", is_new=False, price="0"),
    )
    shop_desk.take(*older)
    counts = json.loads(shop_desk.m2t("upload", "--matching", "Shirts", "--yes", "--json").stdout)
    assert counts == {"match": 2, "on_tiktok": 0, "go_up": 1, "stay": {"refused_here": 1}, "asked_for": 1}
