"""Publishing: the records of one delivery are on the topic, acknowledged, or the sender is asked to come again.

The producer is made in the background and once for each process: making one waits for a broker, and one does not
survive a fork.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from magento.delivery import Accepted, Quarantined
from schemas.event_signature import EventSignatures
from schemas.product_event import ProductEvent, to_record
from schemas.quarantined import QuarantinedWebhook
from topics import clients

log = structlog.get_logger(__name__)

WAIT_SECONDS = 1.0
MOST_WAITING_RECORDS, MOST_WAITING_BYTES = 4_000, 32 * 2**20
"""Not yet acknowledged, of one process; beyond it a delivery is asked to come again instead of filling the memory."""


class NotPublished(Exception):
    """Kafka did not acknowledge in time; it may still do so, and then the event comes twice under one id."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} ({reason})")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One Kafka record."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def size(self) -> int:
        """Bytes of key and value."""
        return len(self.key) + len(self.value)


class Publisher(Protocol):
    """What the door needs of Kafka."""

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """All of them are durable when this returns. Raises `NotPublished` within a second or so."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Where the door's records go, and what they are signed with."""

    events: str
    dead_letters: str
    signatures: EventSignatures

    def records(self, shop: str, raw: bytes, answer: Accepted | Quarantined) -> list[OutgoingRecord]:
        """The delivery as records: its events, or the raw bytes with the reason in headers."""
        if isinstance(answer, Accepted):
            return [self._event(event) for event in answer.events]
        return [self._dead_letter(shop, raw, answer)]

    def _event(self, event: ProductEvent) -> OutgoingRecord:
        key, value, headers = to_record(event, self.signatures)
        return OutgoingRecord(self.events, key, value, tuple(headers))

    def _dead_letter(self, shop: str, raw: bytes, letter: Quarantined) -> OutgoingRecord:
        webhook = QuarantinedWebhook(
            shop,
            letter.event_id,
            letter.reason,
            letter.detail,
            letter.received_at,
            letter.traceparent,
            letter.sender,
        )
        key = shop.encode()
        return OutgoingRecord(self.dead_letters, key, raw, tuple(webhook.headers(key, raw, self.signatures)))


class KafkaPublisher:
    """Publishes to a real broker. Nothing is opened before the first use; safe for many threads."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        *,
        make: Callable[[Mapping[str, Any]], KafkaProducer] = clients.webhook_producer,
    ) -> None:
        self._connection = connection
        self._make = make
        self._lock = threading.Lock()
        self._opened_by = 0
        self._opening: Future[KafkaProducer] = Future()
        self._waiting = _Waiting()

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Send all, and wait one second for all acknowledgements. Raises `NotPublished`."""
        deadline = time.monotonic() + WAIT_SECONDS
        try:
            producer = self._producer().result(WAIT_SECONDS)
            for future in self._sent(producer, records):
                future.get(timeout=max(0.0, deadline - time.monotonic()))
        except (KafkaError, TimeoutError, ValueError) as error:
            raise NotPublished(type(error).__name__) from error

    def _producer(self) -> Future[KafkaProducer]:
        """The producer of this process, or the making of it; a failed making is begun again."""
        with self._lock:
            failed = self._opening.done() and self._opening.exception() is not None
            if self._opened_by != os.getpid() or failed:
                self._opened_by, self._opening = os.getpid(), Future()
                self._waiting = _Waiting()
                threading.Thread(target=self._open, args=(self._opening,), daemon=True).start()
            return self._opening

    def _open(self, opening: Future[KafkaProducer]) -> None:
        try:
            opening.set_result(self._make(self._connection))
        except Exception as error:
            log.warning("kafka_away", error=type(error).__name__)
            opening.set_exception(error if isinstance(error, KafkaError) else KafkaError(repr(error)))

    def _sent(self, producer: KafkaProducer, records: Sequence[OutgoingRecord]) -> list[Any]:
        futures = []
        for record in records:
            self._waiting.take(record.size)
            try:
                future = producer.send(record.topic, record.value, record.key, list(record.headers))
            except BaseException:
                self._waiting.release(record.size)
                raise
            future.add_both(lambda _, size=record.size: self._waiting.release(size))
            futures.append(future)
        return futures


class _Waiting:
    """Records sent and not yet acknowledged, counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records = self._bytes = 0

    def take(self, size: int) -> None:
        """One more; raises `NotPublished` where there are too many."""
        with self._lock:
            if self._records >= MOST_WAITING_RECORDS or self._bytes + size > MOST_WAITING_BYTES:
                raise NotPublished("too_many_waiting")
            self._records += 1
            self._bytes += size

    def release(self, size: int) -> None:
        """One less."""
        with self._lock:
            self._records -= 1
            self._bytes -= size
