"""Take-downs: a listing leaves as the policy says, and comes back; or TikTok has removed it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.synchronization_policy import WhenLeaving
from tests.consumer.deliveries import Case
from tests.consumer.seller_center import eventually

DEACTIVATE, ZERO_STOCK, DELETE, KEEP = (
    WhenLeaving.DEACTIVATE,
    WhenLeaving.ZERO_STOCK,
    WhenLeaving.DELETE,
    WhenLeaving.KEEP,
)


class TestTakeDown:
    @pytest.mark.parametrize(
        "switches, changes, calls, status, quantity",
        [
            ({}, {"status": "2"}, ["deactivate"], "SELLER_DEACTIVATED", 18),
            ({"when_disabled": ZERO_STOCK}, {"status": "2"}, ["inventory"], "ACTIVATE", 0),
            ({"when_disabled": KEEP}, {"status": "2"}, [], "ACTIVATE", 18),
            ({}, {"website_ids": ["2"]}, ["deactivate"], "SELLER_DEACTIVATED", 18),
            ({}, {"visibility": "1"}, [], "ACTIVATE", 18),
            ({"when_hidden": DEACTIVATE}, {"visibility": "1"}, ["deactivate"], "SELLER_DEACTIVATED", 18),
            ({"when_hidden": ZERO_STOCK}, {"visibility": "1"}, ["inventory"], "ACTIVATE", 0),
            ({}, {"attribute_set_id": "11"}, [], "ACTIVATE", 18),
            (
                {"when_unmatched": DEACTIVATE},
                {"attribute_set_id": "11"},
                ["deactivate"],
                "SELLER_DEACTIVATED",
                18,
            ),
            ({"when_unmatched": ZERO_STOCK}, {"attribute_set_id": "11"}, ["inventory"], "ACTIVATE", 0),
        ],
    )
    @pytest.mark.parametrize("price_sync", [True, False])
    def test_a_listing_leaves_as_the_policy_says_and_comes_back(
        self,
        listed: Case,
        switches: dict[str, Any],
        changes: dict[str, Any],
        calls: list[str],
        status: str,
        quantity: int,
        price_sync: bool,
    ) -> None:
        listed.engine.policy(inventory_price_sync=price_sync, **switches)
        assert listed.after({**changes, "name": "Not to be sent", "price": "99.00"}) == calls
        assert (listed.status(), listed.quantity()) == (status, quantity)
        listed.save(
            status="1", website_ids=["1"], visibility="4", attribute_set_id="9", name="Back", price="29.00"
        )
        assert (listed.status(), listed.quantity(), listed.tiktok.product()["title"]) == (
            "ACTIVATE",
            18,
            "Back",
        )
        assert listed.engine.listing().ineligible_since is None

    @pytest.mark.parametrize(
        "when_deleted, calls, status",
        [
            (DEACTIVATE, ["deactivate"], "SELLER_DEACTIVATED"),
            (DELETE, ["delete"], "DELETED"),
            (KEEP, [], "ACTIVATE"),
        ],
    )
    def test_a_deleted_product_leaves_as_the_policy_says(
        self, listed: Case, when_deleted: WhenLeaving, calls: list[str], status: str
    ) -> None:
        listed.engine.policy(when_deleted=when_deleted)
        listed.engine.delete()
        listed.settled()
        assert listed.tiktok.writes()[1:] == calls
        assert listed.status() == status

    def test_with_product_update_off_a_listing_is_not_even_taken_down(self, listed: Case) -> None:
        listed.engine.policy(product_update=False, inventory_price_sync=False)
        assert listed.after({"status": "2"}) == []
        assert listed.engine.decisions()[-1] == "skip update_off"

    def test_a_second_take_down_sends_nothing(self, listed: Case) -> None:
        assert listed.after({"status": "2"}) == ["deactivate"]
        assert listed.after({"name": "Still disabled"}) == []

    def test_while_tiktok_reviews_it_stock_goes_to_zero_at_once_and_the_rest_waits(self, case: Case) -> None:
        case.tiktok.settings(audit_seconds=600)
        case.engine.save()
        eventually(lambda: case.engine.outcomes() == ["accepted"])
        event_id = case.engine.save(status="2")
        case.delivery.wake()
        eventually(lambda: case.quantity() == 0)
        assert case.status() == "PENDING"
        assert case.engine.end(event_id) is None
        case.tiktok.settings(audit_seconds=0)
        case.settled()
        assert case.tiktok.writes() == ["create", "inventory", "deactivate"]
        assert case.status() == "SELLER_DEACTIVATED"
        assert case.engine.end(event_id) == "applied"
        case.save(status="1")
        assert (case.status(), case.quantity()) == ("ACTIVATE", 18)


class TestGone:
    def test_a_listing_that_was_removed_on_tiktok_is_gone_and_stays_so(self, listed: Case) -> None:
        listed.tiktok.edit(status="DELETED")
        event_id = listed.save(name="Linen shirt II")
        assert listed.engine.listing().gone
        assert listed.engine.end(event_id) == "rejected"
        listed.save(name="Linen shirt III")
        assert listed.engine.decisions()[-1] == "skip gone_on_tiktok"
        assert listed.tiktok.products() == []

    def test_a_person_may_have_it_made_again(self, listed: Case) -> None:
        listed.tiktok.edit(status="DELETED")
        listed.save(name="Linen shirt II")
        listed.engine.ask()
        listed.settled()
        (made,) = listed.tiktok.products()
        assert (made["status"], made["title"]) == ("ACTIVATE", "Linen shirt II")
        assert not listed.engine.listing().gone

    def test_a_take_down_of_what_is_gone_is_done(self, listed: Case) -> None:
        listed.tiktok.edit(status="DELETED")
        event_id = listed.save(status="2")
        assert listed.engine.end(event_id) == "applied"
        assert listed.engine.outcomes()[-1] == "nothing_to_send"
