"""The lag of consumer groups, and stuck partitions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.topics.lag import STANDS_AFTER, Stands, lags, seen
from console.topics.table import Group, Look, Member, Partition, TopicSeen
from tests.policies.examples import NOON

SECOND = timedelta(seconds=1)
READER = Member("reader", "127.0.0.1", (0, 1))


def look(committed: dict[int, int], *members: Member, seconds: int = 0, begin: int = 0) -> Look:
    """Return a topic with ten records in each of two partitions, and one group."""
    partitions = tuple(Partition(number, begin, 10, 10) for number in (0, 1))
    topic = TopicSeen("events", partitions, 1, timedelta(days=8), (Group("g", "stable", committed, members),))
    return Look(NOON + timedelta(seconds=seconds), {"events": topic})


def lags_of(now: Look, before: Stands | None = None) -> list[tuple[int, str | None]]:
    (group,) = lags(now.topics["events"], seen(now, before or {}), now.at)
    return [(partition.records, partition.stuck) for partition in group.partitions]


@pytest.mark.parametrize(
    ("committed", "begin", "records"),
    [
        ({0: 10, 1: 10}, 0, [0, 0]),
        ({0: 10, 1: 4}, 0, [0, 6]),
        ({0: 10, 1: 4}, 7, [0, 3]),  # records that retention has removed don't count
        ({0: 10}, 0, [0, 10]),  # never committed
    ],
)
def test_records_behind(committed: dict[int, int], begin: int, records: list[int]) -> None:
    assert [number for number, _ in lags_of(look(committed, READER, begin=begin))] == records


def test_a_partition_without_a_consumer_is_stuck_at_once() -> None:
    assert lags_of(look({0: 10, 1: 4})) == [(0, None), (6, "no consumer")]


def test_a_partition_without_progress_for_half_a_minute_is_stuck() -> None:
    first = seen(look({0: 9, 1: 4}, READER), {})
    after = int(STANDS_AFTER.total_seconds())
    assert lags_of(look({0: 9, 1: 5}, READER, seconds=after - 1), first) == [(1, None), (5, None)]
    assert lags_of(look({0: 9, 1: 5}, READER, seconds=after), first) == [
        (1, f"no progress for {after} s"),
        (5, None),
    ]


def test_looks_in_between_do_not_restart_the_half_minute() -> None:
    stands: Stands = {}
    for seconds in (0, 10, 20):
        stands = seen(look({0: 9, 1: 10}, READER, seconds=seconds), stands)
    assert lags_of(look({0: 9, 1: 10}, READER, seconds=40), stands)[0] == (1, "no progress for 40 s")
