"""Waits: the daily cap on new listings, promotions, and a shop that hangs; and what does not wait for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from consumer.delivery.daily_listing_cap import PROBE_LIMIT, ListingCap
from consumer.delivery.dispatcher import Delivery
from schemas.secret import Secret
from tests.consumer.engine import SKU, TEMPLATE, Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually
from tests.policies.examples import NOON, at

pytestmark = pytest.mark.both_databases

Deliver = Callable[..., Delivery]
HOUR = timedelta(hours=1)


def gone(engine: Engine, sku: str = SKU) -> Callable[[], bool]:
    return lambda: engine.pending(sku) is None


def waits(engine: Engine, sku: str = SKU) -> Callable[[], bool]:
    """Return a check that the listing is in the queue without an owner, and due later."""
    return lambda: engine.pending(sku).lease_token is None and engine.pending(sku).due_at > engine.clock()


class TestTheCapOfTheDay:
    def test_no_create_waits_while_it_is_open(self) -> None:
        assert ListingCap(HOUR).waits_until(NOON, 1) is None

    @pytest.mark.parametrize(
        ("wait", "opens"), [(None, NOON + HOUR), (timedelta(minutes=9), NOON + timedelta(minutes=9))]
    )
    def test_creates_wait_as_long_as_tiktok_says_or_as_is_set(
        self, wait: timedelta | None, opens: object
    ) -> None:
        cap = ListingCap(HOUR)
        assert cap.reached(NOON, wait) == opens
        assert cap.waits_until(at(1), 1) == opens

    def test_then_one_create_probes_and_the_others_wait_for_it(self) -> None:
        cap = ListingCap(HOUR)
        opens = cap.reached(NOON, None)
        assert [cap.waits_until(opens, product_id) for product_id in (1, 2, 3)] == [
            None,
            opens + PROBE_LIMIT,
            opens + PROBE_LIMIT,
        ]
        assert cap.waits_until(opens + PROBE_LIMIT, 1) is None

    def test_asking_for_the_closed_time_starts_no_probe(self) -> None:
        cap = ListingCap(HOUR)
        assert cap.closed_until(NOON) is None
        opens = cap.reached(NOON, None)
        assert [cap.closed_until(moment) for moment in (NOON, at(1), opens)] == [opens, opens, None]
        assert cap.waits_until(opens, 1) is None

    def test_after_an_accepted_create_none_waits(self) -> None:
        cap = ListingCap(HOUR)
        cap.reached(NOON, None)
        cap.accepted()
        assert [cap.waits_until(at(1), 1) for _ in range(3)] == [None] * 3

    def test_the_create_whose_sync_started_first_tries_the_cap_whichever_worker_comes_first(self) -> None:
        cap = ListingCap(HOUR)
        opens = cap.reached(NOON, None)
        for product_id in (1, 2):
            cap.started(product_id)
        assert cap.waits_until(opens, 2) == opens + PROBE_LIMIT
        assert cap.waits_until(opens, 1) is None
        cap.ended(1)
        assert cap.waits_until(opens + PROBE_LIMIT, 2) is None

    def test_creates_wait_while_price_and_stock_go_on_and_the_oldest_goes_first(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        delivery = deliver(cap_look=HOUR)
        sold.save("LISTED")
        eventually(gone(sold, "LISTED"))
        tiktok.settings(daily_listings=1)
        for sku in ("FIRST", "SECOND", "THIRD"):
            sold.save(sku)
            delivery.wake()
            eventually(waits(sold, sku))
        assert [tiktok.writes(sku) for sku in ("FIRST", "SECOND", "THIRD")] == [["create 12052093"], [], []]
        sold.save("LISTED", price="31.00", quantity=5)
        delivery.wake()
        eventually(gone(sold, "LISTED"))
        assert sorted(tiktok.writes("LISTED")[1:]) == ["inventory", "price"]

        tiktok.settings(daily_listings=None)
        sold.clock.pass_by(HOUR.total_seconds() + 1)
        delivery.wake()
        eventually(lambda: tiktok.writes("FIRST")[1:] == ["create"])
        sold.clock.pass_by(PROBE_LIMIT.total_seconds() + 1)
        delivery.wake()
        eventually(lambda: all(gone(sold, sku)() for sku in ("FIRST", "SECOND", "THIRD")))
        assert all(tiktok.writes(sku) == ["create"] for sku in ("SECOND", "THIRD"))

    def test_a_waiting_create_sends_the_newest_content(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.settings(daily_listings=0)
        delivery = deliver(cap_look=HOUR)
        first = sold.save()
        eventually(waits(sold))
        second = sold.save(name="Linen shirt II")
        delivery.wake()
        eventually(waits(sold))
        tiktok.settings(daily_listings=None)
        sold.clock.pass_by(HOUR.total_seconds() + 1)
        delivery.wake()
        eventually(gone(sold))
        assert tiktok.writes() == ["create 12052093", "create"]
        assert tiktok.product()["title"] == "Linen shirt II"
        assert [sold.end(event_id) for event_id in (first, second)] == ["coalesced", "applied"]

    @pytest.mark.parametrize("code", [12052093, 12052109, 12019068, 12052700, 12019004])
    def test_a_create_answered_with_a_quota_or_the_sellers_state_is_sent_again_when_that_has_passed(
        self, code: int, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.fault("create", "reject", code=code)
        delivery = deliver(cap_look=HOUR)
        event = sold.save()
        eventually(waits(sold))
        sold.clock.pass_by(HOUR.total_seconds() + 1)
        delivery.wake()
        eventually(gone(sold))
        assert tiktok.writes() == [f"create {code}", "create"]
        assert sold.end(event) == "applied"

    def test_the_merchant_is_shown_once_that_it_waits(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        tiktok.settings(daily_listings=0)
        delivery = deliver(cap_look=HOUR)
        event = sold.save()
        for times in (1, 2, 3):
            eventually(lambda times=times: len(tiktok.writes()) == times)  # type: ignore[misc]
            eventually(waits(sold))
            sold.clock.pass_by(HOUR.total_seconds() + 1)
            delivery.wake()
        (row,) = [row for row in sold.history() if row.reason == "waits"]
        assert (row.level, row.event_id) == ("warning", event)
        assert "listing limit" in row.message


class TestAPromotion:
    @pytest.mark.parametrize(
        ("locks", "refused", "goes_on"),
        [("price", "price 12052038", "inventory"), ("stock", "inventory 12052393", "price")],
    )
    def test_only_the_part_that_it_locks_waits_and_is_sent_when_it_ends(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, locks: str, refused: str, goes_on: str
    ) -> None:
        delivery = deliver()
        sold.save()
        eventually(gone(sold))
        tiktok.edit(promotion=[locks])
        event = sold.save(price="31.00", quantity=5)
        delivery.wake()
        eventually(waits(sold))
        assert sorted(tiktok.writes()[1:]) == sorted([refused, goes_on])
        assert sold.end(event) is None
        tiktok.edit(promotion=[])
        sold.clock.pass_by(3601)
        delivery.wake()
        eventually(gone(sold))
        assert tiktok.writes()[3:] == [refused.split()[0]]
        (sku,) = tiktok.product()["skus"]
        assert (sku["price"]["amount"], sku["quantity"], sold.end(event)) == ("31.00", 5, "applied")


def test_warnings_of_accepted_calls_are_kept(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
    sold.template(replace(TEMPLATE, brand_id="7082427311584347999"))
    event = sold.save()
    deliver()
    eventually(gone(sold))
    (row,) = [row for row in sold.history() if row.reason == "tiktok_warning"]
    assert (row.level, row.event_id) == ("warning", event)
    assert "brand" in row.message


class TestTwoShops:
    def test_a_shop_whose_calls_hang_keeps_no_other_waiting(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, second: Callable[[], None]
    ) -> None:
        second()
        for number in range(40):
            sold.save(f"HANGS-{number}", shop="second")
            tiktok.hold("search", seller_sku=f"HANGS-{number}", seconds=60)
        delivery = deliver(calls_in_flight=8)
        eventually(tiktok.on_hold)
        for number in range(6):
            sold.save(f"QUICK-{number}")
            delivery.wake()
            eventually(gone(sold, f"QUICK-{number}"), seconds=5.0)
            assert tiktok.on_hold()
        assert all(tiktok.writes(f"QUICK-{number}") == ["create"] for number in range(6))
        tiktok.release()


@pytest.fixture
def second(sold: Engine, tiktok: SellerCenter) -> Callable[[], None]:
    """Connect another shop of the same store."""

    def connect() -> None:
        token = Secret("TTP_second")
        sold.connect(connected_to(tiktok.url, "second", shop_cipher="GCP_second", access_token=token))

    return connect
