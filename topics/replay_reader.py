"""Read the product events that the topic has since a given time, without a group: nothing is committed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from topics import clients
from topics.clients import Options
from topics.event_consumer import Record, plain

POLL_MS = 500
QUIET_SECONDS = 30.0


class RecordedEvents:
    """The records from `since` up to the topic's present end. Raises kafka-python's `KafkaError` if Kafka is away."""

    def __init__(self, topic: str, *, since: datetime, connection: Options) -> None:
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
        """Yield the records in batches, in order within each partition; `total` is about how many there are.

        Raises `KafkaTimeoutError` after 30 s without a record.
        """
        quiet_since = time.monotonic()
        while open_ := [
            partition for partition, end in self._ends.items() if self._consumer.position(partition) < end
        ]:
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
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                raise KafkaTimeoutError(f"no record for {QUIET_SECONDS:.0f} s from partitions: {len(open_)}")

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()
