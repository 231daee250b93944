"""The last records of a topic, as people read them. Nothing is committed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from topics.clients import REACH_MS
from topics.reader import reading

MOST: Final = 20
LONGEST_VALUE: Final = 4_000
LONGEST_HEADER: Final = 300
SHOWN: Final = ("ce_", "m2t-", "traceparent")
"""How the headers begin that are shown."""
POLL_MS: Final = 300


@dataclass(frozen=True, slots=True)
class Told:
    """A record as text. `cut` is how many characters of its value are left out."""

    partition: int
    offset: int
    at: datetime
    key: str
    headers: tuple[tuple[str, str], ...]
    value: str
    cut: int = 0


def last(connection: Mapping[str, Any], topic: str, seconds: float) -> list[Told]:
    """The newest `MOST`, newest first, as far as they come in so many seconds. Raises `Refused`."""
    with reading(connection, topic) as (reader, partitions):
        begins = reader.beginning_offsets(partitions, timeout_ms=REACH_MS)
        ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
        for one in partitions:
            reader.seek(one, max(begins[one], ends[one] - MOST))
        records = _read(reader, [one for one in partitions if begins[one] < ends[one]], ends, seconds)
    newest = sorted(records, key=lambda one: (one.timestamp, one.partition, one.offset), reverse=True)
    return [told(one) for one in newest[:MOST]]


def at(connection: Mapping[str, Any], topic: str, partition: int, offset: int, seconds: float) -> Told | None:
    """The record of this place, where it is still kept and comes in so many seconds. Raises `Refused`."""
    with reading(connection, topic) as (reader, partitions):
        place = TopicPartition(topic, partition)
        if place not in partitions:
            return None
        begin, end = (
            asked([place], timeout_ms=REACH_MS)[place]
            for asked in (reader.beginning_offsets, reader.end_offsets)
        )
        if not begin <= offset < end:
            return None
        reader.assign([place])
        reader.seek(place, offset)
        records = _read(reader, [place], {place: offset + 1}, seconds)
    return next((told(one) for one in records if one.offset == offset), None)


def _read(
    reader: KafkaConsumer,
    partitions: Sequence[TopicPartition],
    ends: Mapping[TopicPartition, int],
    seconds: float,
) -> list[Any]:
    found: list[Any] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(
        reader.position(one, timeout_ms=REACH_MS) < ends[one] for one in partitions
    ):
        polled: Mapping[TopicPartition, Sequence[Any]] = reader.poll(timeout_ms=POLL_MS)
        found.extend(record for records in polled.values() for record in records)
    return found


def told(record: Any) -> Told:
    """kafka-python's record as text."""
    value = _text(record.value)
    return Told(
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
