"""The last records of a topic as text. No offset is committed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from topics.clients import REACH_MS
from topics.reader import reading

MOST: Final = 20
LONGEST_VALUE: Final = 4_000
LONGEST_HEADER: Final = 300
SHOWN: Final = ("ce_", "m2t-", "traceparent")
"""The prefixes of the headers that are shown."""
POLL_MS: Final = 300


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record as text. `cut` is the number of characters of its value that are left out."""

    partition: int
    offset: int
    at: datetime
    key: str
    headers: tuple[tuple[str, str], ...]
    value: str
    cut: int = 0


def last(connection: Mapping[str, object], topic: str, seconds: float) -> list[ShownRecord]:
    """Return up to `MOST` records, newest first, as far as Kafka sends them in time. Raises `Refused`."""
    with reading(connection, topic) as (reader, partitions):
        begins = reader.beginning_offsets(partitions, timeout_ms=REACH_MS)
        ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
        for place in partitions:
            reader.seek(place, max(begins[place], ends[place] - MOST))
        records = _read(reader, [place for place in partitions if begins[place] < ends[place]], ends, seconds)
    newest = sorted(
        records, key=lambda record: (record.timestamp, record.partition, record.offset), reverse=True
    )
    return [shown_record(record) for record in newest[:MOST]]


def at(
    connection: Mapping[str, object], topic: str, partition: int, offset: int, seconds: float
) -> ShownRecord | None:
    """Return the record at this offset; None if it is gone or Kafka doesn't send it in time. Raises `Refused`."""
    with reading(connection, topic) as (reader, partitions):
        place = TopicPartition(topic, partition)
        if place not in partitions:
            return None
        begin, end = (
            offsets_of([place], timeout_ms=REACH_MS)[place]
            for offsets_of in (reader.beginning_offsets, reader.end_offsets)
        )
        if not begin <= offset < end:
            return None
        reader.assign([place])
        reader.seek(place, offset)
        records = _read(reader, [place], {place: offset + 1}, seconds)
    return next((shown_record(record) for record in records if record.offset == offset), None)


def _read(
    reader: KafkaConsumer,
    partitions: Sequence[TopicPartition],
    ends: Mapping[TopicPartition, int],
    seconds: float,
) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(
        reader.position(place, timeout_ms=REACH_MS) < ends[place] for place in partitions
    ):
        polled: Mapping[TopicPartition, Sequence[ConsumerRecord]] = reader.poll(timeout_ms=POLL_MS)
        found.extend(record for records in polled.values() for record in records)
    return found


def shown_record(record: ConsumerRecord) -> ShownRecord:
    """Return a record of kafka-python as text."""
    value = _text(record.value)
    return ShownRecord(
        partition=record.partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=_text(record.key)[:LONGEST_HEADER],
        headers=tuple(
            (name, _text(raw)[:LONGEST_HEADER])
            for name, raw in record.headers or ()
            if name.lower().startswith(SHOWN)
        ),
        value=value[:LONGEST_VALUE],
        cut=max(0, len(value) - LONGEST_VALUE),
    )


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")
