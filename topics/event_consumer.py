"""The topic of product events, as intake reads it: batches of plain records, and a commit after the database.

The offsets committed are those of the records handled, plus one; never the poll position. One commit tells of all
batches of a fifth of a second, for each costs the broker and us as much as a batch does. A commit that a rebalance
refuses, or that a crash forestalls, is no fault: the records come again, and their event ids are known.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from topics import clients

log = structlog.get_logger(__name__)

COMMIT_TIMEOUT_MS = 5_000
COMMIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record, as data."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class KafkaProductEvents:
    """The topic on a real broker. For one thread: kafka-python's consumer is not thread safe."""

    def __init__(self, topic: str, *, group_id: str, connection: Mapping[str, Any]) -> None:
        self._topic = topic
        self._handled: dict[TopicPartition, OffsetAndMetadata] = {}
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        self._committed_at = 0.0
        self._consumer = clients.event_consumer(topic, group_id, connection)

    def poll(self, seconds: float) -> Sequence[Record]:
        """The next records. While the broker is away it returns none, and says so in the log."""
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
        """Ask for a new join where kafka-python forgot one that ended between two polls.

        Whoever leads the group joins again when a topic's metadata came or changed. In 3.0.12 (the newest), where the
        poll's time is over just before that join ends, `need_rejoin` says no from then on: the partitions that the
        broker gave are never read, no heart beats, and nothing says so. Seen at about one start in 140, for there the
        metadata come after 100 ms and a poll lasts 100 ms. No public call tells of it, hence the private names.
        """
        coordinator = self._consumer._coordinator
        join = coordinator._join_task
        if join is not None and join.is_done and not coordinator.need_rejoin():
            log.warning("join_forgotten", topic=self._topic, next="joining again")
            coordinator.request_rejoin()

    def commit(self, records: Sequence[Record]) -> None:
        """Commit the successor of each partition's last record, in a while and without waiting for the answer.

        A commit that is refused or lost is no fault: the next one, or `close`, says the same and more.
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
        """Records not yet handled, by partition, as far as the last fetches told."""
        lags: dict[int, int] = {}
        for partition in self._consumer.assignment():
            highwater = self._consumer.highwater(partition)
            position = self._consumer.position(partition, timeout_ms=100) if highwater is not None else None
            if highwater is not None and position is not None:
                lags[partition.partition] = max(0, highwater - position)
        return lags

    def close(self) -> None:
        """Commit what was handled and leave the group, within five seconds each; never raises."""
        try:
            found = self._consumer.assignment()
            ours = {partition: offset for partition, offset in self._handled.items() if partition in found}
            if ours:
                self._consumer.commit(ours, timeout_ms=COMMIT_TIMEOUT_MS)
            self._consumer.close(autocommit=False, timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            log.info("consumer_close", error=type(error).__name__)


def plain(record: Any) -> Record:
    """kafka-python's record as ours."""
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
