"""The three topics, created on purpose and never by accident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from topics import clients
from topics.errors import reaching_kafka
from topics.reader import brokers

PARTITIONS = 8
RETENTION_MS = 30 * 24 * 60 * 60 * 1000
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
LEAST = {"retention.ms": RETENTION_MS, "max.message.bytes": MAX_MESSAGE_BYTES}
"""What a topic's limits must be at least; -1 is no limit."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is: `changes` says what `ensure` did to it."""

    name: str
    partitions: int
    replication: int
    changes: tuple[str, ...] = ()


class WrongPartitions(Exception):
    """A topic has another number of partitions than was asked for."""


@contextmanager
def reaching(connection: Mapping[str, Any]) -> Iterator[KafkaAdminClient]:
    """Kafka's admin client. Raises `OutOfReach`."""
    with reaching_kafka(brokers(connection)):
        admin = clients.admin_client(connection)
        try:
            yield admin
        finally:
            admin.close()


def standing(admin: KafkaAdminClient, wanted: Sequence[str]) -> dict[str, Topic]:
    """Those of the wanted topics that exist."""
    present = sorted(set(admin.list_topics()) & set(wanted))
    described: Sequence[Mapping[str, Any]] = admin.describe_topics(present) if present else []
    return {
        one["name"]: Topic(
            one["name"],
            len(one["partitions"]),
            min(len(partition["replica_nodes"]) for partition in one["partitions"]),
        )
        for one in described
    }


def ensure(
    admin: KafkaAdminClient,
    wanted: Sequence[str],
    *,
    partitions: int | None = None,
    replication: int | None = None,
) -> list[Topic]:
    """The topics after creating the missing ones and raising limits that are too low. Raises `WrongPartitions`."""
    found = standing(admin, wanted)
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
        one: dict[str, Any] = {
            "num_partitions": partitions or next(iter(counts), PARTITIONS),
            "replication_factor": replication or -1,
            "configs": configs,
        }
        admin.create_topics(dict.fromkeys(missing, one), wait_for_metadata=True)
    raised = {name: _raise_limits(admin, name) for name in found}
    created = standing(admin, wanted)
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
    """Raise what is lower than we need; -1 is no limit at all."""
    asked = ConfigResource(ConfigResourceType.TOPIC, name)
    found = admin.describe_configs([asked], config_filter="all")
    (configs,) = next(iter(found.values())).values()
    low: dict[str, str] = {}
    for config, least in LEAST.items():
        value = int(configs[config]["value"])
        if 0 <= value < least:
            low[config] = str(least)
    if low:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=low)])
    return tuple(f"{config} raised to {value}" for config, value in low.items())
