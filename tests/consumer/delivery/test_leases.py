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


class Workers:
    """Workers for three listings of a single shop, and one for an urgent one. It records which syncs start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.started: list[LeasedListing] = []
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
        self.started.extend(leased)

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        self.leases.cancel(leased)

    def skus(self) -> list[str | None]:
        """Return the SKUs whose syncs have started."""
        return [due.product.sku for due in self.started]

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
def workers(engine: Engine) -> Workers:
    return Workers(engine)


class TestABatch:
    def test_what_it_makes_due_is_leased_when_it_is_processed(self, engine: Engine, workers: Workers) -> None:
        event_id = engine.save()
        (due,) = workers.started
        assert (due.product.sku, due.event_id, due.lease.pending.request_number) == (SKU, event_id, 1)
        assert due.listing == engine.listing()
        assert engine.pending().lease_token == due.lease.pending.lease_token
        assert workers.leases.in_progress == 1

    def test_its_sync_starts_with_the_stored_product_and_listing(
        self, engine: Engine, workers: Workers
    ) -> None:
        engine.save(name="Linen\x00 shirt", price=31, weight=True, gallery=[{"file": "/a.jpg"}], cost="1.0")
        engine.connect(connected_to(NOWHERE))
        workers.leases.release(workers.started[0])
        engine.clock.pass_by(60)
        engine.save(price=31.0, weight=1, visibility="4", store_id=1, quantity=7)
        _, last = workers.started
        with engine.database.read() as connection:
            (product,) = products.load(connection, [last.product.id]).values()
            (listing,) = listings.load(connection, [last.product.id]).values()
        assert (last.product, last.listing) == (product, listing)
        assert orjson.dumps(last.product.default) == orjson.dumps(product.default)
        assert orjson.dumps(last.product.store_view) == orjson.dumps(product.store_view)

    def test_a_leased_listing_is_not_leased_twice(self, engine: Engine, workers: Workers) -> None:
        engine.save()
        engine.save(name="Linen shirt II")
        assert workers.skus() == [SKU]
        assert engine.pending().request_number == 2

    def test_a_filtered_event_starts_no_sync(self, engine: Engine, workers: Workers) -> None:
        engine.save(visibility="1")
        assert (workers.started, workers.leases.in_progress) == ([], 0)

    def test_a_paused_policy_starts_no_sync_until_it_resumes(self, engine: Engine, workers: Workers) -> None:
        engine.policy(paused=True)
        engine.save()
        assert workers.started == []
        engine.policy()
        workers.look()
        assert workers.skus() == [SKU]

    def test_rows_of_other_shops_are_left_to_the_poll(self, engine: Engine, workers: Workers) -> None:
        engine.connect(connected_to(NOWHERE, "second"))
        engine.intake, usual = engine.new_intake(), engine.intake
        engine.save("ELSEWHERE", "second")
        engine.intake = usual
        engine.save()
        assert workers.skus() == [SKU]
        workers.look()
        assert workers.skus() == [SKU, "ELSEWHERE"]

    def test_a_listing_waits_while_no_worker_is_free(self, engine: Engine, workers: Workers) -> None:
        skus = [f"SHIRT-{number}" for number in range(6)]
        engine.take(*(engine.saved(sku) for sku in skus))
        assert workers.skus() == skus[:3]
        engine.save("SHIRT-LAST")
        assert workers.skus() == skus[:3]
        for due in workers.started[:3]:
            workers.leases.release(due)
        workers.look()
        assert workers.skus() == skus

    def test_sold_out_stock_and_take_downs_have_a_worker_of_their_own(
        self, engine: Engine, workers: Workers
    ) -> None:
        engine.save(quantity=5)
        engine.put_on_tiktok()
        for due in workers.started:
            workers.leases.release(due)
        with engine.database.write() as connection:
            workers.leases.give_back(connection)
        engine.take(*(engine.saved(f"SHIRT-{number}") for number in range(6)))
        busy = len(workers.started)
        engine.save(quantity=0)
        assert workers.skus()[busy:] == [SKU]
        engine.save("SHIRT-LAST")
        assert len(workers.started) == busy + 1

    def test_no_sync_starts_after_a_stop_request(self, engine: Engine, workers: Workers) -> None:
        workers.stopping.set()
        engine.save()
        assert workers.started == []
        assert engine.pending().lease_token is None


class FailedTransaction(Exception):
    """Raised to make a transaction fail."""


def test_a_failed_transaction_starts_no_sync_and_keeps_no_lease(
    engine: Engine, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object, **__: object) -> None:
        raise FailedTransaction

    with monkeypatch.context() as patched:
        patched.setattr(counters, "add", torn)
        with pytest.raises(FailedTransaction):
            engine.intake._transaction([record_of(engine.saved())])
    assert (workers.started, workers.leases.in_progress) == ([], 0)
    engine.save()
    assert workers.skus() == [SKU]


def test_two_concurrent_transactions_lease_no_more_listings_than_workers(
    engine: Engine, workers: Workers
) -> None:
    """The leases of the first count before it has committed."""
    engine.intake, usual = engine.new_intake(), engine.intake
    engine.take(*(engine.saved(f"SHIRT-{number}") for number in range(6)))
    engine.intake = usual
    due = DueListings(workers.rulebooks(), engine.clock())
    with engine.database.write() as connection:
        first = workers.take(connection, due)
        assert (len(first), workers.leases.in_progress) == (3, 3)
        assert workers.take(connection, due) == []


def test_a_leasing_transaction_keeps_no_lock_while_it_is_open(engine: Engine, workers: Workers) -> None:
    engine.intake = engine.new_intake()
    engine.save()
    with engine.database.write() as connection:
        leased = workers.take(connection, DueListings(workers.rulebooks(), engine.clock()))
        beside = threading.Thread(target=workers.leases.shops, daemon=True)
        beside.start()
        beside.join(5)
        assert not beside.is_alive()
    workers.start_leased(leased)
    assert workers.skus() == [SKU]


def test_an_owner_whose_listing_was_leased_again_in_the_same_process_records_nothing(
    engine: Engine, workers: Workers
) -> None:
    """The lease expired before the writer renewed it (after an outage, say), and a batch leased it again first."""
    engine.save()
    engine.clock.pass_by(LEASE.total_seconds() + 1)
    engine.save(name="Linen shirt II")
    former, owner = workers.started
    note = Note(former, former.listing, end=End.APPLIED, row=Done())
    with engine.database.write() as connection:
        assert record(connection, [note], workers.rulebooks(), engine.clock()) == [False]
    row = engine.pending()
    assert (row.lease_token, row.read_back_first) == (owner.lease.pending.lease_token, True)


def test_a_renewal_that_is_not_committed_prolongs_no_lease(engine: Engine, workers: Workers) -> None:
    engine.save()
    (leased,) = workers.started
    until = leased.lease.until
    engine.clock.pass_by(10)
    with pytest.raises(FailedTransaction), engine.database.write() as connection:
        renewed = workers.leases.renew(connection, engine.clock())
        raise FailedTransaction
    assert leased.lease.until == until
    with engine.database.write() as connection:
        renewed = workers.leases.renew(connection, now := engine.clock())
    workers.leases.prolong(renewed)
    assert leased.lease.until == now + LEASE
    assert engine.pending().lease_until == leased.lease.until
