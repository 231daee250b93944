"""How far the consumer is behind the topic of product events, in records and in seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from topics.clients import REACH_MS
from topics.errors import OutOfReach

NEXT_SECONDS: Final = 10.0
"""How long the read of the next records may take."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag of one partition: `records` not yet committed, and the age of the first of them in seconds.

    `end` is the offset after the last record. `committed` is None if the group has never committed.
    """

    partition: int
    end: int
    committed: int | None
    records: int
    seconds: float


def measure(reader: KafkaConsumer, partitions: Sequence[TopicPartition], *, now: float) -> Iterator[Lag]:
    """Yield the lag of each partition; `now` is in Unix seconds.

    Records that retention has deleted are not counted. Raises `OutOfReach` if Kafka gives no record in time.
    """
    ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
    first = reader.beginning_offsets(partitions, timeout_ms=REACH_MS)
    committed = {partition: reader.committed(partition, timeout_ms=REACH_MS) for partition in partitions}
    begin = {partition: max(committed[partition] or 0, first[partition]) for partition in partitions}
    behind = [partition for partition in partitions if begin[partition] < ends[partition]]
    waiting = _next_timestamps(reader, {partition: begin[partition] for partition in behind})
    for partition in partitions:
        yield Lag(
            partition=partition.partition,
            end=ends[partition],
            committed=committed[partition],
            records=max(0, ends[partition] - begin[partition]),
            seconds=max(0.0, now - waiting[partition]) if partition in waiting else 0.0,
        )


def _next_timestamps(
    reader: KafkaConsumer, begin: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """Return the timestamp, in Unix seconds, of the first record at or after each of these offsets."""
    found: dict[TopicPartition, float] = {}
    deadline = time.monotonic() + NEXT_SECONDS
    while missing := sorted(begin.keys() - found.keys()):
        if time.monotonic() > deadline:
            raise OutOfReach(
                f"Kafka gave no record of {missing[0]} within {NEXT_SECONDS:.0f} s", "m2t doctor"
            )
        reader.assign(missing)
        for partition in missing:
            reader.seek(partition, begin[partition])
        polled: Mapping[TopicPartition, Sequence[Any]] = reader.poll(timeout_ms=500)
        found |= {partition: records[0].timestamp / 1000 for partition, records in polled.items() if records}
    return found
