"""PostgreSQL only: many writers at once, which wait for each other only at the same rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from records.catalog import listings, products, sync_queue, sync_queue_leases
from records.catalog.products import ProductKey
from records.catalog.sync_queue import SyncRequest
from records.catalog.tables import products as products_table
from records.db import database as database_room
from records.db.database import Database, has_been_overtaken, is_away
from records.log import counters
from records.log.counters import Counter, CounterKind
from tests.policies.examples import NOON, at
from tests.postgres import Databases, server
from tests.records.examples import enqueued, located
from tests.records.leases import lease, product

SKU = ProductKey("demo", "41", "SHIRT-M")


@pytest.fixture
def database(postgres: Databases) -> Iterator[Database]:
    with postgres.emptied() as url:
        database = Database(url)
        yield database
        database.close()


_POOL = ThreadPoolExecutor(4)


def stuck_beside(database: Database, work: Callable[[], object]) -> Future[object]:
    """Run on another thread, which waits for a lock of another transaction."""
    future = _POOL.submit(work)
    deadline = time.monotonic() + 10
    with database.engine.connect() as looking:
        while not looking.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            assert time.monotonic() < deadline
            assert not future.done()
            time.sleep(0.005)
    return future


class TestWriters:
    def test_two_processes_that_store_the_same_product_lose_no_attribute(self, database: Database) -> None:
        with database.write() as connection:
            products.locate(connection, [SKU])

        def receive(name: str) -> None:
            with database.write() as connection:
                (stored,) = products.locate(connection, [SKU]).values()
                products.save(connection, [replace(stored, default={**stored.default, name: "received"})])

        with database.write() as connection:
            (stored,) = products.locate(connection, [SKU]).values()
            other = stuck_beside(database, lambda: receive("size"))
            products.save(connection, [replace(stored, default={**stored.default, "color": "received"})])
        other.result(10)
        with database.read() as connection:
            (now,) = products.find(connection, [SKU]).values()
        assert now.default == {"color": "received", "size": "received"}

    def test_intake_and_delivery_of_one_listing_never_deadlock(self, database: Database) -> None:
        """Both write the product, its listing and its queue row, and lock the product first."""
        with database.write() as connection:
            ids = [product(connection, number) for number in range(1, 9)]
        keys = [ProductKey("demo", str(number), f"S-{number}") for number in range(8, 0, -1)]
        failed: list[BaseException] = []

        def intake() -> None:
            with database.write() as connection:
                located = products.locate(connection, keys)
                listings.save_decided(connection, list(listings.load(connection, ids).values()))
                sync_queue.enqueue(
                    connection,
                    [SyncRequest(item.id, "demo", 2) for item in located.values()],
                    now=NOON,
                )
                counters.add(
                    connection,
                    {
                        ("demo", Counter(CounterKind.EVENT, "webhook")): 1,
                        ("demo", Counter(CounterKind.DECISION)): 1,
                    },
                    now=NOON,
                )

        def delivery() -> None:
            with database.write() as connection:
                products.lock(connection, ids)
                sync_queue_leases.lock_owned(connection, dict.fromkeys(ids, "a"))
                listings.save_delivered(connection, list(listings.load(connection, ids).values()))
                products.settle_novelty(connection, ids)
                counters.add(connection, {("demo", Counter(CounterKind.OUTCOME)): 1}, now=NOON)
                lease(connection, "a")

        def often(work: Callable[[], None]) -> None:
            try:
                for _ in range(25):
                    work()
            except Exception as error:
                failed.append(error)

        threads = [
            threading.Thread(target=often, args=(work,)) for work in (intake, delivery, intake, delivery)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failed == []

    def test_a_product_created_by_two_processes_is_one_row_and_the_second_can_retry(
        self, database: Database
    ) -> None:
        def see() -> None:
            with database.write() as connection:
                products.locate(connection, [SKU])

        with database.write() as connection:
            products.locate(connection, [SKU])
            other = stuck_beside(database, see)
        with pytest.raises(IntegrityError) as raised:
            other.result(10)
        assert has_been_overtaken(raised.value)
        assert not is_away(raised.value)
        see()
        with database.read() as connection:
            assert len(connection.execute(select(products_table.c.id)).all()) == 1


class TestLeases:
    def test_a_lease_does_not_wait_for_rows_that_another_process_is_leasing(self, database: Database) -> None:
        with database.write() as connection:
            for number in range(1, 7):
                enqueued(connection, product(connection, number))
        with database.write() as ours, database.write() as theirs:
            first, second = lease(ours, "a", limit=3), lease(theirs, "b", limit=9)
        assert [len(first), len(second)] == [3, 3]
        assert {row.product_id for row in first}.isdisjoint(row.product_id for row in second)

    def test_a_row_locked_by_intake_is_renewed_at_the_next_attempt(self, database: Database) -> None:
        with database.write() as connection:
            product_id, other_id = product(connection, 1), product(connection, 2)
            enqueued(connection, product_id)
            enqueued(connection, other_id)
            lease(connection, "a")
        with database.write() as marking, database.write() as renewing:
            enqueued(marking, product_id)
            assert sync_queue_leases.renew(
                renewing, token="a", product_ids=[product_id, other_id], until=at(40)
            ) == {other_id}
        with database.write() as connection:
            assert sync_queue_leases.renew(
                connection, token="a", product_ids=[product_id, other_id], until=at(45)
            ) == {
                product_id,
                other_id,
            }


class TestTurn:
    def test_a_turn_has_one_owner_at_a_time(self, database: Database) -> None:
        with (
            database.turn("relay") as ours,
            database.turn("relay") as theirs,
            database.turn("other") as another,
        ):
            assert (ours, theirs, another) == (True, False, True)
        with database.turn("relay") as again:
            assert again

    def test_a_turn_ends_with_its_session(self, database: Database) -> None:
        with pytest.raises(DBAPIError) as raised, database.turn("relay"):
            with database.write() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'm2t'"
                    )
                )
            with database.turn("relay") as ours:
                assert ours
        assert is_away(raised.value)


class TestAway:
    @pytest.mark.parametrize(
        ("statement", "away"),
        [
            ("SELECT pg_terminate_backend(pg_backend_pid())", True),
            ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", True),
            ("SET LOCAL idle_in_transaction_session_timeout = 1; SELECT 1", True),
            ("SET LOCAL transaction_read_only = on; DELETE FROM shops", True),
            ("SELECT 1/0", False),
            ("SELECT nothing", False),
            ("DO $$ BEGIN RAISE program_limit_exceeded; END $$", False),
            ("DO $$ BEGIN RAISE deadlock_detected; END $$", True),
            ("DO $$ BEGIN RAISE too_many_connections; END $$", True),
        ],
    )
    def test_passing_errors_are_away_and_wrong_statements_are_not(
        self, database: Database, statement: str, away: bool
    ) -> None:
        with pytest.raises(DBAPIError) as raised, database.write() as connection:
            for part in statement.split("; ") if not statement.startswith("DO") else [statement]:
                connection.execute(text(part))
            threading.Event().wait(0.1)
            connection.execute(text("SELECT 1"))
        assert is_away(raised.value) is away
        assert not has_been_overtaken(raised.value)

    def test_a_lock_timeout_is_away(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database_room, "BUSY_MILLISECONDS", 50)
        impatient = Database(database.url)
        with database.write() as connection:
            product_id = product(connection)
        with database.write() as connection:
            products.lock(connection, [product_id])
            with pytest.raises(DBAPIError) as raised, impatient.write() as other:
                products.lock(other, [product_id])
        impatient.close()
        assert is_away(raised.value)

    def test_more_threads_than_connections_is_away(self) -> None:
        assert is_away(NoConnectionFree())

    def test_a_server_that_is_not_there_is_away(self) -> None:
        nowhere = Database("postgresql+psycopg://test@127.0.0.1:9/m2t")
        with pytest.raises(DBAPIError) as raised, nowhere.write():
            pass
        assert is_away(raised.value)


class TestUpgrade:
    def test_two_upgrades_at_once_create_the_tables_once(self, postgres: Databases) -> None:
        with postgres.new(upgraded=False) as url:
            several = [Database(url) for _ in range(3)]
            with ThreadPoolExecutor(3) as pool:
                rows = list(pool.map(Database.upgrade, several))
            head = several[0].revision()
            for process in several:
                process.close()
        assert sorted(rows, key=str) == sorted([(None, head), (head, head), (head, head)], key=str)

    def test_committed_rows_survive_a_crash_of_the_server(self) -> None:
        with server(fast=False) as started:
            database = Database(started.url)
            database.upgrade()
            with database.write() as connection:
                located(connection, "41", "S")
            with pytest.raises(DBAPIError), database.write() as connection:
                located(connection, "42", "T")
                started.kill()
            started.start()
            with database.read() as connection:
                assert [row.sku for row in connection.execute(select(products_table.c.sku))] == ["S"]
            database.close()
