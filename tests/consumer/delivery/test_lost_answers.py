"""Lost answers: after a call that may have taken effect, TikTok is read before anything is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.consumer.deliveries import Deliver, gone, in_good_time
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import SellerCenter, eventually


class TestLostAnswers:
    def test_a_create_whose_answer_was_lost_makes_one_listing(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("create", "drop_after")
        event_id = sold.save()
        deliver()
        eventually(gone(sold))
        (made,) = tiktok.products()
        assert (made["creates"], made["status"]) == (1, "ACTIVATE")
        assert tiktok.writes() == ["create"]
        assert sold.listing().tiktok_product_id == made["id"]
        assert sold.listing().create_attempt is None
        assert sold.end(event_id) == "applied"
        assert "adopted" not in sold.outcomes()

    def test_a_create_that_was_never_done_repeats_its_key_and_body(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("create", "drop_before")
        sold.save()
        deliver()
        eventually(lambda: sold.listing().create_attempt is not None)
        sold.save(name="Linen shirt II")
        eventually(gone(sold))
        first, again = (
            effect["body"] for effect in tiktok.effects(writes=True) if effect["operation"] == "create"
        )
        assert first == again
        assert first["title"] == "Linen shirt"
        assert tiktok.writes()[-1] == "partial_edit"
        assert tiktok.product()["title"] == "Linen shirt II"

    def test_a_product_that_left_while_its_creates_answer_was_lost_is_taken_off_sale(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        """The product is not listed yet, so becoming ineligible queues nothing: the lost create is already queued."""
        tiktok.fault("create", "drop_after")
        tiktok.hold("create", when="after")
        sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        sold.save(status="2")
        tiktok.release()
        in_good_time(sold, delivery, gone(sold))
        assert tiktok.product()["status"] == "SELLER_DEACTIVATED"
        assert tiktok.writes()[0] == "create"
        assert sold.listing().tiktok_product_id == tiktok.product()["id"]

    def test_a_lost_create_that_may_be_either_of_two_listings_is_named_and_neither_is_touched(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("create", "drop_after")
        tiktok.hold("create", when="after")
        sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        sold.save(status="2")
        tiktok.list_by_hand(SKU)
        tiktok.release()
        in_good_time(sold, delivery, gone(sold))
        assert sold.outcomes()[-1] == "two_listings_on_tiktok"
        both = [product["id"] for product in tiktok.products()]
        assert len(both) == 2 and all(product_id in sold.history()[-1].message for product_id in both)
        assert tiktok.writes() == []

    @pytest.mark.parametrize(
        ("kind", "then"), [("drop_after", ["create", "inventory"]), ("drop_before", ["create"])]
    )
    def test_a_product_that_is_refused_while_its_creates_answer_is_lost_is_found_and_gets_its_stock(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, kind: str, then: list[str]
    ) -> None:
        """A price of 0 holds back a create, and not the stock of a create that took effect."""
        tiktok.fault("create", kind)
        tiktok.hold("create", when="after" if kind == "drop_after" else "before")
        sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        event_id = sold.save(price="0", quantity=0)
        tiktok.release()
        in_good_time(sold, delivery, gone(sold))
        assert (tiktok.writes(), sold.end(event_id)) == (then, "refused_here")
        found = tiktok.products()
        assert [sku["quantity"] for product in found for sku in product["skus"]] == [0] * len(found)

    @pytest.mark.parametrize("kind, edits", [("drop_after", 1), ("drop_before", 2)])
    def test_an_edit_whose_answer_was_lost_is_read_back_before_it_is_repeated(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver, kind: str, edits: int
    ) -> None:
        tiktok.fault("partial_edit", kind)
        event_id = live.save(name="Linen shirt II")
        before = len(tiktok.calls())
        deliver()
        eventually(gone(live))
        calls = tiktok.calls()[before:]
        assert calls[:2] == ["partial_edit", "get"]
        assert calls.count("partial_edit") == edits
        assert tiktok.product()["title"] == "Linen shirt II"
        assert live.end(event_id) == "applied"

    @pytest.mark.parametrize(
        "operation, changes", [("price", {"price": "31.00"}), ("inventory", {"quantity": 3})]
    )
    def test_a_price_or_stock_whose_answer_was_lost_is_not_sent_twice(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver, operation: str, changes: dict[str, Any]
    ) -> None:
        tiktok.fault(operation, "drop_after")
        live.save(**changes)
        deliver()
        eventually(gone(live))
        assert tiktok.writes() == ["create", operation]

    def test_a_deactivation_whose_answer_was_lost_is_done(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("deactivate", "drop_after")
        event_id = live.save(status="2")
        deliver()
        eventually(gone(live))
        assert tiktok.writes() == ["create", "deactivate"]
        assert live.end(event_id) == "applied"
