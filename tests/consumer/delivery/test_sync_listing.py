"""Syncs of one listing, on a strict TikTok."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.listing import FirstAudit, ListingStatus
from tests.consumer.deliveries import Case, Deliver
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually


class TestUpload:
    def test_a_new_product_is_created_and_followed_until_it_is_live(self, case: Case) -> None:
        event_id = case.save()
        assert case.tiktok.writes() == ["create"]
        listing = case.engine.listing()
        assert (listing.status, listing.first_audit, listing.audit_since) == (
            ListingStatus.ACTIVATE, FirstAudit.PASSED, None,
        )  # fmt: skip
        found = case.tiktok.product()
        assert (found["status"], found["title"], found["skus"][0]["price"]["amount"], case.quantity()) == (
            "ACTIVATE", "Linen shirt", "29.00", 18,
        )  # fmt: skip
        assert listing.tiktok_product_id == found["id"]
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

    def test_content_that_tiktok_would_reject_is_not_sent(self, case: Case) -> None:
        event_id = case.save(description="")
        assert case.tiktok.calls() == []
        assert case.engine.outcomes() == ["refused_here"]
        assert "description" in case.engine.history()[-1].message
        assert case.engine.end(event_id) == "refused_here"
        case.save(description="<p>Mended.</p>")
        assert case.tiktok.writes() == ["create"]

    def test_an_edit_starts_a_failed_first_audit_again(self, case: Case) -> None:
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
    def test_an_existing_listing_is_adopted_and_planned_like_any_sync(self, case: Case) -> None:
        theirs = case.tiktok.list_by_hand(SKU, price="35.00", quantity=18)
        event_id = case.save()
        assert case.tiktok.writes() == ["partial_edit"]
        listing, found = case.engine.listing(), case.tiktok.product()
        assert (listing.tiktok_product_id, found["id"]) == (theirs, theirs)
        assert (found["status"], found["title"], found["skus"][0]["price"]["amount"]) == (
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
        assert all(message in case.engine.history()[-1].message for message in both)
        assert case.engine.end(event_id) == "refused_here"

    def test_a_recreated_product_gets_its_old_listing_back(self, listed: Case) -> None:
        old = listed.engine.listing()
        listed.engine.delete()
        listed.settled()
        assert listed.status() == "SELLER_DEACTIVATED"
        listed.engine.recreated()
        listed.save(name="Made again")
        assert [product["id"] for product in listed.tiktok.products(deleted=True)] == [old.tiktok_product_id]
        assert (listed.status(), listed.tiktok.product()["title"]) == ("ACTIVATE", "Made again")
        assert listed.engine.listing().product_id != old.product_id


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
    def test_only_what_differs_is_sent(self, listed: Case, changes: dict[str, Any], calls: list[str]) -> None:
        assert listed.after(changes) == calls

    def test_a_change_that_tiktok_does_not_see_is_applied_and_says_so(self, listed: Case) -> None:
        event_id = listed.save(url_key="another-url")
        assert listed.engine.end(event_id) == "applied"
        assert listed.engine.outcomes()[-1] == "nothing_to_send"

    def test_the_newest_of_several_saves_is_applied_and_the_others_coalesce(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        ids = [sold.save(size=size) for size in ("S", "M", "L")]
        Case(sold, tiktok, deliver()).settled()
        assert [sold.end(event_id) for event_id in ids] == ["coalesced", "coalesced", "applied"]
        assert tiktok.writes() == ["create"]

    def test_a_rejection_is_remembered_and_a_change_is_sent(self, listed: Case) -> None:
        listed.tiktok.fault("partial_edit", "reject", code=12052261, message="The title is too fine.")
        event_id = listed.save(name="Too fine a shirt")
        assert listed.engine.end(event_id) == "rejected"
        assert listed.engine.outcomes()[-1] == "rejected"
        assert "The title is too fine." in listed.engine.history()[-1].message
        assert listed.after({"url_key": "another-url"}) == []
        assert listed.engine.outcomes()[-1] == "rejected"
        assert listed.after({"name": "A shirt"}) == ["partial_edit"]
        assert listed.engine.outcomes()[-2:] == ["accepted", "live"]

    def test_a_rejected_part_does_not_block_the_others(self, listed: Case) -> None:
        listed.tiktok.fault("partial_edit", "reject", code=12052261)
        listed.save(name="Too fine a shirt")
        assert listed.after({"price": "31.00"}) == ["price"]

    def test_a_person_may_request_what_was_rejected(self, listed: Case) -> None:
        listed.tiktok.fault("partial_edit", "reject", code=12052261)
        listed.save(name="Too fine a shirt")
        listed.engine.ask()
        listed.settled()
        assert listed.tiktok.writes()[-1] == "partial_edit"
        assert listed.tiktok.product()["title"] == "Too fine a shirt"

    def test_a_create_that_was_refused_is_not_repeated_as_it_is(self, case: Case) -> None:
        case.tiktok.fault("create", "reject", code=12052261, message="No.")
        assert case.after({}) == ["create 12052261"]
        assert case.after({}) == []
        assert case.after({"name": "Another shirt"}) == ["create"]

    def test_a_failed_audit_of_a_live_listing_keeps_what_is_sold_and_is_not_repeated(
        self, listed: Case
    ) -> None:
        listed.save(name="Shirt [fail audit]")
        assert listed.engine.outcomes()[-1] == "audit_failed"
        assert (listed.status(), listed.tiktok.product()["title"]) == ("ACTIVATE", "Linen shirt")
        assert listed.engine.listing().listed
        assert listed.after({}) == []
        assert listed.after({"price": "31.00"}) == ["price"]
        assert listed.after({"name": "Linen shirt II"}) == ["partial_edit"]
        assert listed.tiktok.product()["title"] == "Linen shirt II"

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

    def test_with_inventory_price_sync_off_content_alone_is_sent(self, listed: Case) -> None:
        listed.engine.policy(inventory_price_sync=False)
        assert listed.after({"price": "31.00", "quantity": 2, "name": "Linen shirt II"}) == ["partial_edit"]
        assert (listed.tiktok.product()["skus"][0]["price"]["amount"], listed.quantity()) == ("29.00", 18)

    def test_another_category_is_a_full_edit(self, listed: Case) -> None:
        listed.engine.template(replace(TEMPLATE, category_id="600002"))
        assert listed.after({"color": "red"}) == ["edit"]
        assert listed.tiktok.product()["category_id"] == "600002"
