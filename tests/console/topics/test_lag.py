"""How far groups are behind, and where nothing moves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.topics.lag import STANDS_AFTER, Stands, lags, seen
from console.topics.table import Group, Look, Member, Partition, TopicSeen
from tests.policies.examples import NOON

SECOND = timedelta(seconds=1)
READER = Member("reader", "127.0.0.1", (0, 1))


def look(committed: dict[int, int], *members: Member, seconds: int = 0, begin: int = 0) -> Look:
    """Of a topic with ten records in each of two partitions, and one group."""
    partitions = tuple(Partition(number, begin, 10, 10) for number in (0, 1))
    topic = TopicSeen("events", partitions, 1, 1000, (Group("g", "stable", committed, members),))
    return Look(NOON + timedelta(seconds=seconds), {"events": topic})


def told(now: Look, before: Stands | None = None) -> list[tuple[int, str | None]]:
    (group,) = lags(now.topics["events"], seen(now, before or {}), now.at)
    return [(one.records, one.stuck) for one in group.partitions]


@pytest.mark.parametrize(
    ("committed", "begin", "records"),
    [
        ({0: 10, 1: 10}, 0, [0, 0]),
        ({0: 10, 1: 4}, 0, [0, 6]),
        ({0: 10, 1: 4}, 7, [0, 3]),  # what retention has removed is not behind any more
        ({0: 10}, 0, [0, 10]),  # never committed
    ],
)
def test_records_behind(committed: dict[int, int], begin: int, records: list[int]) -> None:
    assert [number for number, _ in told(look(committed, READER, begin=begin))] == records


def test_what_no_one_reads_stands_at_once() -> None:
    assert told(look({0: 10, 1: 4})) == [(0, None), (6, "no consumer")]


def test_what_is_read_stands_where_it_has_not_moved_for_half_a_minute() -> None:
    first = seen(look({0: 9, 1: 4}, READER), {})
    after = int(STANDS_AFTER.total_seconds())
    assert told(look({0: 9, 1: 5}, READER, seconds=after - 1), first) == [(1, None), (5, None)]
    assert told(look({0: 9, 1: 5}, READER, seconds=after), first) == [
        (1, f"no progress for {after} s"),
        (5, None),
    ]


def test_looks_in_between_change_nothing_of_that() -> None:
    stands: Stands = {}
    for seconds in (0, 10, 20):
        stands = seen(look({0: 9, 1: 10}, READER, seconds=seconds), stands)
    assert told(look({0: 9, 1: 10}, READER, seconds=40), stands)[0] == (1, "no progress for 40 s")
