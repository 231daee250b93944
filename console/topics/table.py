"""The topics as Kafka has them: partitions, ends, what was written lately, and how far each group is behind.

`look` asks Kafka; the rest is pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

RECENT: Final = timedelta(minutes=5)
"""What was written in this time is told as a rate."""
MOST_GROUPS: Final = 50


@dataclass(frozen=True, slots=True)
class Partition:
    """Of a topic: its first and its next offset, and the next offset as of `RECENT` ago."""

    number: int
    begin: int
    end: int
    recent: int


@dataclass(frozen=True, slots=True)
class Member:
    """A process in a group, and the partitions of the topic that it holds."""

    client: str
    host: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group that reads a topic: what it has committed by partition, and who is in it."""

    name: str
    state: str
    committed: Mapping[int, int]
    members: tuple[Member, ...] = ()

    def holder(self, partition: int) -> Member | None:
        """Who reads this partition; None where nobody does."""
        return next((one for one in self.members if partition in one.partitions), None)


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic at a moment; `retention_ms` -1 is for ever."""

    name: str
    partitions: tuple[Partition, ...]
    replication: int
    retention_ms: int
    groups: tuple[Group, ...] = ()

    @property
    def records(self) -> int:
        """So many lie in it."""
        return sum(one.end - one.begin for one in self.partitions)

    @property
    def a_minute(self) -> float:
        """Records written a minute, lately."""
        written = sum(one.end - one.recent for one in self.partitions)
        return written / (RECENT.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Look:
    """All of the wanted topics that there are, by name, at a moment."""

    at: datetime
    topics: Mapping[str, TopicSeen]


def look(admin: KafkaAdminClient, wanted: Sequence[str], now: datetime) -> Look:
    """Ask Kafka. Raises KafkaError."""
    present = sorted(set(admin.list_topics()) & set(wanted))
    if not present:
        return Look(now, {})
    described: Sequence[Mapping[str, Any]] = admin.describe_topics(present)
    partitions = [
        TopicPartition(topic["name"], one["partition_index"])
        for topic in described
        for one in topic["partitions"]
    ]
    ends = _offsets(admin, dict.fromkeys(partitions, OffsetSpec.LATEST))
    begins = _offsets(admin, dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    then = int((now - RECENT).timestamp() * 1000)
    recent = _offsets(admin, dict.fromkeys(partitions, then))
    retention = _retention(admin, present)
    groups = _groups(admin, present)
    return Look(
        now,
        {
            topic["name"]: TopicSeen(
                topic["name"],
                tuple(
                    Partition(
                        one.partition, begins[one], ends[one], recent[one] if recent[one] >= 0 else ends[one]
                    )
                    for one in sorted(partitions)
                    if one.topic == topic["name"]
                ),
                min(len(one["replica_nodes"]) for one in topic["partitions"]),
                retention[topic["name"]],
                groups[topic["name"]],
            )
            for topic in described
        },
    )


def _offsets(admin: KafkaAdminClient, asked: Mapping[TopicPartition, Any]) -> dict[TopicPartition, int]:
    return {one: found.offset for one, found in admin.list_partition_offsets(dict(asked)).items()}


def _retention(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer: Mapping[Any, Mapping[str, Any]] = admin.describe_configs(asked, config_filter="all")
    found = {name: configs for by_name in answer.values() for name, configs in by_name.items()}
    return {name: int(found[name]["retention.ms"]["value"]) for name in names}


def _groups(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, tuple[Group, ...]]:
    """By topic, the groups that have committed to it or hold a partition of it."""
    names = sorted(one["group_id"] for one in admin.list_groups())[:MOST_GROUPS]
    described: Mapping[str, Mapping[str, Any]] = admin.describe_groups(names) if names else {}
    found: dict[str, list[Group]] = {name: [] for name in topics}
    for name in names:
        committed = _committed(admin, name)
        members = list(_members(described.get(name, {})))
        for topic in topics:
            offsets = {one.partition: at for one, at in committed.items() if one.topic == topic}
            answer = tuple(member for of_topic, member in members if of_topic == topic)
            if offsets or answer:
                state = str(described.get(name, {}).get("group_state", "?")).lower()
                found[topic].append(Group(name, state, offsets, answer))
    return {topic: tuple(groups) for topic, groups in found.items()}


def _committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    try:
        found: Mapping[str, Mapping[TopicPartition, Any]] = admin.list_group_offsets({group: None})
    except KafkaError:
        # Another's group may be closed to us; the topic is told without it.
        return {}
    return {one: at.offset for one, at in found.get(group, {}).items() if at.offset >= 0}


def _members(described: Mapping[str, Any]) -> Iterator[tuple[str, Member]]:
    """Each member once for each topic that it holds partitions of."""
    for one in described.get("members", ()):
        assignment = one.get("member_assignment")
        value = assignment.get("assigned_partitions", ()) if isinstance(assignment, Mapping) else ()
        for of_topic in value:
            numbers = tuple(sorted(of_topic["partitions"]))
            yield of_topic["topic"], Member(one["client_id"], one["client_host"].lstrip("/"), numbers)
