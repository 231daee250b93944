"""Read the topic of product events in batches, and commit offsets after the database has.

An offset is committed when its record is handled, never because it was polled. Commits are combined over 0.2 s, because
a commit costs the broker and the consumer as much as a batch does. A commit that is lost, in a rebalance or a crash,
does no harm: the records are read again, and their event ids are recognized as duplicates.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from topics import clients
from topics.clients import Options

log = structlog.get_logger(__name__)

COMMIT_TIMEOUT_MS = 5_000
COMMIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class KafkaProductEvents:
    """The topic on a real broker. For one thread only: kafka-python's consumer is not thread-safe."""

    def __init__(self, topic: str, *, group_id: str, connection: Options) -> None:
        self._topic = topic
        self._handled: dict[TopicPartition, OffsetAndMetadata] = {}
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        self._committed_at = 0.0
        self._consumer = clients.event_consumer(topic, group_id, connection)

    def poll(self, seconds: float) -> Sequence[Record]:
        """Return the next records, waiting up to `seconds`; none, with a log line, while the broker is away."""
        try:
            polled = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            log.warning("kafka_away", topic=self._topic, error=type(error).__name__)
            return ()
        self._join_again_if_forgotten()
        if not polled:
            self._commit()
        return [plain(record) for records in polled.values() for record in records]

    def _join_again_if_forgotten(self) -> None:
        """Rejoin the group if kafka-python lost a join that ended between two polls.

        The group's leader rejoins when a topic's metadata arrive or change. In kafka-python 3.0.12 (the newest), if a
        poll times out just before that join ends, `need_rejoin` returns False from then on: the assigned partitions are
        never read, no heartbeat is sent, and nothing is logged. This happened at about one start in 140, because there
        the metadata arrive after 100 ms and a poll lasts 100 ms. No public call shows it, hence the private names.
        """
        coordinator = self._consumer._coordinator
        join = coordinator._join_task
        if join is not None and join.is_done and not coordinator.need_rejoin():
            log.warning("join_forgotten", topic=self._topic, next="joining again")
            coordinator.request_rejoin()

    def commit(self, records: Sequence[Record]) -> None:
        """Commit the offset after each partition's last record, within about 0.2 s and without waiting for the answer.

        If a commit is refused or lost, the next one, or `close`, covers the same records.
        """
        successors: dict[TopicPartition, int] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            successors[partition] = max(successors.get(partition, 0), record.offset + 1)
        offsets = {partition: OffsetAndMetadata(offset) for partition, offset in successors.items()}
        self._handled.update(offsets)
        self._uncommitted.update(offsets)
        if time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self._commit()

    def _commit(self) -> None:
        offsets, self._uncommitted = self._uncommitted, {}
        if not offsets:
            return
        self._committed_at = time.monotonic()
        try:
            self._consumer.commit_async(offsets)
        except KafkaError as error:
            log.info("commit_refused", topic=self._topic, error=type(error).__name__)

    def lag(self) -> dict[int, int]:
        """Return the number of records that are not read yet, by partition, as of the last fetches."""
        lags: dict[int, int] = {}
        for partition in self._consumer.assignment():
            highwater = self._consumer.highwater(partition)
            position = self._consumer.position(partition, timeout_ms=100) if highwater is not None else None
            if highwater is not None and position is not None:
                lags[partition.partition] = max(0, highwater - position)
        return lags

    def close(self) -> None:
        """Commit what was handled and leave the group, within five seconds each request; never raises `KafkaError`."""
        try:
            ours = {
                partition: handled
                for partition, handled in self._handled.items()
                if partition in self._consumer.assignment() and self._is_behind(partition, handled.offset)
            }
            if ours:
                self._consumer.commit(ours, timeout_ms=COMMIT_TIMEOUT_MS)
            self._consumer.close(autocommit=False, timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            log.info("consumer_close", error=type(error).__name__)

    def _is_behind(self, partition: TopicPartition, offset: int) -> bool:
        """Return whether less is committed. More is if another member had the partition for a while."""
        committed = self._consumer.committed(partition, timeout_ms=COMMIT_TIMEOUT_MS)
        return committed is None or committed < offset


def plain(record: Any) -> Record:
    """Convert kafka-python's record."""
    headers = tuple((name, value or b"") for name, value in record.headers or ())
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        headers,
    )
