"""How far each group is behind each partition, and where one stands still. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from console.topics.table import Group, Look, Member, TopicSeen

STANDS_AFTER: Final = timedelta(seconds=30)
"""A partition with records to read that has not moved for so long is said to stand still."""

Key: TypeAlias = tuple[str, str, int]
"""Topic, group, partition."""
Stands: TypeAlias = Mapping[Key, tuple[int, datetime]]
"""By partition that a group is behind: what it had committed, and since when it has been seen there."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Of one group and partition. `committed` None: the group never did; `stuck` says why nothing moves."""

    partition: int
    committed: int | None
    records: int
    member: Member | None
    stuck: str | None = None


@dataclass(frozen=True, slots=True)
class GroupLag:
    """Of one group and topic."""

    group: Group
    partitions: tuple[PartitionLag, ...]

    @property
    def records(self) -> int:
        """Records behind, all partitions together."""
        return sum(one.records for one in self.partitions)

    @property
    def stuck(self) -> tuple[PartitionLag, ...]:
        """Where nothing moves."""
        return tuple(one for one in self.partitions if one.stuck)


def seen(look: Look, before: Stands) -> Stands:
    """What to remember of this look for the next one."""
    return {
        key: before[key] if key in before and before[key][0] == committed else (committed, look.at)
        for key, committed in _behind(look)
    }


def _behind(look: Look) -> Iterator[tuple[Key, int]]:
    for topic in look.topics.values():
        for group in topic.groups:
            for number, committed in group.committed.items():
                if _records(topic, number, committed):
                    yield (topic.name, group.name, number), committed


def lags(topic: TopicSeen, stands: Stands, now: datetime) -> Sequence[GroupLag]:
    """Each group of this topic."""
    return [
        GroupLag(group, tuple(_lag(topic, group, one.number, stands, now) for one in topic.partitions))
        for group in topic.groups
    ]


def _lag(topic: TopicSeen, group: Group, partition: int, stands: Stands, now: datetime) -> PartitionLag:
    committed, member = group.committed.get(partition), group.holder(partition)
    records = _records(topic, partition, committed)
    stuck = None
    if records:
        _, since = stands.get((topic.name, group.name, partition), (0, now))
        if member is None:
            stuck = "no consumer"
        elif now - since >= STANDS_AFTER:
            stuck = f"no progress for {int((now - since).total_seconds())} s"
    return PartitionLag(partition, committed, records, member, stuck)


def _records(topic: TopicSeen, partition: int, committed: int | None) -> int:
    """What retention has removed is not behind any more."""
    of_it = next((one for one in topic.partitions if one.number == partition), None)
    return max(0, of_it.end - max(committed or 0, of_it.begin)) if of_it is not None else 0
