"""How far each consumer group is behind in each partition, and which partitions are stuck. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from console.topics.table import Group, Look, Member, TopicSeen
from operations.formatting import duration

STANDS_AFTER: Final = timedelta(seconds=30)
"""A partition with unread records whose committed offset hasn't moved for this long is stuck."""

Key: TypeAlias = tuple[str, str, int]
"""Topic, group, partition."""
Stands: TypeAlias = Mapping[Key, tuple[int, datetime]]
"""For each partition in which a group is behind: its committed offset, and when this offset was first seen."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One group's lag in one partition. `committed` is None if it never committed; `stuck` says why it doesn't move."""

    partition: int
    committed: int | None
    records: int
    member: Member | None
    stuck: str | None = None


@dataclass(frozen=True, slots=True)
class GroupLag:
    """One group's lag in one topic."""

    group: Group
    partitions: tuple[PartitionLag, ...]

    @property
    def records(self) -> int:
        """Records behind in all partitions."""
        return sum(partition.records for partition in self.partitions)

    @property
    def stuck(self) -> tuple[PartitionLag, ...]:
        """The stuck partitions."""
        return tuple(partition for partition in self.partitions if partition.stuck)


def seen(look: Look, before: Stands) -> Stands:
    """Return what the next look needs to find stuck partitions."""
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
    """Return the lag of each group of this topic."""
    return [
        GroupLag(
            group, tuple(_lag(topic, group, partition.number, stands, now) for partition in topic.partitions)
        )
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
            stuck = f"no progress for {duration(now - since)}"
    return PartitionLag(partition, committed, records, member, stuck)


def _records(topic: TopicSeen, partition: int, committed: int | None) -> int:
    """Return the unread records. Those that retention has removed don't count."""
    of_it = next((found for found in topic.partitions if found.number == partition), None)
    return max(0, of_it.end - max(committed or 0, of_it.begin)) if of_it is not None else 0
