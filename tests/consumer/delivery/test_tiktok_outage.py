"""TikTok outages: calls are retried, no listing is given up because of them, and no other shop waits."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.delivery.end_of_sync import MOST_TRIES
from records.log import dead_letters
from schemas.secret import Secret
from tests.consumer.deliveries import SECOND, Deliver, gone, in_good_time
from tests.consumer.engine import Engine, connected_to
from tests.consumer.seller_center import SellerCenter, eventually
from tiktok.listing.desired_listing import wanted_listing


class TestAnUnwellTikTok:
    @pytest.mark.parametrize("kind", ["throttle", "fault"])
    def test_the_same_call_comes_later(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, kind: str
    ) -> None:
        tiktok.fault("create", kind)
        event_id = sold.save()
        deliver()
        eventually(gone(sold))
        assert [write.split()[0] for write in tiktok.writes()] == ["create", "create"]
        assert len(tiktok.products()) == 1
        assert sold.end(event_id) == "applied"

    def test_a_shop_that_fails_as_a_whole_is_probed_by_one_call_a_second_and_no_one_is_given_up(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        skus = [f"SHIRT-{number}" for number in range(8)]
        tiktok.fault("*", "fault", times=10_000)
        for sku in skus:
            sold.save(sku)
        sold.clock.stand_still()
        delivery = deliver()
        eventually(lambda: len(tiktok.calls()) >= 3 and delivery.in_progress == 0)
        for _ in range(12):
            before = len(tiktok.calls())
            sold.clock.pass_by(61)
            delivery.wake()
            eventually(lambda before=before: len(tiktok.calls()) > before and delivery.in_progress == 0)  # type: ignore[misc]
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
        eventually(lambda: delivery.in_progress == 0)
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
            in_good_time(sold, delivery, lambda number=number: _tries(sold) > number)  # type: ignore[misc]
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

    def test_consumers_that_work_side_by_side_share_the_pace_of_every_shop(
        self, sold: Engine, deliver: Deliver
    ) -> None:
        sold.save("GOOD")
        delivery = deliver(calls_per_second=100)
        eventually(gone(sold, "GOOD"))
        rates = []
        for consumers in (1, 4, 1):
            delivery.share(consumers)
            rates.append(delivery.pacing()["demo"].calls_per_second)
        assert rates == [100, 25, 100]

    def test_a_fault_of_ours_harms_no_other_listing(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(product: Any, *value: Any) -> Any:
            if product.sku == "BAD":
                raise ZeroDivisionError("a fault of ours")
            return wanted_listing(product, *value)

        monkeypatch.setattr("sync.desired_state.wanted_listing", broken)
        sold.save("BAD")
        sold.save("GOOD")
        deliver()
        eventually(lambda: gone(sold, "GOOD")() and sold.pending("BAD").tries > 0)
        assert tiktok.writes("GOOD") == ["create"]
        assert sold.pending("BAD").read_back_first


def _tries(engine: Engine) -> int:
    """Return how often the bad listing was tried: one more than `MOST_TRIES` once it was given up."""
    row = engine.pending("BAD")
    return MOST_TRIES + 1 if row is None else int(row.tries)
