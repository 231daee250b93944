"""The recorded events: what the topic holds since a moment, read beside the consumer's group and leaving no trace."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from topics import clients
from topics.event_consumer import Record, plain

POLL_MS = 500
PATIENCE_SECONDS = 30.0


class RecordedEvents:
    """The topic from `since` up to its end of now. Raises kafka-python's `KafkaError` where the broker is away."""

    def __init__(self, topic: str, *, since: datetime, connection: Mapping[str, Any]) -> None:
        self._consumer = clients.replay_consumer(connection)
        try:
            self._ends = self._seek(topic, since)
        except BaseException:
            self._consumer.close()
            raise

    def _seek(self, topic: str, since: datetime) -> dict[TopicPartition, int]:
        numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise UnknownTopicOrPartitionError(f"there is no topic {topic}")
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        self._consumer.assign(partitions)
        ends: dict[TopicPartition, int] = self._consumer.end_offsets(partitions)
        moment = int(since.timestamp() * 1000)
        firsts = self._consumer.offsets_for_times(dict.fromkeys(partitions, moment))
        self.total = 0
        for partition, end in ends.items():
            found = firsts.get(partition)
            first = end if found is None else found.offset
            self._consumer.seek(partition, first)
            self.total += max(end - first, 0)
        return ends

    def batches(self) -> Iterator[Sequence[Record]]:
        """The records, in order within each partition; `total` is about how many."""
        quiet_since = time.monotonic()
        while open_ := [one for one, end in self._ends.items() if self._consumer.position(one) < end]:
            polled = self._consumer.poll(timeout_ms=POLL_MS)
            batch = [
                plain(record)
                for partition, records in polled.items()
                for record in records
                if record.offset < self._ends[partition]
            ]
            if batch:
                quiet_since = time.monotonic()
                yield batch
            elif time.monotonic() - quiet_since > PATIENCE_SECONDS:
                raise KafkaTimeoutError(f"{len(open_)} partitions tell nothing for {PATIENCE_SECONDS:.0f} s")

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()
