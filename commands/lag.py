"""`m2t lag`: how far the consumer is behind the topic of product events, in records and in seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from commands.cli.context import settings
from commands.cli.errors import Exit
from topics.lag import Lag, measure
from topics.reader import reading


@click.command("lag")
@click.option(
    "--most", type=click.FloatRange(min=0), metavar="SECONDS", help="Exit 1 where a record waits for longer."
)
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"group", "partitions", "records", "seconds"} alone.'
)
@click.pass_context
def command(ctx: click.Context, most: float | None, as_json: bool) -> None:
    """How far the consumer is behind Magento.

    For each partition of the topic of product events: its end, what the consumer's group has committed, how many
    records lie between, and how long the next of them has been waiting. What was taken in and waits for TikTok is
    not in it: m2t pending.
    """
    opened = settings()
    group = opened.consumer_group
    with reading(opened.kafka(), opened.events_topic, group) as (reader, partitions):
        lags = list(measure(reader, partitions, now=time.time()))
    records, seconds = sum(one.records for one in lags), max(one.seconds for one in lags)
    if as_json:
        fields = {
            "group": group,
            "partitions": [asdict(one) for one in lags],
            "records": records,
            "seconds": seconds,
        }
        click.echo(json.dumps(fields))
    else:
        click.echo(f"Group {group} on {opened.events_topic}")
        click.echo("\n".join(_lines(lags)))
        click.echo(f"{records} records behind, the oldest waits for {seconds:.1f} s.")
    if most is not None and seconds > most:
        ctx.exit(Exit.FAILED)


def _lines(lags: Sequence[Lag]) -> Iterator[str]:
    yield f"{'partition':>9}  {'end':>12}  {'committed':>12}  {'records':>10}  {'seconds':>10}"
    for one in lags:
        committed = "-" if one.committed is None else str(one.committed)
        yield f"{one.partition:>9}  {one.end:>12}  {committed:>12}  {one.records:>10}  {one.seconds:>10.1f}"
