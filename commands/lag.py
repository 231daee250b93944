"""`m2t lag`: how far the consumer is behind the topic of product events, in records and in seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import click
from kafka import KafkaConsumer, TopicPartition

from commands.exits import Exit, NotReachable
from commands.opening import settings
from commands.topic_reading import REACH_MS, reading

NEXT_SECONDS: Final = 10.0
"""How long the next records may take to come."""


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition. `committed` is None where the group never did; `seconds` the age of the next record, if any."""

    partition: int
    end: int
    committed: int | None
    records: int
    seconds: float


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
    with reading(opened, opened.events_topic, group) as (reader, partitions):
        lags = list(measure(reader, partitions, now=time.time()))
    records, seconds = sum(one.records for one in lags), max(one.seconds for one in lags)
    if as_json:
        told = {
            "group": group,
            "partitions": [asdict(one) for one in lags],
            "records": records,
            "seconds": seconds,
        }
        click.echo(json.dumps(told))
    else:
        click.echo(f"Group {group} on {opened.events_topic}")
        click.echo("\n".join(_lines(lags)))
        click.echo(f"{records} records behind, the oldest waits for {seconds:.1f} s.")
    if most is not None and seconds > most:
        ctx.exit(Exit.FAILED)


def measure(reader: KafkaConsumer, partitions: Sequence[TopicPartition], *, now: float) -> Iterator[Lag]:
    """The lag of each partition; `now` is in Unix seconds. What retention has removed is not behind any more."""
    ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
    first = reader.beginning_offsets(partitions, timeout_ms=REACH_MS)
    committed = {one: reader.committed(one, timeout_ms=REACH_MS) for one in partitions}
    begin = {one: max(committed[one] or 0, first[one]) for one in partitions}
    behind = [one for one in partitions if begin[one] < ends[one]]
    waiting = _next_timestamps(reader, {one: begin[one] for one in behind})
    for one in partitions:
        yield Lag(
            partition=one.partition,
            end=ends[one],
            committed=committed[one],
            records=max(0, ends[one] - begin[one]),
            seconds=max(0.0, now - waiting[one]) if one in waiting else 0.0,
        )


def _next_timestamps(
    reader: KafkaConsumer, begin: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """When the first record from each of these offsets on was written, in Unix seconds."""
    found: dict[TopicPartition, float] = {}
    deadline = time.monotonic() + NEXT_SECONDS
    while missing := sorted(begin.keys() - found.keys()):
        if time.monotonic() > deadline:
            raise NotReachable(
                f"Kafka gave no record of {missing[0]} within {NEXT_SECONDS:.0f} s", "m2t doctor"
            )
        reader.assign(missing)
        for one in missing:
            reader.seek(one, begin[one])
        polled: Mapping[TopicPartition, Sequence[Any]] = reader.poll(timeout_ms=500)
        found |= {one: records[0].timestamp / 1000 for one, records in polled.items() if records}
    return found


def _lines(lags: Sequence[Lag]) -> Iterator[str]:
    yield f"{'partition':>9}  {'end':>12}  {'committed':>12}  {'records':>10}  {'seconds':>10}"
    for one in lags:
        committed = "-" if one.committed is None else str(one.committed)
        yield f"{one.partition:>9}  {one.end:>12}  {committed:>12}  {one.records:>10}  {one.seconds:>10.1f}"
