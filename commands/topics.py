"""`m2t topics`: the three topics, created on purpose and never by accident."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import click
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from commands.exits import Failed, reaching_kafka
from commands.opening import settings
from config.settings import Settings

PARTITIONS = 8
RETENTION_MS = 30 * 24 * 60 * 60 * 1000
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
REACH_MS = 5_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is: `changes` says what `ensure` did to it."""

    name: str
    partitions: int
    replication: int
    changes: tuple[str, ...] = ()


class WrongPartitions(Exception):
    """A topic has another number of partitions than was asked for."""


@click.group("topics")
def command() -> None:
    """The Kafka topics: create them, and check them."""


@command.command("ensure")
@click.option(
    "--partitions",
    type=click.IntRange(1, 1000),
    help=f"Of each topic; the most consumers that can share the work. Default: as they are, else {PARTITIONS}.",
)
@click.option(
    "--replication",
    type=click.IntRange(1, 9),
    help="Copies of each new topic. Default: the cluster's own (3 is right in production).",
)
@click.option("--json", "as_json", is_flag=True, help='Print [{"name", "partitions", …}] alone.')
def ensure_command(partitions: int | None, replication: int | None, as_json: bool) -> None:
    """Create the topics of product events, dead letters and outcomes where they are missing.

    Records are kept for at least 30 days and may have up to 4 MiB; larger limits of an existing topic are left as
    they are. The number of partitions of an existing topic is never changed: the same product would go to another
    partition, ahead of its own earlier events.
    """
    opened = settings()
    with reaching(opened) as admin:
        try:
            topics = ensure(admin, names(opened), partitions=partitions, replication=replication)
        except WrongPartitions as error:
            raise Failed(
                str(error), "leave --partitions off, or choose fresh topics with M2T_TOPIC_PREFIX"
            ) from error
    if as_json:
        click.echo(json.dumps([asdict(topic) for topic in topics]))
        return
    for topic in topics:
        done = ", ".join(topic.changes) or "as it should be"
        click.echo(f"{topic.name}: {topic.partitions} partitions, {topic.replication} copies ({done})")


def names(opened: Settings) -> tuple[str, str, str]:
    """The three topics' names."""
    return opened.events_topic, opened.dead_letters_topic, opened.outcomes_topic


@contextmanager
def reaching(opened: Settings) -> Iterator[KafkaAdminClient]:
    """Kafka's admin client. Raises `NotReachable`."""
    with reaching_kafka(", ".join(opened.kafka_bootstrap_servers)):
        admin = KafkaAdminClient(
            **opened.kafka(),
            client_id="m2t",
            bootstrap_timeout_ms=REACH_MS,
            request_timeout_ms=2 * REACH_MS,
            reconnect_backoff_max_ms=500,
        )
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
    held = standing(admin, wanted)
    counts = {topic.partitions for topic in held.values()}
    for topic in held.values():
        if partitions is not None and topic.partitions != partitions:
            raise WrongPartitions(
                f"{topic.name} has {topic.partitions} partitions, not {partitions}; the count is never changed"
            )
    if len(counts) > 1:
        uneven = ", ".join(f"{topic.name} {topic.partitions}" for topic in held.values())
        raise WrongPartitions(f"the topics differ in their number of partitions ({uneven})")
    missing = [name for name in wanted if name not in held]
    if missing:
        configs = {"retention.ms": str(RETENTION_MS), "max.message.bytes": str(MAX_MESSAGE_BYTES)}
        one: dict[str, Any] = {
            "num_partitions": partitions or next(iter(counts), PARTITIONS),
            "replication_factor": replication or -1,
            "configs": configs,
        }
        admin.create_topics(dict.fromkeys(missing, one), wait_for_metadata=True)
    raised = {name: _raise_limits(admin, name) for name in held}
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
    told = admin.describe_configs([asked], config_filter="all")
    (configs,) = next(iter(told.values())).values()
    low: dict[str, str] = {}
    for config, least in (("retention.ms", RETENTION_MS), ("max.message.bytes", MAX_MESSAGE_BYTES)):
        value = int(configs[config]["value"])
        if 0 <= value < least:
            low[config] = str(least)
    if low:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=low)])
    return tuple(f"{config} raised to {value}" for config, value in low.items())
