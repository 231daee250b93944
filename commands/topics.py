"""`m2t topics`: creates the three Kafka topics, which brokers must not create automatically."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from commands.cli.context import settings
from commands.cli.errors import Failed
from operations.formatting import plural
from topics.admin import PARTITIONS, WrongPartitions, ensure, reaching


@click.group("topics")
def command() -> None:
    """Create and check the Kafka topics."""


@command.command("ensure")
@click.option(
    "--partitions",
    type=click.IntRange(1, 1000),
    help=f"Partitions per topic, the maximum number of working consumers. Default: unchanged, or {PARTITIONS}.",
)
@click.option(
    "--replication",
    type=click.IntRange(1, 9),
    help="Replicas of each new topic. Default: the cluster's default. Use 3 in production.",
)
@click.option("--json", "as_json", is_flag=True, help='Print only [{"name", "partitions", …}].')
def ensure_command(partitions: int | None, replication: int | None, as_json: bool) -> None:
    """Create missing topics: product events, dead letters and outcomes.

    Records are kept for at least 30 days and may have up to 4 MiB; larger limits of an existing topic stay. The number
    of partitions of an existing topic is never changed, because a product's events would move to another partition,
    ahead of earlier ones.
    """
    opened = settings()
    with reaching(opened.kafka()) as admin:
        try:
            topics = ensure(admin, opened.topics, partitions=partitions, replication=replication)
        except WrongPartitions as error:
            raise Failed(
                str(error), "omit --partitions, or choose new topics with M2T_TOPIC_PREFIX"
            ) from error
    if as_json:
        click.echo(json.dumps([asdict(topic) for topic in topics]))
        return
    for topic in topics:
        done = ", ".join(topic.changes) or "unchanged"
        copies = plural(topic.replication, "copy", "copies")
        click.echo(f"{topic.name}: {plural(topic.partitions, 'partition')}, {copies} ({done})")
