"""Pricing and inventory policies in delivery: the price guard, stock that is kept, and scheduled prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from consumer.delivery.dispatcher import Delivery
from records.catalog import confirmed_prices, sync_queue
from records.catalog.sync_queue import SyncRequest
from records.rules import template_policies
from schemas.inventory_policy import InventoryPolicy
from schemas.listing import LastSent, Money
from schemas.pricing_policy import PriceSource, PricingPolicy
from schemas.template_policies import KINDS, TemplatePolicy
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually

Deliver = Callable[..., Delivery]
GUARDED = PricingPolicy("Guarded", guard_percent=Decimal(30))
SPECIAL = PricingPolicy("Special", PriceSource.SPECIAL_PRICE)
LEAVING = InventoryPolicy("Leaving", sync_out_of_stock=False)


def govern(engine: Engine, policy: TemplatePolicy) -> None:
    """Store this policy, and make the template use it alone."""
    pricing = isinstance(policy, PricingPolicy)
    field = "pricing_policy" if pricing else "inventory_policy"
    kind = next(kind for kind in KINDS if kind.field == field)
    with engine.database.write() as connection:
        template_policies.save(connection, kind, policy, now=engine.clock(), author="test")
    named: dict[str, Any] = {field: policy.title}
    engine.template(replace(TEMPLATE, **named))


def settled(engine: Engine) -> Callable[[], bool]:
    """Return a check that nothing is due within an hour."""

    def is_settled() -> bool:
        row = engine.pending()
        return row is None or (row.lease_token is None and row.due_at > engine.clock() + timedelta(hours=1))

    return is_settled


def price_on(tiktok: SellerCenter) -> str:
    return str(tiktok.product()["skus"][0]["price"]["amount"])


def last_message(engine: Engine) -> str:
    return [row.message for row in engine.history() if row.kind == "outcome"][-1]


def confirm(engine: Engine, amount: str) -> None:
    with engine.database.write() as connection:
        product, now = engine.product(), engine.clock()
        prices = {SKU: Money(amount, "USD")}
        confirmed_prices.save(connection, product.id, prices, now=now, author="jane")
        sync_queue.enqueue(connection, [SyncRequest(product.id, "demo", 1)], now=now)


class TestGuard:
    @pytest.fixture
    def fallen(self, sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> Engine:
        """Listed at 29.00, then saved at 14.50 with another name."""
        govern(sold, GUARDED)
        sold.save()
        deliver()
        eventually(settled(sold))
        event_id = sold.save(price="14.50", name="Linen shirt II")
        eventually(settled(sold))
        assert sold.end(event_id) == "applied"
        return sold

    def test_a_fall_beyond_it_sends_no_price_and_the_rest_is_synced(
        self, fallen: Engine, tiktok: SellerCenter
    ) -> None:
        assert tiktok.writes() == ["create", "partial_edit"]
        assert (price_on(tiktok), tiktok.product()["title"]) == ("29.00", "Linen shirt II")
        assert "price_guard" in fallen.outcomes()
        (guarded,) = [row.message for row in fallen.history() if row.reason == "price_guard"]
        assert "it drops from 29.00 to 14.50 USD, by 50.0 %" in guarded
        assert f"m2t price confirm {SKU} --shop demo" in guarded
        assert fallen.listing().last_outcome == "price_guard"

    def test_it_is_reported_once_however_often_the_listing_is_synced(self, fallen: Engine) -> None:
        found = fallen.outcomes()
        with fallen.database.write() as connection:
            sync_queue.enqueue_listings(connection, [fallen.product().id], lane=2, now=fallen.clock())
        eventually(settled(fallen))
        assert fallen.outcomes() == found

    def test_the_value_that_a_person_confirmed_is_sent_and_the_next_fall_is_kept_again(
        self, fallen: Engine, tiktok: SellerCenter
    ) -> None:
        confirm(fallen, "14.50")
        eventually(settled(fallen))
        assert (price_on(tiktok), tiktok.writes()[-1]) == ("14.50", "price")
        assert fallen.listing().last_outcome == "accepted"
        with fallen.database.read() as connection:
            assert confirmed_prices.load(connection, [fallen.product().id]) == {}
        fallen.save(price="29.00")
        eventually(settled(fallen))
        fallen.save(price="14.50")
        eventually(settled(fallen))
        assert (price_on(tiktok), fallen.listing().last_outcome) == ("29.00", "price_guard")

    def test_another_value_than_the_confirmed_one_is_kept(self, fallen: Engine, tiktok: SellerCenter) -> None:
        confirm(fallen, "14.51")
        eventually(settled(fallen))
        assert price_on(tiktok) == "29.00"

    def test_a_person_who_asks_for_a_sync_has_not_confirmed_a_price(
        self, fallen: Engine, tiktok: SellerCenter
    ) -> None:
        fallen.ask()
        eventually(settled(fallen))
        assert (price_on(tiktok), fallen.listing().last_outcome) == ("29.00", "price_guard")

    def test_a_fall_within_it_needs_no_one(self, fallen: Engine, tiktok: SellerCenter) -> None:
        fallen.save(price="20.30")
        eventually(settled(fallen))
        assert (price_on(tiktok), fallen.listing().last_outcome) == ("20.30", "accepted")


class TestStockThatIsLeft:
    def test_out_of_stock_sends_nothing_and_says_so(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        govern(sold, LEAVING)
        sold.save()
        deliver()
        eventually(settled(sold))
        sold.stock(0)
        eventually(settled(sold))
        assert tiktok.writes() == ["create"]
        assert last_message(sold).startswith("It is out of stock, and the inventory policy keeps")
        sold.stock(4)
        eventually(settled(sold))
        assert tiktok.product()["skus"][0]["quantity"] == 4

    def test_what_is_not_on_tiktok_yet_goes_up_with_none(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        govern(sold, LEAVING)
        sold.save(quantity=0)
        deliver()
        eventually(settled(sold))
        assert tiktok.product()["skus"][0]["quantity"] == 0


def week_from(day: datetime) -> dict[str, Any]:
    """Return the attributes of a special price for two days, starting in two days."""
    first, last = day + timedelta(days=2), day + timedelta(days=3)
    return {
        "special_price": "19.99",
        "special_from_date": f"{first:%Y-%m-%d} 00:00:00",
        "special_to_date": f"{last:%Y-%m-%d} 00:00:00",
    }


def midnight(day: datetime, days: int) -> datetime:
    return (day + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


class TestClock:
    def test_a_special_price_begins_and_ends_by_itself(
        self, sold: Engine, tiktok: SellerCenter, deliver: Deliver
    ) -> None:
        govern(sold, SPECIAL)
        sold.clock.stand_still()
        today = sold.clock()
        deliver()
        sold.save(**week_from(today))
        with_audits(sold)
        assert price_on(tiktok) == "29.00"
        seen = []
        for days in (2, 4):
            moment = midnight(today, days)
            assert sold.pending().due_at == moment
            sold.clock.pass_by((moment - sold.clock()).total_seconds() + 1)
            eventually(settled(sold))
            seen.append(price_on(tiktok))
        assert seen == ["19.99", "29.00"]
        assert sold.pending() is None
        assert tiktok.writes() == ["create", "price", "price"]

    @pytest.mark.parametrize(
        ("switches", "waits"),
        [
            ({"observed_attributes": ("color", "special_price")}, True),
            ({"observed_attributes": ("color",)}, False),
        ],
    )
    def test_a_save_that_sends_nothing_still_sets_the_moment_where_the_policy_follows_it(
        self, engine: Engine, switches: dict[str, Any], waits: bool
    ) -> None:
        govern(engine, SPECIAL)
        engine.policy(only_specific_attributes=True, **switches)
        today = engine.clock()
        engine.save(**week_from(today))
        engine.put_on_tiktok()
        engine.save(size="L")
        assert engine.decisions()[-1] == "skip no_observed_attribute_changed"
        row = engine.pending()
        assert (row is not None) is waits
        if waits:
            assert row.due_at == midnight(today, 2)
            assert row.request_number == 1

    def test_an_event_decided_later_sees_that_a_special_price_began(self, engine: Engine) -> None:
        govern(engine, SPECIAL)
        today = engine.clock()
        engine.save(**week_from(today))
        engine.put_on_tiktok(last_sent=LastSent())
        engine.clock.pass_by((midnight(today, 2) - today).total_seconds() + 1)
        engine.save()
        assert engine.decisions()[-1] == "sync attribute_changed"
        (change,) = (engine.history()[-1].details or {})["changes"]
        assert change == {"attribute": "final_price", "old": "29.00", "new": "19.99"}

    def test_what_waited_for_a_moment_has_waited_for_nothing_when_a_save_comes_first(
        self, engine: Engine
    ) -> None:
        govern(engine, SPECIAL)
        engine.clock.stand_still()
        engine.save(**week_from(engine.clock()))
        engine.put_on_tiktok()
        engine.save()
        assert engine.pending().since > engine.clock()
        engine.save(name="Linen shirt II")
        assert (engine.pending().since, engine.pending().due_at) == (engine.clock(), engine.clock())


def with_audits(engine: Engine) -> None:
    """The clock is frozen, and an audit is read again shortly after: let that time pass."""

    def is_settled() -> bool:
        engine.clock.pass_by(0.1)
        return settled(engine)()

    eventually(is_settled)
