"""Coalescing: changes that arrive while a listing is in the queue, or while a call is in flight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.shop import NOT_CONNECTED
from tests.consumer.deliveries import SECOND, Deliver, gone
from tests.consumer.engine import SHIRT, SKU, Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually

pytestmark = pytest.mark.both_databases


class TestWhileItWaits:
    def test_a_newer_wish_during_a_call_is_delivered_after_it(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create")
        first = sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        second = sold.save(price="31.00", name="Linen shirt II")
        tiktok.release()
        eventually(gone(sold))
        # The order of the two depends on whether the listing has passed its audit by then.
        assert (tiktok.writes()[0], sorted(tiktok.writes()[1:])) == ("create", ["partial_edit", "price"])
        assert [sold.end(event_id) for event_id in (first, second)] == ["applied", "applied"]
        assert tiktok.product()["title"] == "Linen shirt II"
        assert delivery.in_progress == 0

    def test_a_disable_while_the_create_is_on_its_way_ends_in_a_take_down(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create")
        first = sold.save()
        deliver()
        eventually(tiktok.on_hold)
        second = sold.save(status="2")
        assert sold.end(second) == "filtered"
        tiktok.release()
        eventually(lambda: sold.end(first) and gone(sold)())
        assert tiktok.product()["status"] == "SELLER_DEACTIVATED"
        assert sold.listing().ineligible_reason == "product_disabled"
        sold.save(status="1")
        eventually(lambda: tiktok.product()["status"] == "ACTIVATE")

    @pytest.mark.parametrize(
        "changes",
        [{"status": "2"}, {"visibility": "1"}, {"attribute_set_id": "11"}],
        ids=lambda value: next(iter(value)),
    )
    def test_what_left_while_the_create_was_on_its_way_is_synced_when_it_is_back(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, changes: dict[str, Any]
    ) -> None:
        sold.policy(only_specific_attributes=True, observed_attributes=("color",))
        tiktok.hold("create")
        first = sold.save()
        deliver()
        eventually(tiktok.on_hold)
        sold.save(**changes, name="Changed meanwhile")
        tiktok.release()
        eventually(lambda: sold.end(first) and gone(sold)())
        assert sold.listing().ineligible_since is not None
        sold.save(**{code: SHIRT[code] for code in changes})
        assert sold.decisions()[-1] == "sync became_eligible"
        eventually(gone(sold))
        found = tiktok.product()
        assert (found["status"], found["title"]) == ("ACTIVATE", "Changed meanwhile")

    def test_a_waiting_listing_is_synced_with_its_newest_state(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        event_id = live.save(name="Linen shirt II")
        live.policy(product_update=False, inventory_price_sync=False)
        deliver()
        eventually(gone(live))
        assert live.end(event_id) == "superseded"
        assert tiktok.writes() == ["create"]
        assert live.history()[-1].reason == "update_off"

    def test_a_product_that_is_not_to_go_up_any_more_does_not(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        ids = [sold.save(), sold.save(status="2")]
        deliver()
        eventually(gone(sold))
        assert [sold.end(event_id) for event_id in ids] == ["superseded", "filtered"]
        assert tiktok.calls() == []

    def test_a_paused_policy_delivers_nothing_and_each_once_on_resume(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        sold.connect(connected_to(tiktok.url, "second", "Second", **SECOND))
        sold.policy("Second")
        sold.policy(paused=True)
        ids = [sold.save(), sold.save(color="red")]
        sold.save("OTHER", shop="second")
        deliver()
        eventually(lambda: sold.pending("OTHER", "second") is None)
        assert tiktok.calls(SKU) == []
        sold.policy()
        eventually(gone(sold))
        assert tiktok.writes() == ["create"]
        assert [sold.end(event_id) for event_id in ids] == ["coalesced", "applied"]

    def test_a_shop_without_tiktok_waits_and_is_delivered_once_it_is_connected(
        self, engine: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        connected = connected_to(tiktok.url)
        engine.connect(replace(connected, key="half", tiktok=NOT_CONNECTED))
        event_id = engine.save(shop="half")
        engine.connect(connected_to(tiktok.url, "second", **SECOND))
        engine.save("OTHER", shop="second")
        deliver()
        eventually(lambda: engine.pending("OTHER", "second") is None)
        assert tiktok.calls(SKU) == []
        engine.connect(replace(connected, key="half"))
        eventually(lambda: engine.end(event_id, "half") == "applied")


class TestWhileAnAuditIsFollowed:
    def test_a_filtered_change_is_not_sent_by_a_read_of_the_audit(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        sold.policy(only_specific_attributes=True, observed_attributes=("color",))
        sold.save()
        deliver()
        eventually(gone(sold))
        tiktok.settings(audit_seconds=1.5)
        recoloured = sold.save(color="Blue")
        eventually(lambda: sold.end(recoloured) == "applied")
        resized = sold.save(name="Another name")
        assert sold.end(resized) == "filtered"
        eventually(gone(sold))
        assert tiktok.writes() == ["create", "partial_edit"]
        assert tiktok.product()["title"] == SHIRT["name"]
