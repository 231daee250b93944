"""`m2t topics`: the three topics, created on purpose and never by accident."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from commands.cli.context import settings
from commands.cli.errors import Failed
from topics.admin import PARTITIONS, WrongPartitions, ensure, reaching


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
    with reaching(opened.kafka()) as admin:
        try:
            topics = ensure(admin, opened.topics, partitions=partitions, replication=replication)
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
