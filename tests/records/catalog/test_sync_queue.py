"""The sync queue: one row for each listing, requested many times, with one owner at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from records.catalog import sync_queue, sync_queue_leases
from records.catalog.sync_queue import LANES, STARVATION_LIMIT, URGENT, SyncRequest
from records.db.database import Database
from records.rules.tables import shops
from sync.decide_event import Lane
from tests.policies.examples import NOON, at
from tests.records.examples import enqueued, queue_row
from tests.records.leases import lease, postpone, product

BY_LANE = "pending_syncs USING INDEX ix_pending_syncs_shop_lane_due_at (shop=? AND lane=? AND due_at<?)"


def due_shops(connection: Connection, now: datetime, *, urgent_only: bool = False) -> list[str]:
    """Return which of two stored shops have due rows."""
    stored = connection.execute(select(shops.c.key)).scalars().all()
    row = {"document": {}, "access_token": "", "refresh_token": "", "changed_at": NOON}
    for key in {"demo", "other"} - set(stored):
        connection.execute(insert(shops).values(key=key, **row))
    return sync_queue_leases.due_shops(connection, ["demo", "other"], now=now, urgent_only=urgent_only)


class TestMark:
    def test_each_request_raises_the_request_number_of_the_row(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            assert [enqueued(connection, product_id) for _ in range(3)] == [1, 2, 3]
            assert sync_queue.count(connection) == 1

    def test_requests_of_one_batch_raise_the_number_once(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            requests = [
                SyncRequest(product_id, "demo", 3),
                SyncRequest(product_id, "demo", 1, requested=True),
                SyncRequest(product_id, "demo", 2),
            ]
            assert sync_queue.enqueue(connection, requests, now=NOON) == {product_id: 1}
            row = queue_row(connection, product_id)
        assert (row.lane, row.requested) == (1, True)

    @pytest.mark.parametrize("lanes, then", [((3, 0), 0), ((0, 3), 0), ((2, 2), 2)])
    def test_a_row_keeps_its_most_urgent_lane(
        self, database: Database, lanes: tuple[int, int], then: int
    ) -> None:
        with database.write() as connection:
            product_id = product(connection)
            for lane in lanes:
                enqueued(connection, product_id, lane=lane)
            assert queue_row(connection, product_id).lane == then

    def test_a_new_request_makes_a_postponed_row_due_and_keeps_its_age(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (found,) = lease(connection)
            postpone(connection, found, until=900, now=1, tries=2, read_back_first=True)
            assert lease(connection, "b", seconds=5) == []
            enqueued(connection, product_id, now=at(6))
            (again,) = lease(connection, "b", seconds=6)
        assert (again.since, again.tries, again.read_back_first) == (NOON, 2, True)

    def test_listings_that_still_exist_are_queued_and_counted(self, database: Database) -> None:
        with database.write() as connection:
            ours = [product(connection, number) for number in (1, 2)]
            other = product(connection, 3, "other")
            enqueued(connection, ours[0], lane=0)
            assert sync_queue.enqueue_listings(connection, [*ours, 404], lane=2, now=at(1)) == 2
            assert [
                (row.request_number, row.lane)
                for row in (queue_row(connection, product_id) for product_id in ours)
            ] == [
                (2, 0),
                (1, 2),
            ]
            assert sync_queue.get(connection, other) is None


class TestLease:
    def test_only_due_rows_of_the_shop_without_a_lease_are_leased(self, database: Database) -> None:
        with database.write() as connection:
            due, scheduled, elsewhere = (
                product(connection, 1), product(connection, 2), product(connection, 3, "other"),
            )  # fmt: skip
            enqueued(connection, due)
            enqueued(connection, scheduled, now=at(60))
            sync_queue.enqueue(connection, [SyncRequest(elsewhere, "other", 0)], now=NOON)
            assert [row.product_id for row in lease(connection)] == [due]
            assert lease(connection, "b", seconds=19) == []
            assert due_shops(connection, at(1)) == ["other"]

    def test_rows_are_leased_by_lane_and_by_age_within_a_lane(self, database: Database) -> None:
        with database.write() as connection:
            for number, (lane, since) in enumerate([(3, -9), (2, -1), (0, -1), (2, -5), (1, -1)], start=1):
                enqueued(connection, product(connection, number), lane=lane, now=at(since))
            assert [row.product_id for row in lease(connection)] == [3, 5, 4, 2, 1]

    def test_the_most_urgent_rows_are_leased_up_to_the_limit(self, database: Database) -> None:
        with database.write() as connection:
            for number in range(1, 7):
                enqueued(connection, product(connection, number), lane=3 - number % 4)
            first = [row.lane for row in lease(connection, limit=3)]
            then = [row.lane for row in lease(connection, "b", limit=9)]
        assert first == [0, 1, 1]
        assert then == [2, 2, 3]

    def test_half_of_the_leases_go_by_lane_and_half_to_the_oldest_beyond_the_starvation_limit(
        self, database: Database
    ) -> None:
        with database.write() as connection:
            for number in range(1, 4):
                enqueued(connection, product(connection, number), lane=0, now=at(-number))
            for number in range(4, 10):
                enqueued(connection, product(connection, number), lane=3, now=at(-100 - number))
            first = [row.product_id for row in lease(connection, limit=4)]
            then = [row.product_id for row in lease(connection, "b", limit=5)]
        assert first == [3, 2, 9, 8]
        assert then == [1, 7, 6, 5, 4]

    def test_without_enough_old_rows_all_leases_go_by_lane(self, database: Database) -> None:
        with database.write() as connection:
            for number in range(1, 7):
                enqueued(connection, product(connection, number), lane=number % 3, now=at(-number))
            enqueued(connection, product(connection, 7), lane=3, now=NOON - STARVATION_LIMIT)
            assert [row.product_id for row in lease(connection, limit=4)] == [6, 3, 7, 4]

    def test_one_at_a_time_the_lane_and_the_age_decide_in_turn(self, database: Database) -> None:
        with database.write() as connection:
            for number in range(1, 4):
                enqueued(connection, product(connection, number), lane=0, now=at(-number))
            for number in range(4, 7):
                enqueued(connection, product(connection, number), lane=3, now=at(-100 - number))
            leased = [lease(connection, str(turn), limit=1, turn=turn) for turn in range(6)]
        assert [row.product_id for rows in leased for row in rows] == [6, 3, 5, 2, 4, 1]

    def test_a_row_that_is_requested_again_and_again_keeps_its_place_among_the_oldest(
        self, database: Database
    ) -> None:
        with database.write() as connection:
            busy, other = product(connection, 1), product(connection, 2)
            enqueued(connection, busy, lane=3, now=at(-90))
            enqueued(connection, other, lane=3, now=at(-80))
            enqueued(connection, busy, lane=3, now=at(-1))
            assert [row.product_id for row in lease(connection, limit=1)] == [busy]

    def test_urgent_rows_alone_the_oldest_first(self, database: Database) -> None:
        with database.write() as connection:
            for number, lane in enumerate([0, 3, 0, 1, 0], start=1):
                enqueued(connection, product(connection, number), lane=lane, now=at(-number))
            enqueued(connection, product(connection, 6), lane=0, now=at(9))
            leased = sync_queue_leases.lease_urgent(
                connection, "demo", now=NOON, until=at(20), token="a", limit=2
            )
            assert [row.product_id for row in leased] == [5, 3]
            assert due_shops(connection, NOON, urgent_only=True) == ["demo"]
            sync_queue_leases.lease_urgent(connection, "demo", now=NOON, until=at(20), token="b", limit=9)
            assert due_shops(connection, NOON, urgent_only=True) == []
            assert due_shops(connection, NOON) == ["demo"]

    def test_the_urgent_lanes_are_those_of_take_downs_and_falling_stock(self) -> None:
        assert [lane for lane in Lane if lane <= URGENT] == [Lane.OFF_SALE, Lane.REDUCED]
        assert list(LANES) == list(Lane)

    def test_a_sold_out_product_does_not_wait_behind_stock_that_only_fell(self, database: Database) -> None:
        with database.write() as connection:
            for number in range(1, 6):
                enqueued(connection, product(connection, number), lane=Lane.REDUCED, now=at(-number))
            enqueued(connection, 1, lane=Lane.OFF_SALE, now=NOON)
            enqueued(connection, product(connection, 6), lane=Lane.OFF_SALE, now=NOON)
            assert [row.product_id for row in lease(connection, limit=3)] == [1, 6, 5]
            leased = sync_queue_leases.lease_urgent(
                connection, "demo", now=NOON, until=at(20), token="b", limit=9
            )
            assert [row.product_id for row in leased] == [4, 3, 2]

    def test_a_row_that_only_follows_an_audit_is_not_urgent_any_more(self, database: Database) -> None:
        with database.write() as connection:
            enqueued(connection, product(connection), lane=Lane.OFF_SALE)
            (row,) = lease(connection)
            postpone(connection, row, until=30, now=1, awaiting_audit=True)
            assert queue_row(connection, row.product_id).lane == Lane.CONTENT
            enqueued(connection, row.product_id, lane=Lane.REDUCED, now=at(2))
            (row,) = lease(connection, seconds=2)
            postpone(connection, row, until=30, now=3)
            assert queue_row(connection, row.product_id).lane == Lane.REDUCED

    @pytest.mark.parametrize(
        "statement, by",
        [
            ("_LEASE_BY_LANE", BY_LANE),
            ("_LEASE_URGENT", BY_LANE),
            (
                "_LEASE_OLDEST",
                "pending_syncs USING INDEX ix_pending_syncs_shop_due_at (shop=? AND due_at<?)",
            ),
        ],
    )
    def test_a_long_queue_is_read_in_the_order_of_an_index_and_not_sorted(
        self, sqlite: Database, statement: str, by: str
    ) -> None:
        """PostgreSQL plans by its statistics, which a small table does not have."""
        compiled = getattr(sync_queue_leases, statement).compile(dialect=sqlite_dialect())
        with sqlite.read() as connection:
            unset = tuple(None for _ in compiled.positiontup or ())
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", unset)
            steps = [str(row[-1]) for row in plan]
        reads = {step for step in steps if "pending_syncs" in step}
        assert reads == {"SEARCH pending_syncs USING INTEGER PRIMARY KEY (rowid=?)", f"SEARCH {by}"}
        sorts = [step for step in steps if "TEMP B-TREE" in step]
        assert len(sorts) == (statement != "_LEASE_OLDEST"), "a few rows of each lane are sorted together"

    def test_an_expired_lease_is_taken_over_with_a_read_back_first(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (first,) = lease(connection, "a")
            assert not first.read_back_first
            assert lease(connection, "b", seconds=19.9) == []
            (then,) = lease(connection, "b", seconds=20)
            assert then.read_back_first
            assert sync_queue_leases.lock_owned(connection, {product_id: "a"}) == {}
            assert sync_queue_leases.lock_owned(connection, {product_id: "b"}) == {product_id: 1}

    def test_a_valid_lease_is_renewed_and_a_lost_lease_is_not(self, database: Database) -> None:
        with database.write() as connection:
            kept, lost = product(connection, 1), product(connection, 2)
            enqueued(connection, kept)
            lease(connection, "a")
            enqueued(connection, lost)
            lease(connection, "b")
            ours = sync_queue_leases.renew(connection, token="a", product_ids=[kept, lost], until=at(40))
            assert ours == {kept}
            assert [row.product_id for row in lease(connection, "c", seconds=39)] == [lost]
            assert sync_queue_leases.renew(connection, token="a", product_ids=[], until=at(60)) == set()

    def test_two_processes_never_lease_the_same_row(self, database: Database) -> None:
        with database.write() as connection:
            ids = {product(connection, number) for number in range(60)}
            for product_id in ids:
                enqueued(connection, product_id)
        start = threading.Barrier(4)

        def owner(name: str) -> list[int]:
            own = Database(database.url)
            leased_ids: list[int] = []
            start.wait(10)
            while True:
                with own.write() as connection:
                    leased = lease(connection, name, limit=4)
                leased_ids += [product_id.product_id for product_id in leased]
                if not leased:
                    own.close()
                    return leased_ids

        with ThreadPoolExecutor(4) as pool:
            leased_ids = [product_id for item in pool.map(owner, "abcd") for product_id in item]
        assert sorted(leased_ids) == sorted(ids)
