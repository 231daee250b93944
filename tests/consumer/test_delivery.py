"""Delivery: many listings, several owners, a TikTok that fails; never a wish lost and never two listings."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from consumer.delivery import Delivery
from consumer.sync import MOST_TRIES
from records import dead_letters, listings, outcomes
from records.database import Database
from records.tables import pending_syncs as pending_table
from schemas.listing import ListingStatus
from schemas.secret import Secret
from tests.consumer.engine import SHIRT, SKU, Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually
from tiktok.listing import wanted_listing

Deliver = Callable[..., Delivery]
SECOND: dict[str, Any] = {"shop_cipher": "GCP_second", "access_token": Secret("TTP_second")}


def gone(engine: Engine, *skus: str) -> Callable[[], bool]:
    """No listing of these SKUs waits any more."""
    return lambda: all(engine.pending(sku) is None for sku in skus or (SKU,))


def in_good_time(engine: Engine, delivery: Delivery, check: Callable[[], bool]) -> None:
    """The check holds in the end, a minute being over at each look."""

    def look() -> bool:
        if not delivery.in_hand:
            engine.clock.pass_by(61)
            delivery.wake()
        return check()

    eventually(look)


@pytest.fixture
def live(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Engine:
    """The shirt is live; no delivery runs any more."""
    sold.save()
    delivery = deliver()
    eventually(gone(sold))
    assert delivery.stop()
    return sold


class TestCoalescing:
    def test_a_newer_wish_during_a_call_is_delivered_after_it(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create")
        first = sold.save()
        delivery = deliver()
        eventually(tiktok.held)
        second = sold.save(price="31.00", name="Linen shirt II")
        tiktok.release()
        eventually(gone(sold))
        assert tiktok.writes() == ["create", "partial_edit", "price"]
        assert [sold.end(one) for one in (first, second)] == ["applied", "applied"]
        assert tiktok.product()["title"] == "Linen shirt II"
        assert delivery.in_hand == 0

    def test_a_disable_while_the_create_is_on_its_way_ends_in_a_take_down(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("create")
        first = sold.save()
        deliver()
        eventually(tiktok.held)
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
        ids=lambda told: next(iter(told)),
    )
    def test_what_left_while_the_create_was_on_its_way_is_synced_when_it_is_back(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, changes: dict[str, Any]
    ) -> None:
        sold.policy(only_specific_attributes=True, observed_attributes=("color",))
        tiktok.hold("create")
        first = sold.save()
        deliver()
        eventually(tiktok.held)
        sold.save(**changes, name="Changed meanwhile")
        tiktok.release()
        eventually(lambda: sold.end(first) and gone(sold)())
        assert sold.listing().ineligible_since is not None
        sold.save(**{code: SHIRT[code] for code in changes})
        assert sold.decisions()[-1] == "sync became_eligible"
        eventually(gone(sold))
        held = tiktok.product()
        assert (held["status"], held["title"]) == ("ACTIVATE", "Changed meanwhile")

    def test_what_waits_is_looked_at_as_it_is_then(
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
        assert [sold.end(one) for one in ids] == ["superseded", "filtered"]
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
        assert [sold.end(one) for one in ids] == ["coalesced", "applied"]


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
        first, again = (one["body"] for one in tiktok.effects(writes=True) if one["operation"] == "create")
        assert first == again
        assert first["title"] == "Linen shirt"
        assert tiktok.writes()[-1] == "partial_edit"
        assert tiktok.product()["title"] == "Linen shirt II"

    @pytest.mark.parametrize("kind, edits", [("drop_after", 1), ("drop_before", 2)])
    def test_an_edit_whose_answer_was_lost_is_looked_at_before_it_is_repeated(
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


class TestAnUnwellTikTok:
    @pytest.mark.parametrize("kind", ["throttle", "fault"])
    def test_the_same_call_comes_later(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, kind: str
    ) -> None:
        tiktok.fault("create", kind)
        event_id = sold.save()
        deliver()
        eventually(gone(sold))
        assert [one.split()[0] for one in tiktok.writes()] == ["create", "create"]
        assert len(tiktok.products()) == 1
        assert sold.end(event_id) == "applied"

    def test_a_shop_that_fails_as_a_whole_is_probed_by_one_call_a_second_and_nobody_is_given_up(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(8)]
        tiktok.fault("*", "fault", times=10_000)
        for sku in skus:
            sold.save(sku)
        sold.clock.stand_still()
        delivery = deliver()
        eventually(lambda: len(tiktok.calls()) >= 3 and delivery.in_hand == 0)
        for _ in range(12):
            before = len(tiktok.calls())
            sold.clock.pass_by(61)
            delivery.wake()
            eventually(lambda before=before: len(tiktok.calls()) > before and delivery.in_hand == 0)  # type: ignore[misc]
            assert len(tiktok.calls()) == before + 1
        assert all(sold.pending(sku).tries < MOST_TRIES for sku in skus)
        tiktok.no_more_faults()
        in_good_time(sold, delivery, gone(sold, *skus))
        assert all(len(tiktok.products(sku)) == 1 for sku in skus)
        assert sold.counts() == {"applied": len(skus)}

    def test_another_shop_goes_on(self, sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
        sold.connect(connected_to("http://127.0.0.1:9", "unwell"))
        for number in range(20):
            sold.save(f"SHIRT-{number}", shop="unwell")
        sold.save()
        deliver()
        eventually(gone(sold))
        assert tiktok.writes() == ["create"]
        assert sold.pending("SHIRT-0", "unwell") is not None

    def test_another_shop_goes_on_while_one_has_to_wait_as_tiktok_says(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        sold.connect(connected_to(tiktok.url, "second", **SECOND))
        tiktok.fault("*", "throttle", retry_after="60")
        sold.save("SHIRT-0")
        deliver()
        eventually(lambda: tiktok.calls() and sold.pending("SHIRT-0").lease_token is None)
        for number in range(1, 12):
            sold.save(f"SHIRT-{number}")
        sold.save("OTHER", shop="second")
        eventually(lambda: sold.pending("OTHER", "second") is None)
        assert tiktok.calls("OTHER") != []
        assert [sku for number in range(12) if tiktok.calls(sku := f"SHIRT-{number}")] in ([], ["SHIRT-0"])

    def test_a_shop_whose_token_is_refused_is_stopped_and_says_so(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        sold.connect(
            connected_to(
                tiktok.url, access_token=Secret("TTP_revoked"), refresh_token=Secret("TTP_withdrawn")
            )
        )
        for number in range(6):
            sold.save(f"SHIRT-{number}")
        sold.clock.stand_still()
        delivery = deliver()
        eventually(delivery.stopped_shops)
        eventually(lambda: delivery.in_hand == 0)
        stopped, calls = delivery.stopped_shops()["demo"], len(tiktok.calls())
        assert "Authorize" in stopped
        assert "TTP_" not in stopped
        assert sold.pending("SHIRT-0").tries == 0
        sold.connect(connected_to(tiktok.url))
        sold.clock.pass_by(61)
        delivery.wake()
        eventually(lambda: len(tiktok.calls()) > calls)
        in_good_time(sold, delivery, gone(sold, *(f"SHIRT-{number}" for number in range(6))))
        assert delivery.stopped_shops() == {}

    def test_a_listing_that_fails_ten_times_while_others_succeed_is_a_dead_letter(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("create", "fault", times=100, seller_sku="BAD")
        event_id = sold.save("BAD")
        delivery = deliver()
        for number in range(MOST_TRIES):
            sold.save("GOOD", name=f"Linen shirt {number}")
            eventually(gone(sold, "GOOD"))
            sold.clock.pass_by(61)
            delivery.wake()
            eventually(lambda number=number: _tries(sold) > number)  # type: ignore[misc]
        assert _tries(sold) == MOST_TRIES + 1
        assert tiktok.writes("BAD") == ["create 36009003"] * MOST_TRIES
        assert sold.end(event_id) == "dead_lettered"
        assert sold.outcomes("BAD") == ["dead_lettered"]
        with sold.database.read() as connection:
            (letter,) = dead_letters.unpublished(connection)
        assert (letter.reason, letter.key, letter.origin_topic) == ("exhausted", b"demo/BAD", "pending_syncs")
        tiktok.no_more_faults()
        sold.save("BAD", color="red")
        eventually(gone(sold, "BAD"))
        assert tiktok.products("BAD")[0]["status"] == "ACTIVATE"

    def test_a_fault_of_ours_harms_no_other_listing(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(product: Any, *told: Any) -> Any:
            if product.sku == "BAD":
                raise ZeroDivisionError("a fault of ours")
            return wanted_listing(product, *told)

        monkeypatch.setattr("consumer.sync.wanted_listing", broken)
        sold.save("BAD")
        sold.save("GOOD")
        deliver()
        eventually(lambda: gone(sold, "GOOD")() and sold.pending("BAD").tries > 0)
        assert tiktok.writes("GOOD") == ["create"]
        assert sold.pending("BAD").look_first


def _tries(engine: Engine) -> int:
    """How often the bad one was tried; one more than the most once it was given up."""
    row = engine.pending("BAD")
    return MOST_TRIES + 1 if row is None else int(row.tries)


class TestOwners:
    def test_who_takes_over_a_held_call_looks_first_and_the_former_owner_writes_nothing(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver, path: Path
    ) -> None:
        """A process that is frozen for longer than its lease, with a call on its way."""
        other = Database(f"sqlite:///{path}")
        tiktok.hold("partial_edit", when="after")
        event_id = live.save(name="Linen shirt II")
        frozen = deliver(clock=(behind := _Behind(live.clock)))
        eventually(tiktok.held)
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
        eventually(lambda: frozen.in_hand == 0)
        assert len(live.history()) == history
        assert second.stop()
        other.close()

    def test_an_owner_that_finds_its_lease_lost_has_the_next_one_look(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.hold("partial_edit", when="before")
        live.save(name="Linen shirt II")
        delivery = deliver()
        eventually(tiktok.held)
        with live.database.write() as connection:
            connection.execute(
                update(pending_table).values(
                    lease_token="another owner", lease_until=live.clock(), look_first=False
                )
            )
        before = len(tiktok.calls())
        tiktok.release()
        eventually(gone(live))
        calls = tiktok.calls()[before:]
        assert calls[0] == "partial_edit"
        assert "get" in calls
        assert calls.count("partial_edit") == 1
        assert delivery.in_hand == 0

    def test_two_deliveries_make_one_listing_of_each_product(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, path: Path
    ) -> None:
        other = Database(f"sqlite:///{path}")
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
        spans = sorted((one["began"], one["at"]) for one in tiktok.effects())
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
        eventually(tiktok.held)
        stopped: list[bool] = []
        stopping = threading.Thread(target=lambda: stopped.append(delivery.stop()))
        stopping.start()
        tiktok.release()
        stopping.join(20)
        assert stopped == [True]
        assert sold.listing().tiktok_product_id == tiktok.product()["id"]
        row = sold.pending()
        assert (row.lease_token, row.look_first) == (None, False)

    def test_rows_that_were_never_begun_go_back_at_once(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(10)]
        sold.take(*[sold.saved(sku) for sku in skus])
        tiktok.hold("search")
        delivery = deliver(calls_in_flight=1)
        eventually(tiktok.held)
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
    @pytest.fixture
    def locked(self, live: Engine, path: Path) -> Iterator[sqlite3.Connection]:
        with live.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        yield holder
        holder.close()

    def test_an_answer_is_written_down_once_the_database_is_back(
        self, live: Engine, tiktok: SellerCenter, deliver: Deliver, locked: sqlite3.Connection
    ) -> None:
        tiktok.hold("partial_edit")
        event_id = live.save(name="Linen shirt II")
        deliver()
        eventually(tiktok.held)
        locked.execute("BEGIN IMMEDIATE")
        tiktok.release()
        eventually(lambda: tiktok.writes()[-1] == "partial_edit")
        locked.rollback()
        eventually(gone(live))
        assert tiktok.writes() == ["create", "partial_edit"]
        assert live.end(event_id) == "applied"


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
        assert [row.operation for row in out[:2]] == (["search", "create"] if feed_log else [])
        with sold.database.read() as connection:
            told = outcomes.unpublished(connection)
        assert [(one.kind, one.operation, one.event_id) for one in told] == [
            ("accepted", "create", event_id),
            ("live", None, None),
        ]

    def test_no_secret_is_in_any_row(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, path: Path
    ) -> None:
        sold.save()
        delivery = deliver()
        eventually(gone(sold))
        delivery.stop()
        held = b"".join(one.read_bytes() for one in path.parent.iterdir())
        assert b"Linen shirt" in held
        for secret in (b"TTP_sandbox_access", b"TTP_sandbox_refresh", b"sandbox-app-secret-0123456789"):
            assert secret not in held

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
            if any(one.product_id == bad for one in delivered):
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
