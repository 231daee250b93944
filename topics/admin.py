"""Create the three topics, and raise limits that are too low. No client creates a topic by naming it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from topics import clients
from topics.clients import Options
from topics.errors import reaching_kafka
from topics.reader import brokers

PARTITIONS = 8
RETENTION_MS = 30 * 24 * 60 * 60 * 1000
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MINIMUM_LIMITS = {"retention.ms": RETENTION_MS, "max.message.bytes": MAX_MESSAGE_BYTES}
"""The least value of each of a topic's limits; -1 means no limit."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the broker; `changes` says what `ensure` changed."""

    name: str
    partitions: int
    replication: int
    changes: tuple[str, ...] = ()


class WrongPartitions(Exception):
    """Raised when a topic has another number of partitions than requested."""


@contextmanager
def reaching(connection: Options) -> Iterator[KafkaAdminClient]:
    """Yield an admin client, and close it. Raises `OutOfReach` if Kafka does not answer."""
    with reaching_kafka(brokers(connection)):
        admin = clients.admin_client(connection)
        try:
            yield admin
        finally:
            admin.close()


def existing(admin: KafkaAdminClient, wanted: Sequence[str]) -> dict[str, Topic]:
    """Return those of the wanted topics that exist, by name."""
    present = sorted(set(admin.list_topics()) & set(wanted))
    described: Sequence[Mapping[str, Any]] = admin.describe_topics(present) if present else []
    return {
        topic["name"]: Topic(
            topic["name"],
            len(topic["partitions"]),
            min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
        )
        for topic in described
    }


def ensure(
    admin: KafkaAdminClient,
    wanted: Sequence[str],
    *,
    partitions: int | None = None,
    replication: int | None = None,
) -> list[Topic]:
    """Create the missing topics and raise limits that are too low; return all wanted topics, in their order.

    `replication` None leaves the replication factor to the broker. Raises `WrongPartitions`, because the number of
    partitions of an existing topic is never changed.
    """
    found = existing(admin, wanted)
    counts = {topic.partitions for topic in found.values()}
    for topic in found.values():
        if partitions is not None and topic.partitions != partitions:
            raise WrongPartitions(
                f"{topic.name} has {topic.partitions} partitions, not {partitions}; the count is never changed"
            )
    if len(counts) > 1:
        uneven = ", ".join(f"{topic.name} {topic.partitions}" for topic in found.values())
        raise WrongPartitions(f"the topics differ in their number of partitions ({uneven})")
    missing = [name for name in wanted if name not in found]
    if missing:
        configs = {"retention.ms": str(RETENTION_MS), "max.message.bytes": str(MAX_MESSAGE_BYTES)}
        settings: dict[str, object] = {
            "num_partitions": partitions or next(iter(counts), PARTITIONS),
            "replication_factor": replication or -1,
            "configs": configs,
        }
        admin.create_topics(dict.fromkeys(missing, settings), wait_for_metadata=True)
    raised = {name: _raise_limits(admin, name) for name in found}
    created = existing(admin, wanted)
    return [
        Topic(
            name,
            created[name].partitions,
            created[name].replication,
            ("created",) if name in missing else raised[name],
        )
        for name in wanted
    ]


def _raise_limits(admin: KafkaAdminClient, name: str) -> tuple[str, ...]:
    """Raise the limits that are below `MINIMUM_LIMITS`; return what was changed, as text."""
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    found = admin.describe_configs([resource], config_filter="all")
    (configs,) = next(iter(found.values())).values()
    low: dict[str, str] = {}
    for config, least in MINIMUM_LIMITS.items():
        value = int(configs[config]["value"])
        if 0 <= value < least:
            low[config] = str(least)
    if low:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=low)])
    return tuple(f"{config} raised to {value}" for config, value in low.items())
