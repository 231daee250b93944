"""Sync: one listing is brought to what the policy says, on a strict TikTok."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from consumer.delivery import Delivery
from schemas.listing import FirstAudit, ListingStatus
from schemas.synchronization_policy import WhenLeaving
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually

Deliver = Callable[..., Delivery]
DEACTIVATE, ZERO_STOCK, DELETE, KEEP = (
    WhenLeaving.DEACTIVATE,
    WhenLeaving.ZERO_STOCK,
    WhenLeaving.DELETE,
    WhenLeaving.KEEP,
)


class Case:
    """An engine whose delivery runs, and the TikTok that it calls."""

    def __init__(self, engine: Engine, tiktok: SellerCenter, delivery: Delivery) -> None:
        self.engine = engine
        self.tiktok = tiktok
        self.delivery = delivery

    def settled(self, sku: str = SKU) -> None:
        """Nothing waits for this listing any more."""
        self.delivery.wake()
        eventually(lambda: self.engine.pending(sku) is None)

    def save(self, sku: str = SKU, **changes: Any) -> str:
        """A save, delivered to its end; the event's id."""
        event_id = self.engine.save(sku, **changes)
        self.settled(sku)
        return event_id

    def after(self, changes: dict[str, Any]) -> list[str]:
        """The writing calls that a save with these changes leads to."""
        before = len(self.tiktok.writes())
        self.save(**changes)
        return self.tiktok.writes()[before:]

    def status(self) -> str:
        return str(self.tiktok.product()["status"])

    def quantity(self) -> int:
        return int(self.tiktok.product()["skus"][0]["quantity"])


@pytest.fixture
def case(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Case:
    return Case(sold, tiktok, deliver())


@pytest.fixture
def live(case: Case) -> Case:
    """The shirt is live on TikTok."""
    case.save()
    assert case.status() == "ACTIVATE"
    return case


class TestUpload:
    def test_a_new_product_is_created_and_followed_until_it_is_live(self, case: Case) -> None:
        event_id = case.save()
        assert case.tiktok.writes() == ["create"]
        listing = case.engine.listing()
        assert (listing.status, listing.first_audit, listing.audit_since) == (
            ListingStatus.ACTIVATE, FirstAudit.PASSED, None,
        )  # fmt: skip
        held = case.tiktok.product()
        assert (held["status"], held["title"], held["skus"][0]["price"]["amount"], case.quantity()) == (
            "ACTIVATE", "Linen shirt", "29.00", 18,
        )  # fmt: skip
        assert listing.tiktok_product_id == held["id"]
        assert case.engine.end(event_id) == "applied"
        assert case.engine.outcomes() == ["accepted", "live"]

    def test_a_product_is_new_until_its_first_audit_has_passed(self, case: Case) -> None:
        case.tiktok.settings(audit_seconds=600)
        case.engine.save()
        eventually(lambda: case.engine.outcomes() == ["accepted"])
        assert case.engine.product().is_new
        case.tiktok.settings(audit_seconds=0)
        case.settled()
        assert not case.engine.product().is_new

    def test_what_tiktok_would_refuse_is_not_sent(self, case: Case) -> None:
        event_id = case.save(description="")
        assert case.tiktok.calls() == []
        assert case.engine.outcomes() == ["refused_here"]
        assert "description" in case.engine.history()[-1].message
        assert case.engine.end(event_id) == "rejected"
        case.save(description="<p>Mended.</p>")
        assert case.tiktok.writes() == ["create"]

    def test_a_first_audit_that_failed_is_mended_by_an_edit(self, case: Case) -> None:
        case.save(name="Shirt [fail audit]")
        assert case.engine.outcomes() == ["accepted", "audit_failed"]
        assert not case.engine.listing().listed
        assert case.engine.product().is_new
        case.save(name="Shirt, mended")
        assert case.tiktok.writes() == ["create", "partial_edit"]
        assert (case.status(), case.tiktok.product()["title"]) == ("ACTIVATE", "Shirt, mended")
        assert case.engine.listing().listed

    def test_a_product_that_failed_its_first_audit_is_not_sent_again_as_it_is(self, case: Case) -> None:
        case.save(name="Shirt [fail audit]")
        event_id = case.save()
        assert case.tiktok.writes() == ["create"]
        assert case.engine.end(event_id) == "rejected"

    def test_a_price_alone_does_not_mend_a_failed_audit_and_goes_with_what_does(self, case: Case) -> None:
        case.save(name="Shirt [fail audit]")
        event_id = case.save(price="31.00")
        assert case.engine.end(event_id) == "rejected"
        assert case.tiktok.writes() == ["create"]
        case.save(name="Shirt, mended")
        assert case.tiktok.writes() == ["create", "partial_edit", "price"]


class TestAdopt:
    def test_a_listing_that_is_there_is_taken_over_and_planned_as_any_sync(self, case: Case) -> None:
        theirs = case.tiktok.list_by_hand(SKU, price="35.00", quantity=18)
        event_id = case.save()
        assert case.tiktok.writes() == ["price", "partial_edit"]
        listing, held = case.engine.listing(), case.tiktok.product()
        assert (listing.tiktok_product_id, held["id"]) == (theirs, theirs)
        assert (held["status"], held["title"], held["skus"][0]["price"]["amount"]) == (
            "ACTIVATE", "Linen shirt", "29.00",
        )  # fmt: skip
        assert case.engine.outcomes() == ["adopted", "live"]
        assert case.engine.end(event_id) == "applied"
        assert not case.engine.product().is_new

    def test_an_adopted_listing_is_synced_as_any_other_from_then_on(self, case: Case) -> None:
        case.tiktok.list_by_hand(SKU)
        case.save()
        assert case.after({}) == []
        assert case.after({"name": "Linen shirt II"}) == ["partial_edit"]

    def test_with_product_update_off_an_adopted_listing_is_not_edited(self, case: Case) -> None:
        case.engine.policy(product_update=False, inventory_price_sync=False)
        theirs = case.tiktok.list_by_hand(SKU, price="35.00")
        assert case.after({}) == []
        assert case.engine.listing().tiktok_product_id == theirs
        assert case.engine.outcomes() == ["adopted"]
        assert case.after({"name": "Linen shirt II"}) == []
        assert case.engine.decisions()[-1] == "skip update_off"

    def test_a_listing_of_that_sku_that_was_deleted_does_not_count(self, case: Case) -> None:
        theirs = case.tiktok.list_by_hand(SKU)
        case.tiktok.edit(status="DELETED")
        case.save()
        (made,) = case.tiktok.products()
        assert made["id"] != theirs

    def test_two_listings_on_tiktok_are_named_and_neither_is_touched(self, case: Case) -> None:
        both = [case.tiktok.list_by_hand(SKU) for _ in range(2)]
        event_id = case.save()
        assert case.tiktok.writes() == []
        assert case.engine.outcomes() == ["two_listings_on_tiktok"]
        assert all(one in case.engine.history()[-1].message for one in both)
        assert case.engine.end(event_id) == "rejected"

    def test_a_product_made_again_takes_its_old_listing_back(self, live: Case) -> None:
        old = live.engine.listing()
        live.engine.delete()
        live.settled()
        assert live.status() == "SELLER_DEACTIVATED"
        live.engine.recreated()
        live.save(name="Made again")
        assert [one["id"] for one in live.tiktok.products(deleted=True)] == [old.tiktok_product_id]
        assert (live.status(), live.tiktok.product()["title"]) == ("ACTIVATE", "Made again")
        assert live.engine.listing().product_id != old.product_id


class TestUpdate:
    @pytest.mark.parametrize(
        "changes, calls",
        [
            ({}, []),
            ({"name": "Linen shirt II"}, ["partial_edit"]),
            ({"price": "31.00"}, ["price"]),
            ({"quantity": 4}, ["inventory"]),
            ({"name": "Linen shirt II", "price": "31.00"}, ["price", "partial_edit"]),
            ({"quantity": 4, "price": "31.00"}, ["inventory", "price"]),
            ({"url_key": "another-url"}, []),
        ],
    )
    def test_only_what_differs_is_sent(self, live: Case, changes: dict[str, Any], calls: list[str]) -> None:
        assert live.after(changes) == calls

    def test_a_change_that_tiktok_does_not_see_is_applied_and_says_so(self, live: Case) -> None:
        event_id = live.save(url_key="another-url")
        assert live.engine.end(event_id) == "applied"
        assert live.engine.outcomes()[-1] == "nothing_to_send"

    def test_the_newest_of_several_saves_is_applied_and_the_others_coalesce(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        ids = [sold.save(size=size) for size in ("S", "M", "L")]
        Case(sold, tiktok, deliver()).settled()
        assert [sold.end(one) for one in ids] == ["coalesced", "coalesced", "applied"]
        assert tiktok.writes() == ["create"]

    def test_a_no_is_remembered_and_a_change_is_sent(self, live: Case) -> None:
        live.tiktok.fault("partial_edit", "reject", code=12052261, message="The title is too fine.")
        event_id = live.save(name="Too fine a shirt")
        assert live.engine.end(event_id) == "rejected"
        assert live.engine.outcomes()[-1] == "rejected"
        assert "The title is too fine." in live.engine.history()[-1].message
        assert live.after({"url_key": "another-url"}) == []
        assert live.engine.outcomes()[-1] == "rejected"
        assert live.after({"name": "A shirt"}) == ["partial_edit"]
        assert live.engine.outcomes()[-2:] == ["accepted", "live"]

    def test_a_refused_part_does_not_hold_the_others(self, live: Case) -> None:
        live.tiktok.fault("partial_edit", "reject", code=12052261)
        live.save(name="Too fine a shirt")
        assert live.after({"price": "31.00"}) == ["price"]

    def test_a_person_may_ask_for_what_was_refused(self, live: Case) -> None:
        live.tiktok.fault("partial_edit", "reject", code=12052261)
        live.save(name="Too fine a shirt")
        live.engine.ask()
        live.settled()
        assert live.tiktok.writes()[-1] == "partial_edit"
        assert live.tiktok.product()["title"] == "Too fine a shirt"

    def test_a_create_that_was_refused_is_not_repeated_as_it_is(self, case: Case) -> None:
        case.tiktok.fault("create", "reject", code=12052261, message="No.")
        assert case.after({}) == ["create 12052261"]
        assert case.after({}) == []
        assert case.after({"name": "Another shirt"}) == ["create"]

    def test_a_failed_audit_of_a_live_listing_keeps_what_is_sold_and_is_not_repeated(
        self, live: Case
    ) -> None:
        live.save(name="Shirt [fail audit]")
        assert live.engine.outcomes()[-1] == "audit_failed"
        assert (live.status(), live.tiktok.product()["title"]) == ("ACTIVATE", "Linen shirt")
        assert live.engine.listing().listed
        assert live.after({}) == []
        assert live.after({"price": "31.00"}) == ["price"]
        assert live.after({"name": "Linen shirt II"}) == ["partial_edit"]
        assert live.tiktok.product()["title"] == "Linen shirt II"

    def test_a_price_waits_while_tiktok_takes_none_and_is_sent_then(self, case: Case) -> None:
        case.tiktok.settings(audit_seconds=600)
        case.engine.save()
        eventually(lambda: case.engine.outcomes() == ["accepted"])
        event_id = case.engine.save(price="31.00")
        case.delivery.wake()
        eventually(lambda: case.tiktok.calls().count("get") > 2)
        assert case.engine.pending() is not None
        assert case.engine.end(event_id) is None
        assert case.tiktok.writes() == ["create"]
        case.tiktok.settings(audit_seconds=0)
        case.settled()
        assert case.tiktok.writes() == ["create", "price"]
        assert case.engine.end(event_id) == "applied"

    def test_with_inventory_price_sync_off_content_alone_is_sent(self, live: Case) -> None:
        live.engine.policy(inventory_price_sync=False)
        assert live.after({"price": "31.00", "quantity": 2, "name": "Linen shirt II"}) == ["partial_edit"]
        assert (live.tiktok.product()["skus"][0]["price"]["amount"], live.quantity()) == ("29.00", 18)

    def test_another_category_is_a_full_edit(self, live: Case) -> None:
        live.engine.template(replace(TEMPLATE, category_id="600002"))
        assert live.after({"color": "red"}) == ["edit"]
        assert live.tiktok.product()["category_id"] == "600002"


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
        live: Case,
        switches: dict[str, Any],
        changes: dict[str, Any],
        calls: list[str],
        status: str,
        quantity: int,
        price_sync: bool,
    ) -> None:
        live.engine.policy(inventory_price_sync=price_sync, **switches)
        assert live.after({**changes, "name": "Not to be sent", "price": "99.00"}) == calls
        assert (live.status(), live.quantity()) == (status, quantity)
        live.save(
            status="1", website_ids=["1"], visibility="4", attribute_set_id="9", name="Back", price="29.00"
        )
        assert (live.status(), live.quantity(), live.tiktok.product()["title"]) == ("ACTIVATE", 18, "Back")
        assert live.engine.listing().ineligible_since is None

    @pytest.mark.parametrize(
        "when_deleted, calls, status",
        [
            (DEACTIVATE, ["deactivate"], "SELLER_DEACTIVATED"),
            (DELETE, ["delete"], "DELETED"),
            (KEEP, [], "ACTIVATE"),
        ],
    )
    def test_a_deleted_product_leaves_as_the_policy_says(
        self, live: Case, when_deleted: WhenLeaving, calls: list[str], status: str
    ) -> None:
        live.engine.policy(when_deleted=when_deleted)
        live.engine.delete()
        live.settled()
        assert live.tiktok.writes()[1:] == calls
        assert live.status() == status

    def test_with_product_update_off_a_listing_is_not_even_taken_down(self, live: Case) -> None:
        live.engine.policy(product_update=False, inventory_price_sync=False)
        assert live.after({"status": "2"}) == []
        assert live.engine.decisions()[-1] == "skip update_off"

    def test_a_second_take_down_sends_nothing(self, live: Case) -> None:
        assert live.after({"status": "2"}) == ["deactivate"]
        assert live.after({"name": "Still disabled"}) == []

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
    def test_a_listing_that_was_removed_on_tiktok_is_gone_and_stays_so(self, live: Case) -> None:
        live.tiktok.edit(status="DELETED")
        event_id = live.save(name="Linen shirt II")
        assert live.engine.listing().gone
        assert live.engine.end(event_id) == "rejected"
        live.save(name="Linen shirt III")
        assert live.engine.decisions()[-1] == "skip gone_on_tiktok"
        assert live.tiktok.products() == []

    def test_a_person_may_have_it_made_again(self, live: Case) -> None:
        live.tiktok.edit(status="DELETED")
        live.save(name="Linen shirt II")
        live.engine.ask()
        live.settled()
        (made,) = live.tiktok.products()
        assert (made["status"], made["title"]) == ("ACTIVATE", "Linen shirt II")
        assert not live.engine.listing().gone

    def test_a_take_down_of_what_is_gone_is_done(self, live: Case) -> None:
        live.tiktok.edit(status="DELETED")
        event_id = live.save(status="2")
        assert live.engine.end(event_id) == "applied"
        assert live.engine.outcomes()[-1] == "nothing_to_send"
