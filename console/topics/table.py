"""Topics as Kafka has them: partitions, offsets, the rate of writes, and the consumer groups.

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
"""The time over which the rate of written records is measured."""
MOST_GROUPS: Final = 50


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: its first offset, its end offset, and its end offset `RECENT` ago."""

    number: int
    begin: int
    end: int
    recent: int


@dataclass(frozen=True, slots=True)
class Member:
    """A process in a consumer group, and the topic's partitions that are assigned to it."""

    client: str
    host: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group that reads a topic: its committed offset by partition, and its members."""

    name: str
    state: str
    committed: Mapping[int, int]
    members: tuple[Member, ...] = ()

    def holder(self, partition: int) -> Member | None:
        """Return the member that reads this partition; None if there is none."""
        return next((member for member in self.members if partition in member.partitions), None)


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic at a moment. `retention` is None if records are kept forever."""

    name: str
    partitions: tuple[Partition, ...]
    replication: int
    retention: timedelta | None
    groups: tuple[Group, ...] = ()

    @property
    def records(self) -> int:
        """The number of records in the topic."""
        return sum(partition.end - partition.begin for partition in self.partitions)

    @property
    def a_minute(self) -> float:
        """Records written per minute, in the last `RECENT`."""
        written = sum(partition.end - partition.recent for partition in self.partitions)
        return written / (RECENT.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Look:
    """The topics at a moment, by name; missing topics are left out."""

    at: datetime
    topics: Mapping[str, TopicSeen]


def look(admin: KafkaAdminClient, wanted: Sequence[str], now: datetime) -> Look:
    """Read the topics from Kafka. Raises `KafkaError`."""
    present = sorted(set(admin.list_topics()) & set(wanted))
    if not present:
        return Look(now, {})
    described: Sequence[Mapping[str, Any]] = admin.describe_topics(present)
    partitions = [
        TopicPartition(topic["name"], partition["partition_index"])
        for topic in described
        for partition in topic["partitions"]
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
                        place.partition,
                        begins[place],
                        ends[place],
                        recent[place] if recent[place] >= 0 else ends[place],
                    )
                    for place in sorted(partitions)
                    if place.topic == topic["name"]
                ),
                min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
                retention[topic["name"]],
                groups[topic["name"]],
            )
            for topic in described
        },
    )


def _offsets(admin: KafkaAdminClient, specs: Mapping[TopicPartition, Any]) -> dict[TopicPartition, int]:
    return {place: found.offset for place, found in admin.list_partition_offsets(dict(specs)).items()}


def _retention(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, timedelta | None]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer: Mapping[Any, Mapping[str, Any]] = admin.describe_configs(resources, config_filter="all")
    found = {name: configs for by_name in answer.values() for name, configs in by_name.items()}
    lengths = {name: int(found[name]["retention.ms"]["value"]) for name in names}
    # Kafka writes "forever" as -1.
    return {name: timedelta(milliseconds=length) if length >= 0 else None for name, length in lengths.items()}


def _groups(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, tuple[Group, ...]]:
    """Return the groups of each topic: those that committed offsets in it, or have a partition of it."""
    names = sorted(listed["group_id"] for listed in admin.list_groups())[:MOST_GROUPS]
    described: Mapping[str, Mapping[str, Any]] = admin.describe_groups(names) if names else {}
    found: dict[str, list[Group]] = {name: [] for name in topics}
    for name in names:
        committed = _committed(admin, name)
        members = list(_members(described.get(name, {})))
        for topic in topics:
            offsets = {place.partition: at for place, at in committed.items() if place.topic == topic}
            answer = tuple(member for of_topic, member in members if of_topic == topic)
            if offsets or answer:
                state = str(described.get(name, {}).get("group_state", "?")).lower()
                found[topic].append(Group(name, state, offsets, answer))
    return {topic: tuple(groups) for topic, groups in found.items()}


def _committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    try:
        found: Mapping[str, Mapping[TopicPartition, Any]] = admin.list_group_offsets({group: None})
    except KafkaError:
        # We may have no right to read another application's group; the topic is shown without it.
        return {}
    return {place: at.offset for place, at in found.get(group, {}).items() if at.offset >= 0}


def _members(described: Mapping[str, Any]) -> Iterator[tuple[str, Member]]:
    """Yield the topic and the member, once for each topic of which the member has partitions."""
    for member in described.get("members", ()):
        assignment = member.get("member_assignment")
        value = assignment.get("assigned_partitions", ()) if isinstance(assignment, Mapping) else ()
        for of_topic in value:
            numbers = tuple(sorted(of_topic["partitions"]))
            yield of_topic["topic"], Member(member["client_id"], member["client_host"].lstrip("/"), numbers)
