"""`m2t lag`: the consumer's backlog on the topic of product events, in records and in seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

import click

from commands.cli.context import settings
from commands.cli.errors import Exit
from operations.formatting import duration, plural
from topics.lag import Lag, measure
from topics.reader import reading


@click.command("lag")
@click.option(
    "--most",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Exit with 1 if a record waits longer than this.",
)
@click.option(
    "--json", "as_json", is_flag=True, help='Print only {"group", "partitions", "records", "seconds"}.'
)
@click.pass_context
def command(ctx: click.Context, most: float | None, as_json: bool) -> None:
    """Show how far the consumer is behind Magento.

    For each partition of the events topic: its end, the committed offset of the consumer group, the number of records
    in between, and how long the oldest of them has waited. Changes that wait for TikTok are not included; see
    m2t pending.
    """
    opened = settings()
    group = opened.consumer_group
    with reading(opened.kafka(), opened.events_topic, group) as (reader, partitions):
        lags = list(measure(reader, partitions, now=time.time()))
    records, seconds = sum(lag.records for lag in lags), max(lag.seconds for lag in lags)
    if as_json:
        fields = {
            "group": group,
            "partitions": [asdict(lag) for lag in lags],
            "records": records,
            "seconds": seconds,
        }
        click.echo(json.dumps(fields))
    else:
        click.echo(f"Group {group} on {opened.events_topic}")
        click.echo("\n".join(_lines(lags)))
        click.echo(
            f"{plural(records, 'record')} behind; the oldest has waited {duration(timedelta(seconds=seconds), 2)}."
        )
    if most is not None and seconds > most:
        ctx.exit(Exit.FAILED)


def _lines(lags: Sequence[Lag]) -> Iterator[str]:
    yield f"{'partition':>9}  {'end':>12}  {'committed':>12}  {'records':>10}  {'seconds':>10}"
    for lag in lags:
        committed = "-" if lag.committed is None else str(lag.committed)
        yield f"{lag.partition:>9}  {lag.end:>12}  {committed:>12}  {lag.records:>10}  {lag.seconds:>10.1f}"
