"""With Inventory/Price Sync off, price and stock on TikTok are the seller's, apart from what we took down ourselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.synchronization_policy import WhenLeaving
from tests.consumer.deliveries import Case, in_good_time
from tests.consumer.engine import SKU, TEMPLATE
from tests.consumer.seller_center import eventually

OFF: dict[str, Any] = {"inventory_price_sync": False}


def offer(case: Case, sku: str = SKU) -> tuple[str, int]:
    (found,) = case.tiktok.product(sku)["skus"]
    return str(found["price"]["amount"]), int(found["quantity"])


class TestWhatNobodyZeroed:
    """Stock is restored only where a take-down of ours set it to 0."""

    def test_a_kept_listing_that_was_created_without_stock(self, case: Case) -> None:
        case.engine.policy(**OFF)
        case.save(quantity=0)
        assert case.after({"quantity": 12}) == []
        assert case.after({"visibility": "1"}) == []
        assert case.after({"visibility": "4"}) == []
        assert case.engine.decisions()[-1] == "sync became_eligible"
        assert case.quantity() == 0

    def test_a_listing_that_came_back_without_stock(self, case: Case) -> None:
        case.engine.policy(**OFF, when_disabled=WhenLeaving.ZERO_STOCK)
        case.save()
        assert case.after({"status": "2"}) == ["inventory"]
        assert case.after({"status": "1", "quantity": 0}) == []
        assert case.after({"quantity": 7}) == []
        case.after({"visibility": "1"})
        assert case.after({"visibility": "4"}) == []
        assert case.quantity() == 0

    def test_a_take_down_whose_answer_was_lost_is_undone(self, listed: Case) -> None:
        listed.engine.policy(**OFF, when_disabled=WhenLeaving.ZERO_STOCK)
        listed.tiktok.fault("inventory", "drop_after", times=1)
        listed.engine.save(status="2")
        in_good_time(listed.engine, listed.delivery, lambda: listed.engine.pending() is None)
        assert listed.quantity() == 0
        listed.save(status="1")
        assert listed.quantity() == 18

    def test_a_deactivation_that_waited_with_no_stock_is_undone(self, case: Case) -> None:
        case.engine.policy(**OFF)
        case.tiktok.settings(audit_seconds=600)
        case.engine.save()
        eventually(lambda: case.engine.outcomes() == ["accepted"])
        case.engine.save(status="2")
        case.delivery.wake()
        eventually(lambda: case.quantity() == 0)
        case.tiktok.settings(audit_seconds=0)
        case.settled()
        case.save(status="1")
        assert (case.status(), case.quantity()) == ("ACTIVATE", 18)


class TestWhatTheSellerSet:
    """Where TikTok requires price and stock in an edit, it gets what it has."""

    @pytest.mark.parametrize("category", ["600001", "600002"])
    def test_an_adopted_listing_keeps_them(self, case: Case, category: str) -> None:
        case.engine.policy(**OFF)
        case.engine.template(replace(TEMPLATE, category_id=category))
        case.tiktok.list_by_hand(SKU, price="99.00", quantity=77)
        case.save(price="20.00", quantity=10)
        assert case.tiktok.product()["title"] == "Linen shirt"
        assert offer(case) == ("99.00", 77)

    def test_a_renamed_product_keeps_them(self, listed: Case) -> None:
        listed.engine.policy(**OFF)
        listed.tiktok.edit(price="99.00", quantity=77)
        event = listed.engine.saved(name="Linen shirt II")
        listed.engine.take(replace(event, sku="SHIRT-L", attributes={**event.attributes, "sku": "SHIRT-L"}))
        listed.settled("SHIRT-L")
        assert offer(listed, "SHIRT-L") == ("99.00", 77)

    def test_with_inventory_price_sync_on_they_follow_magento(self, case: Case) -> None:
        case.tiktok.list_by_hand(SKU, price="99.00", quantity=77)
        case.save(price="20.00", quantity=10)
        assert offer(case) == ("20.00", 10)
