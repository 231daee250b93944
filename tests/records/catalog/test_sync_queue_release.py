"""Leased rows of the sync queue are finished, postponed or released, and no request is lost."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from records.catalog import sync_queue, sync_queue_leases
from records.catalog.sync_queue_leases import Finish, PendingSync
from records.catalog.tables import pending_syncs as table
from records.db.database import Database
from tests.policies.examples import NOON, at
from tests.records.examples import enqueued, queue_row
from tests.records.leases import finish, lease, postpone, product


class TestGivingBack:
    def test_a_finished_row_is_deleted(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (found,) = lease(connection)
            assert finish(connection, found) is Finish.ENDED
            assert sync_queue.get(connection, product_id) is None
            assert finish(connection, found) is None

    def test_a_newer_request_keeps_the_row_due_now_like_a_new_row(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (found,) = lease(connection)
            enqueued(connection, product_id, now=at(3), requested=True)
            assert finish(connection, found, seconds=5) is Finish.REQUESTED_AGAIN
            (again,) = lease(connection, "b", seconds=5)
        assert (again.request_number, again.requested, again.since, again.tries, again.read_back_first) == (
            2, True, at(5), 0, False,
        )  # fmt: skip

    def test_an_owner_that_lost_its_lease_cannot_finish_the_row(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (found,) = lease(connection, "a")
            lease(connection, "b", seconds=20)
            assert finish(connection, found, "a", seconds=21) is None
            assert not postpone(connection, found, until=99, now=21, tries=9)
            row = queue_row(connection, product_id)
        assert (row.lease_token, row.read_back_first, row.tries, row.due_at) == ("b", True, 0, NOON)

    @pytest.mark.parametrize(
        "newer, by_owner, since_leased, due, requested",
        [
            (False, False, False, 60, False),
            (False, True, False, 60, True),
            (True, False, False, 5, False),
            (True, False, True, 5, True),
            (True, True, False, 5, True),
        ],
    )
    def test_a_postponed_row_waits_unless_it_was_requested_again(
        self,
        database: Database,
        newer: bool,
        by_owner: bool,
        since_leased: bool,
        due: int,
        requested: bool,
    ) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            (found,) = lease(connection)
            if newer:
                enqueued(connection, product_id, now=at(2), requested=since_leased)
            assert postpone(
                connection,
                found,
                until=60,
                now=5,
                tries=3,
                read_back_first=True,
                requested=by_owner,
            )
            row = queue_row(connection, product_id)
        assert (row.due_at, row.requested, row.tries, row.read_back_first) == (at(due), requested, 3, True)
        assert (row.lease_token, row.lease_until) == (None, None)

    def test_a_persons_request_is_cleared_once_it_is_answered(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id, requested=True)
            (found,) = lease(connection)
            postpone(connection, found, until=60, now=5)
            assert not queue_row(connection, product_id).requested

    def test_released_rows_are_free_at_once_and_need_no_read_back(self, database: Database) -> None:
        with database.write() as connection:
            mine, others = product(connection, 1), product(connection, 2)
            enqueued(connection, mine)
            lease(connection, "a")
            enqueued(connection, others)
            lease(connection, "b")
            sync_queue_leases.release(connection, token="a")
            (again,) = lease(connection, "c", seconds=1)
        assert (again.product_id, again.read_back_first) == (mine, False)

    def test_a_required_read_back_is_required_once(self, database: Database) -> None:
        with database.write() as connection:
            product_id = product(connection)
            enqueued(connection, product_id)
            sync_queue_leases.require_read_back(connection, [product_id])
            (found,) = lease(connection)
            assert found.read_back_first
            enqueued(connection, product_id)
            finish(connection, found)
            (again,) = lease(connection, "b", seconds=2)
        assert not again.read_back_first


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), st.integers(1, 3)),
        st.tuples(st.just("lease"), st.sampled_from("ab")),
        st.tuples(st.just("finish"), st.sampled_from("ab")),
        st.tuples(st.just("postpone"), st.sampled_from("ab")),
        st.tuples(st.just("wait"), st.sampled_from([1, 30])),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_two_owners_do_no_request_is_lost_and_no_row_has_two_owners(
    database: Database, steps: list[tuple[str, int | str]]
) -> None:
    """Compares with a model: the requests that no owner with a valid lease has finished yet."""
    seconds = 0.0
    fields: dict[tuple[str, int], PendingSync] = {}
    wished: dict[int, int] = {}
    with database.write() as connection:
        connection.execute(delete(table))
        numbers = [product(connection, number) for number in (1, 2, 3)]
        for what, who in steps:
            if what == "mark":
                product_id = numbers[int(who) - 1]
                wished[product_id] = enqueued(connection, product_id, now=at(seconds))
            elif what == "wait":
                seconds += float(who)
            elif what == "lease":
                for leased in lease(connection, str(who), seconds=seconds):
                    fields[str(who), leased.product_id] = leased
                    assert all(
                        other.lease_until <= at(seconds) or other is leased
                        for (_, product_id), other in fields.items()
                        if product_id == leased.product_id
                    )
            else:
                for key in [key for key in fields if key[0] == who]:
                    pending = fields.pop(key)
                    if what == "finish":
                        ended = finish(connection, pending, str(who), seconds)
                        if ended is Finish.ENDED:
                            assert wished.pop(pending.product_id) == pending.request_number
                    else:
                        postpone(connection, pending, until=seconds + 1, now=seconds, token=str(who))
            rows = {product_id: sync_queue.get(connection, product_id) for product_id in numbers}
            assert {
                product_id: row.request_number for product_id, row in rows.items() if row is not None
            } == wished
