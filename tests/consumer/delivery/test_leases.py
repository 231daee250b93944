"""Leases: the transaction of a batch leases what it makes due, as far as workers are free."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import Connection

from consumer.delivery.leases import LEASE, DueListings, Leases
from consumer.intake.intake import Intake
from consumer.results.results import Done, LeasedListing, Note
from consumer.results.write_results import record
from policies.rulebook import Rulebooks
from records.catalog import listings, products
from records.log import counters
from records.log.events import End
from records.rules.load_rulebook import RulebookReader
from tests.consumer.engine import READ_DELAY, SKU, Engine, connected_to, record_of
from tests.records.examples import SIGNATURES
from tiktok.client.client import TikTokShop

pytestmark = pytest.mark.both_databases

NOWHERE = "http://127.0.0.1:1"


class Hands:
    """Workers for four listings of a single shop. It records which syncs start, and calls nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.begun: list[LeasedListing] = []
        self.stopping = threading.Event()
        self.leases = Leases(
            TikTokShop,
            calls_in_flight=2,
            calls_per_second=0,
            cap_look=timedelta(hours=1),
            stopping=self.stopping.is_set,
        )
        engine.intake = Intake(
            engine.database,
            engine.box,
            SIGNATURES,
            read_delay=READ_DELAY,
            dispatch=self,
            clock=engine.clock,
        )

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        return self.leases.take(connection, due)

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        self.begun.extend(leased)

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        self.leases.cancel(leased)

    def skus(self) -> list[str | None]:
        """Return the SKUs whose syncs have started."""
        return [due.product.sku for due in self.begun]

    def rulebooks(self) -> Rulebooks:
        """Return the current rules."""
        with self._engine.database.read() as connection:
            return RulebookReader(self._engine.box).read(connection)

    def look(self) -> None:
        """Lease whatever is due, in a transaction of its own."""
        engine = self._engine
        with engine.database.write() as connection:
            due = DueListings(RulebookReader(engine.box).read(connection), engine.clock())
            leased = self.take(connection, due)
        self.start_leased(leased)


@pytest.fixture
def hands(engine: Engine) -> Hands:
    return Hands(engine)


class TestABatch:
    def test_what_it_makes_due_is_in_hand_when_it_is_taken(self, engine: Engine, hands: Hands) -> None:
        event_id = engine.save()
        (due,) = hands.begun
        assert (due.product.sku, due.event_id, due.lease.pending.request_number) == (SKU, event_id, 1)
        assert due.listing == engine.listing()
        assert engine.pending().lease_token == due.lease.pending.lease_token
        assert hands.leases.in_progress == 1

    def test_it_is_begun_with_the_product_and_the_listing_as_the_records_have_them(
        self, engine: Engine, hands: Hands
    ) -> None:
        engine.save(name="Linen\x00 shirt", price=31, weight=True, gallery=[{"file": "/a.jpg"}], cost="1.0")
        engine.connect(connected_to(NOWHERE))
        hands.leases.release(hands.begun[0])
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
        assert engine.pending().request_number == 2

    def test_what_is_filtered_begins_nothing(self, engine: Engine, hands: Hands) -> None:
        engine.save(visibility="1")
        assert (hands.begun, hands.leases.in_progress) == ([], 0)

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
            hands.leases.release(due)
        hands.look()
        assert hands.skus() == skus

    def test_nothing_is_begun_any_more_once_we_stop(self, engine: Engine, hands: Hands) -> None:
        hands.stopping.set()
        engine.save()
        assert hands.begun == []
        assert engine.pending().lease_token is None


class Torn(Exception):
    """Raised to make a transaction fail."""


def test_a_transaction_that_fails_has_begun_nothing_and_holds_nothing(
    engine: Engine, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object, **__: object) -> None:
        raise Torn

    with monkeypatch.context() as patched:
        patched.setattr(counters, "add", torn)
        with pytest.raises(Torn):
            engine.intake._transaction([record_of(engine.saved())])
    assert (hands.begun, hands.leases.in_progress) == ([], 0)
    engine.save()
    assert hands.skus() == [SKU]


def test_two_transactions_at_once_lease_no_more_than_there_is_room_for(engine: Engine, hands: Hands) -> None:
    """The leases of the first count before it has committed."""
    engine.intake, usual = engine.new_intake(), engine.intake
    engine.take(*(engine.saved(f"SHIRT-{number}") for number in range(6)))
    engine.intake = usual
    due = DueListings(hands.rulebooks(), engine.clock())
    with engine.database.write() as connection:
        first = hands.take(connection, due)
        assert (len(first), hands.leases.in_progress) == (4, 4)
        assert hands.take(connection, due) == []


def test_no_lock_is_kept_while_a_transaction_that_leased_is_open(engine: Engine, hands: Hands) -> None:
    engine.intake = engine.new_intake()
    engine.save()
    with engine.database.write() as connection:
        leased = hands.take(connection, DueListings(hands.rulebooks(), engine.clock()))
        beside = threading.Thread(target=hands.leases.shops, daemon=True)
        beside.start()
        beside.join(5)
        assert not beside.is_alive()
    hands.start_leased(leased)
    assert hands.skus() == [SKU]


def test_an_owner_whose_listing_was_leased_again_in_the_same_process_records_nothing(
    engine: Engine, hands: Hands
) -> None:
    """The lease expired before the writer renewed it (after an outage, say), and a batch leased it again first."""
    engine.save()
    engine.clock.pass_by(LEASE.total_seconds() + 1)
    engine.save(name="Linen shirt II")
    former, owner = hands.begun
    note = Note(former, former.listing, end=End.APPLIED, row=Done())
    with engine.database.write() as connection:
        assert record(connection, [note], hands.rulebooks(), engine.clock()) == [False]
    row = engine.pending()
    assert (row.lease_token, row.read_back_first) == (owner.lease.pending.lease_token, True)


def test_a_renewal_that_is_not_committed_prolongs_no_lease(engine: Engine, hands: Hands) -> None:
    engine.save()
    (leased,) = hands.begun
    until = leased.lease.until
    engine.clock.pass_by(10)
    with pytest.raises(Torn), engine.database.write() as connection:
        renewed = hands.leases.renew(connection, engine.clock())
        raise Torn
    assert leased.lease.until == until
    with engine.database.write() as connection:
        renewed = hands.leases.renew(connection, now := engine.clock())
    hands.leases.prolong(renewed)
    assert leased.lease.until == now + LEASE
    assert engine.pending().lease_until == leased.lease.until
