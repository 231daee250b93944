"""Delivery: several owners, a stop, a database that is away, and what is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from consumer.delivery import dispatcher
from records.catalog import listings
from records.catalog.tables import pending_syncs as pending_table
from records.db.database import Database
from records.log import dead_letters, outcomes
from schemas.listing import ListingStatus
from tests.consumer.deliveries import Deliver, gone, in_good_time
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import SellerCenter, eventually
from tests.databases import Outage, every_row

pytestmark = pytest.mark.both_databases


class TestOwners:
    def test_who_takes_over_a_kept_call_looks_first_and_the_former_owner_writes_nothing(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        """The owner's process is frozen for longer than its lease, with a call in flight."""
        other = Database(live.database.url)
        tiktok.hold("partial_edit", when="after")
        event_id = live.save(name="Linen shirt II")
        frozen = deliver(clock=(behind := _Behind(live.clock)))
        eventually(tiktok.on_hold)
        behind.freeze()
        live.clock.pass_by(30)
        before = len(tiktok.calls())
        second = deliver(other)
        eventually(lambda: gone(live)())
        assert tiktok.calls()[before] == "get"
        assert tiktok.writes() == ["create", "partial_edit"]
        assert live.end(event_id) == "applied"
        history = len(live.history())
        tiktok.release()
        eventually(lambda: frozen.in_progress == 0)
        assert len(live.history()) == history
        assert second.stop()
        other.close()

    def test_an_owner_that_finds_its_lease_lost_has_the_next_one_look(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("partial_edit", when="before")
        live.save(name="Linen shirt II")
        delivery = deliver()
        eventually(tiktok.on_hold)
        leased = {"lease_token": "another owner", "lease_until": live.clock() + timedelta(seconds=60)}
        with live.database.write() as connection:
            connection.execute(update(pending_table).values(**leased, look_first=False))
        before = len(tiktok.calls())
        tiktok.release()
        eventually(lambda: live.pending().read_back_first)
        assert live.pending().lease_token == "another owner"
        live.clock.pass_by(61)
        eventually(gone(live))
        assert tiktok.calls()[before : before + 2] == ["partial_edit", "get"]
        assert tiktok.writes() == ["create", "partial_edit"]
        assert delivery.in_progress == 0

    def test_a_listing_that_is_leased_again_at_once_counts_as_in_progress(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("partial_edit", seconds=0.3)
        tiktok.hold("price")
        live.save(name="Linen shirt II")
        delivery = deliver()
        eventually(tiktok.on_hold)
        live.save(price="31.00")
        eventually(lambda: [call for call in tiktok.on_hold() if call["operation"] == "price"])
        assert delivery.in_progress == 1
        tiktok.release()
        eventually(gone(live))
        eventually(lambda: delivery.in_progress == 0)

    def test_a_clock_that_leaps_gives_no_listing_a_second_writer(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create", seller_sku=SKU)
        event_id = sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        before = tiktok.calls(SKU)
        sold.clock.pass_by(30)
        sold.save("OTHER")
        eventually(gone(sold, "OTHER"))
        assert tiktok.calls(SKU) == before
        assert delivery.in_progress == 1
        tiktok.release()
        eventually(gone(sold))
        assert tiktok.writes() == ["create"]
        assert sold.end(event_id) == "applied"

    def test_two_deliveries_make_one_listing_of_each_product(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        other = Database(sold.database.url)
        skus = [f"SHIRT-{number}" for number in range(12)]
        sold.take(*[sold.saved(sku) for sku in skus])
        first, second = deliver(), deliver(other)
        for sku in skus:
            sold.save(sku, name="Linen shirt II")
        eventually(gone(sold, *skus))
        assert first.stop() and second.stop()
        other.close()
        assert [len(tiktok.products(sku)) for sku in skus] == [1] * len(skus)
        assert {tiktok.product(sku)["title"] for sku in skus} == {"Linen shirt II"}
        assert set(sold.counts()) <= {"applied", "coalesced"}

    def test_no_listing_ever_has_two_calls_at_once(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        deliver(calls_in_flight=8)
        for number in range(20):
            sold.save(name=f"Linen shirt {number}", price=f"{30 + number}.00")
        eventually(gone(sold))
        spans = sorted((effect["began"], effect["at"]) for effect in tiktok.effects())
        assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
        assert tiktok.product()["title"] == "Linen shirt 19"
        assert tiktok.product()["skus"][0]["price"]["amount"] == "49.00"


class _Behind:
    """A clock that follows another until its process is frozen."""

    def __init__(self, clock: Callable[[], Any]) -> None:
        self._clock = clock
        self._frozen: Any = None

    def freeze(self) -> None:
        self._frozen = self._clock()

    def __call__(self) -> Any:
        return self._frozen or self._clock()


class TestStop:
    def test_calls_on_their_way_are_finished_and_written_down(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create", when="after")
        sold.save()
        delivery = deliver()
        eventually(tiktok.on_hold)
        stopped: list[bool] = []
        stopping = threading.Thread(target=lambda: stopped.append(delivery.stop()))
        stopping.start()
        tiktok.release()
        stopping.join(20)
        assert stopped == [True]
        assert sold.listing().tiktok_product_id == tiktok.product()["id"]
        row = sold.pending()
        assert (row.lease_token, row.read_back_first) == (None, False)

    def test_leased_rows_whose_syncs_never_started_are_released_at_once(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(10)]
        sold.take(*[sold.saved(sku) for sku in skus])
        tiktok.hold("search")
        delivery = deliver(calls_in_flight=1)
        eventually(tiktok.on_hold)
        stopped: list[bool] = []
        stopping = threading.Thread(target=lambda: stopped.append(delivery.stop()))
        stopping.start()
        tiktok.release()
        stopping.join(20)
        assert stopped == [True]
        assert [sold.pending(sku).lease_token for sku in skus] == [None] * len(skus)
        deliver()
        eventually(gone(sold, *skus))
        assert [len(tiktok.products(sku)) for sku in skus] == [1] * len(skus)

    def test_a_shop_that_has_to_wait_does_not_keep_it(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(6)]
        sold.take(*[sold.saved(sku) for sku in skus])
        tiktok.fault("search", "throttle", retry_after="60")
        delivery = deliver(calls_in_flight=2)
        eventually(tiktok.calls)
        assert delivery.stop()
        assert [sold.pending(sku).lease_token for sku in skus] == [None] * len(skus)

    def test_a_slow_pace_does_not_keep_it(self, sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
        skus = [f"SHIRT-{number}" for number in range(6)]
        sold.take(*[sold.saved(sku) for sku in skus])
        delivery = deliver(calls_per_second=0.01)
        eventually(tiktok.calls)
        assert delivery.stop()
        assert [sold.pending(sku).lease_token for sku in skus] == [None] * len(skus)

    def test_what_stopped_before_it_began_has_taken_nothing(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        delivery = deliver()
        assert delivery.stop()
        sold.save()
        assert sold.pending().lease_token is None
        assert tiktok.calls() == []


class TestDatabaseAway:
    def test_an_answer_is_written_down_once_the_database_is_back(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver, outage: Outage
    ) -> None:
        tiktok.hold("partial_edit")
        event_id = live.save(name="Linen shirt II")
        deliver()
        eventually(tiktok.on_hold)
        outage.begin()
        tiktok.release()
        eventually(lambda: tiktok.writes()[-1] == "partial_edit")
        outage.end()
        eventually(gone(live))
        assert tiktok.writes() == ["create", "partial_edit"]
        assert live.end(event_id) == "applied"

    def test_a_stop_does_not_wait_for_it_longer_than_it_may_take(
        self,
        live: Engine,
        tiktok: SellerCenter,
        deliver: Deliver,
        outage: Outage,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(dispatcher, "STOP_SECONDS", 2.0)
        tiktok.hold("partial_edit")
        live.save(name="Linen shirt II")
        delivery = deliver()
        eventually(tiktok.on_hold)
        outage.begin()
        tiktok.release()
        eventually(lambda: tiktok.writes()[-1] == "partial_edit")
        delivery.stop()
        eventually(lambda: not delivery.running)
        outage.end()
        # Nothing was recorded: the next owner reads TikTok first, and sends nothing twice.
        live.clock.pass_by(60)
        deliver()
        eventually(gone(live))
        assert tiktok.writes() == ["create", "partial_edit"]


def test_an_unforeseen_error_of_the_writer_ends_delivery_and_is_kept(
    sold: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = dispatcher.Delivery(
        sold.database, sold.box, calls_in_flight=1, calls_per_second=0, audit_look=timedelta(seconds=1)
    )
    error = ZeroDivisionError("a fault of ours")

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(delivery, "run_round", broken)
    delivery.start()
    eventually(lambda: not delivery.running)
    assert delivery.broken is error
    assert delivery.stop()


class TestWhatIsWritten:
    @pytest.mark.parametrize("activity_log", [True, False])
    @pytest.mark.parametrize("feed_log", [True, False])
    def test_rows_are_exactly_as_the_switches_say(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, activity_log: bool, feed_log: bool
    ) -> None:
        sold.policy(activity_log=activity_log, feed_log=feed_log)
        event_id = sold.save()
        deliver()
        eventually(gone(sold))
        assert sold.outcomes() == (["accepted", "live"] if activity_log else [])
        out = [row for row in sold.feed() if row.direction == "out"]
        assert bool(out) is feed_log
        first = ["search", "category_rules", "category_attributes", "create"]
        assert [row.operation for row in out[:4]] == (first if feed_log else [])
        with sold.database.read() as connection:
            found = outcomes.unpublished(connection)
        assert [(outcome.kind, outcome.operation, outcome.event_id) for outcome in found] == [
            ("accepted", "create", event_id),
            ("live", None, None),
        ]

    def test_no_secret_is_in_any_row(self, sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
        sold.save()
        delivery = deliver()
        eventually(gone(sold))
        delivery.stop()
        found = every_row(sold.database)
        assert b"Linen shirt" in found
        for secret in (b"TTP_sandbox_access", b"TTP_sandbox_refresh", b"sandbox-app-secret-0123456789"):
            assert secret not in found

    def test_the_listing_remembers_the_template_that_it_was_made_with(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        sold.policy(product_assign=False)
        sold.save()
        assert sold.listing().template is None
        deliver()
        eventually(gone(sold))
        assert sold.listing().template == "Shirts"

    def test_a_note_that_can_not_be_written_takes_no_other_with_it(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = listings.save_delivered

        def broken(connection: Any, delivered: Any) -> None:
            if any(listing.product_id == bad for listing in delivered):
                raise ZeroDivisionError("a fault of ours")
            whole(connection, delivered)

        sold.save("BAD")
        bad = sold.product("BAD").id
        monkeypatch.setattr(listings, "save_delivered", broken)
        sold.save("GOOD")
        deliver()
        eventually(gone(sold, "GOOD"))
        assert sold.listing("GOOD").status is ListingStatus.ACTIVATE
        assert tiktok.products("BAD") == []

    def test_a_listing_whose_results_can_not_be_written_is_tried_ten_times_and_is_then_a_dead_letter(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = listings.save_delivered

        def broken(connection: Any, delivered: Any) -> None:
            if any(listing.create_attempt is not None for listing in delivered):
                raise ZeroDivisionError("a fault of ours")
            whole(connection, delivered)

        monkeypatch.setattr(listings, "save_delivered", broken)
        event_id = sold.save()
        delivery = deliver()
        eventually(lambda: (row := sold.pending()) is not None and row.tries == 1)
        assert sold.pending().read_back_first
        in_good_time(sold, delivery, gone(sold))
        assert sold.end(event_id) == "dead_lettered"
        assert "ZeroDivisionError: a fault of ours" in (sold.listing().last_message or "")
        with sold.database.read() as connection:
            (letter,) = dead_letters.unpublished(connection)
        assert (letter.reason, letter.origin_topic) == ("exhausted", "pending_syncs")
        assert tiktok.writes() == []
        monkeypatch.undo()
        sold.save(color="red")
        eventually(gone(sold))
        assert tiktok.product()["status"] == "ACTIVATE"
