"""Leasing: what a batch makes due is taken in hand by the batch's own transaction, as far as there is room."""

from __future__ import annotations

import threading
from datetime import timedelta

import orjson
import pytest

from consumer.delivery.leases import Leasing
from consumer.intake.intake import Intake
from consumer.results.results import Due
from records.catalog import listings, products
from records.catalog.sync_queue import Mark, mark
from records.rules.load_rulebook import GoverningRecords
from tests.consumer.engine import READ_DELAY, SKU, Engine, connected_to
from tests.records.examples import SIGNATURES
from tiktok.client.client import TikTokShop

pytestmark = pytest.mark.both_databases

NOWHERE = "http://127.0.0.1:1"


class Hands:
    """Room for four listings of a shop that is alone; what is begun is kept, and nobody is called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.begun: list[Due] = []
        self.stopping = threading.Event()
        self.leasing = Leasing(
            self.begun.append,
            TikTokShop,
            calls_in_flight=2,
            calls_per_second=0,
            cap_look=timedelta(hours=1),
            stopping=self.stopping,
        )
        engine.intake = Intake(
            engine.database,
            engine.box,
            SIGNATURES,
            read_delay=READ_DELAY,
            taking=self.leasing.taking,
            clock=engine.clock,
        )

    def skus(self) -> list[str | None]:
        """Whose delivery has begun."""
        return [due.product.sku for due in self.begun]

    def look(self) -> None:
        """A transaction that looks for whatever is due."""
        engine = self._engine
        with self.leasing.taking() as lease, engine.database.write() as connection:
            lease(connection, GoverningRecords(engine.box).read(connection), engine.clock(), None, {})


@pytest.fixture
def hands(engine: Engine) -> Hands:
    return Hands(engine)


class TestABatch:
    def test_what_it_makes_due_is_in_hand_when_it_is_taken(self, engine: Engine, hands: Hands) -> None:
        event_id = engine.save()
        (due,) = hands.begun
        assert (due.product.sku, due.event_id, due.lease.pending.wish) == (SKU, event_id, 1)
        assert due.listing == engine.listing()
        assert engine.pending().lease_token == due.lease.pending.lease_token
        assert hands.leasing.in_hand == 1

    def test_it_is_begun_with_the_product_and_the_listing_as_the_records_have_them(
        self, engine: Engine, hands: Hands
    ) -> None:
        engine.save(name="Linen\x00 shirt", price=31, weight=True, gallery=[{"file": "/a.jpg"}], cost="1.0")
        engine.connect(connected_to(NOWHERE))
        hands.leasing.lay_down(hands.begun[0])
        engine.clock.pass_by(60)
        engine.save(price=31.0, weight=1, visibility="4", store_id=1, quantity=7)
        _, last = hands.begun
        with engine.database.read() as connection:
            (product,) = products.load(connection, [last.product.id]).values()
            (listing,) = listings.load(connection, [last.product.id]).values()
        assert (last.product, last.listing) == (product, listing)
        assert orjson.dumps(last.product.default) == orjson.dumps(product.default)
        assert orjson.dumps(last.product.store_view) == orjson.dumps(product.store_view)

    def test_a_listing_that_is_in_hand_is_not_taken_twice(self, engine: Engine, hands: Hands) -> None:
        engine.save()
        engine.save(name="Linen shirt II")
        assert hands.skus() == [SKU]
        assert engine.pending().wish == 2

    def test_what_is_filtered_begins_nothing(self, engine: Engine, hands: Hands) -> None:
        engine.save(visibility="1")
        assert (hands.begun, hands.leasing.in_hand) == ([], 0)

    def test_a_paused_policy_begins_nothing_until_it_goes_on(self, engine: Engine, hands: Hands) -> None:
        engine.policy(paused=True)
        engine.save()
        assert hands.begun == []
        engine.policy()
        hands.look()
        assert hands.skus() == [SKU]

    def test_another_shops_rows_are_left_to_who_looks_for_them(self, engine: Engine, hands: Hands) -> None:
        engine.connect(connected_to(NOWHERE, "second"))
        engine.intake, usual = engine.new_intake(), engine.intake
        engine.save("ELSEWHERE", "second")
        engine.intake = usual
        engine.save()
        assert hands.skus() == [SKU]
        hands.look()
        assert hands.skus() == [SKU, "ELSEWHERE"]

    def test_where_there_is_no_room_it_waits_for_some(self, engine: Engine, hands: Hands) -> None:
        skus = [f"SHIRT-{number}" for number in range(6)]
        engine.take(*(engine.saved(sku) for sku in skus))
        assert hands.skus() == skus[:4]
        engine.save("SHIRT-LAST")
        assert hands.skus() == skus[:4]
        for due in hands.begun[:2]:
            hands.leasing.lay_down(due)
        hands.look()
        assert hands.skus() == skus

    def test_nothing_is_begun_any_more_once_we_stop(self, engine: Engine, hands: Hands) -> None:
        hands.stopping.set()
        engine.save()
        assert hands.begun == []
        assert engine.pending().lease_token is None


class Torn(Exception):
    """The transaction does not end well."""


def test_a_transaction_that_fails_has_begun_nothing_and_holds_nothing(engine: Engine, hands: Hands) -> None:
    engine.intake = engine.new_intake()
    engine.save()

    def torn() -> None:
        with hands.leasing.taking() as lease, engine.database.write() as connection:
            mark(connection, [Mark(engine.product().id, "demo", 0)], now=engine.clock())
            lease(connection, GoverningRecords(engine.box).read(connection), engine.clock(), {"demo"}, {})
            raise Torn

    with pytest.raises(Torn):
        torn()
    assert (hands.begun, hands.leasing.in_hand) == ([], 0)
    assert (engine.pending().lease_token, engine.pending().wish) == (None, 1)
    hands.look()
    assert hands.skus() == [SKU]
