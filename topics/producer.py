"""Publish the records of a webhook: Kafka has acknowledged them, or the sender is asked to retry.

Each process creates its producer once and in the background: creating one waits for a broker, and a producer does not
survive a fork.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.event_signature import EventSignatures
from schemas.product_event import ProductEvent, to_record
from schemas.quarantined import QuarantinedWebhook
from topics import clients, refused_webhooks
from topics.clients import Options
from topics.refused_webhooks import RefusedWebhooks

log = structlog.get_logger(__name__)

WAIT_SECONDS = 1.0
MOST_WAITING_RECORDS, MOST_WAITING_BYTES = 4_000, 32 * 2**20
"""The most that may be unacknowledged in one process; beyond it, senders are asked to retry, to bound memory."""


class NotPublished(Exception):
    """Kafka did not acknowledge in time; it may still do so, and then the event comes twice."""

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
    """What the webhook endpoint needs of Kafka."""

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Return when all replicas in sync have acknowledged all records (`acks=all`, `topics.clients`).

        Raises `NotPublished` after about a second.
        """


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that the webhook endpoint writes to, and the keys that sign its records."""

    events: str
    dead_letters: str
    signatures: EventSignatures

    def event_records(self, events: Iterable[ProductEvent]) -> list[OutgoingRecord]:
        """Return these events as records, in their order."""
        return [self._event(event) for event in events]

    def quarantine_record(self, webhook: QuarantinedWebhook, body: bytes) -> OutgoingRecord:
        """Return the record of a webhook whose body can't be read: what is kept of it, with the reason in headers."""
        key = webhook.shop.encode()
        headers = webhook.headers(key, body, self.signatures)
        return OutgoingRecord(self.dead_letters, key, body, tuple(headers))

    def refused_record(self, refused: RefusedWebhooks) -> OutgoingRecord:
        """Return the record of webhooks that were refused."""
        key, value, headers = refused_webhooks.to_record(refused, self.signatures)
        return OutgoingRecord(self.dead_letters, key, value, tuple(headers))

    def _event(self, event: ProductEvent) -> OutgoingRecord:
        # The key is `shop/sku`, so that events of one product usually share a partition and are read in their order,
        # which counts where Magento's `updated_at` says nothing (`policies.events.event_order`).
        key, value, headers = to_record(event, self.signatures)
        return OutgoingRecord(self.events, key, value, tuple(headers))


class KafkaPublisher:
    """Publishes to a real broker. Connects at the first use; safe for many threads."""

    def __init__(
        self,
        connection: Options,
        *,
        make: Callable[[Options], KafkaProducer] = clients.webhook_producer,
    ) -> None:
        self._connection = connection
        self._make = make
        self._lock = threading.Lock()
        self._opened_by = 0
        self._opening: Future[KafkaProducer] = Future()
        self._unacknowledged = _Unacknowledged()

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Send all records, and wait up to a second for all acknowledgements. Raises `NotPublished`."""
        deadline = time.monotonic() + WAIT_SECONDS
        try:
            producer = self._producer().result(WAIT_SECONDS)
            for future in self._sent(producer, records):
                future.get(timeout=max(0.0, deadline - time.monotonic()))
        except (KafkaError, TimeoutError, ValueError) as error:
            raise NotPublished(type(error).__name__) from error

    def _producer(self) -> Future[KafkaProducer]:
        """Return the producer of this process, or start creating it: at first, after a failure and after a fork."""
        with self._lock:
            failed = self._opening.done() and self._opening.exception() is not None
            if self._opened_by != os.getpid() or failed:
                self._opened_by, self._opening = os.getpid(), Future()
                self._unacknowledged = _Unacknowledged()
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
            self._unacknowledged.take(record.size)
            try:
                future = producer.send(record.topic, record.value, record.key, list(record.headers))
            except BaseException:
                self._unacknowledged.release(record.size)
                raise
            future.add_both(lambda _, size=record.size: self._unacknowledged.release(size))
            futures.append(future)
        return futures


class _Unacknowledged:
    """Counts the records that are sent and not acknowledged yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records = self._bytes = 0

    def take(self, size: int) -> None:
        """Count one more record. Raises `NotPublished` if there are too many."""
        with self._lock:
            if self._records >= MOST_WAITING_RECORDS or self._bytes + size > MOST_WAITING_BYTES:
                raise NotPublished("too_many_waiting")
            self._records += 1
            self._bytes += size

    def release(self, size: int) -> None:
        """Count one record less."""
        with self._lock:
            self._records -= 1
            self._bytes -= size
