"""The outcome relay: publish the outcomes and dead letters that are stored in the database (a transactional outbox).

Rows are published at least once: they are marked as published after Kafka's acknowledgement. Of several processes, one
publishes at a time. A dead letter keeps the key and value of its record; ``m2t-dlq-*`` headers contain its origin and
reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from background.worker import Worker
from records.db.database import Database, is_away
from records.log import dead_letters, outcomes
from records.log.dead_letters import DeadLetter
from records.log.outcomes import OutcomeRow
from topics import clients

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
BATCH_SIZE = 500
"""The most outcomes, and the most dead letters, in one transaction."""
GATHER_SECONDS = 0.3
"""How long outcomes are collected before they are published together."""
LAST_SECONDS = 5.0
"""How long a relay that stops continues to publish the rows that are left."""
ACK_SECONDS = 30
"""How long to wait for Kafka's acknowledgement of a record."""
CLOSE_SECONDS = 3


class OutcomeRelay(Worker):
    """Publishes unpublished rows, and retries while the broker is away."""

    def __init__(
        self,
        database: Database,
        connection: Mapping[str, Any],
        *,
        outcomes_topic: str,
        dead_letters_topic: str,
        group_id: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("outcome relay")
        self._database = database
        self._connection = connection
        self._outcomes_topic = outcomes_topic
        self._dead_letters_topic = dead_letters_topic
        self._group_id = group_id
        self._clock = clock
        self._wakeup = threading.Event()
        self._producer: KafkaProducer | None = None

    def wake(self) -> None:
        """Tell the relay that there may be something to publish."""
        self._wakeup.set()

    def request_stop(self) -> None:
        """Request a stop. `finish` publishes the rows that are left."""
        super().request_stop()
        self._wakeup.set()

    def run_round(self) -> None:
        """Wait for something to publish, then publish it."""
        self._wakeup.wait(LOOK_SECONDS)
        # Outcomes are not urgent, and intake and delivery may wait for this transaction (SQLite has one writer): so
        # publish many at a time.
        self.pause(GATHER_SECONDS)
        self._wakeup.clear()
        while not self.stopping and self._publish_some():
            pass

    def after_error(self, error: Exception) -> float:
        """Log the error. The next round publishes what was not published."""
        if isinstance(error, KafkaError):
            log.warning("relay_waits_for_kafka", error=type(error).__name__)
            self._drop_producer()
        elif not is_away(error):
            log.exception("relay_failed")
        return LOOK_SECONDS

    def finish(self) -> None:
        """Publish the rows that are left, for `LAST_SECONDS` at most. The next process publishes the others."""
        deadline = time.monotonic() + LAST_SECONDS
        try:
            while time.monotonic() < deadline and self._publish_some():
                pass
        finally:
            self._drop_producer()

    def _publish_some(self) -> bool:
        """Publish a batch of both kinds, unless another process is publishing. Return whether there may be more."""
        if not any(self._waiting()):
            return False
        with self._database.turn("relay") as ours:
            return ours and any(waiting := self._waiting()) and self._publish(*waiting)

    def _waiting(self) -> tuple[list[OutcomeRow], list[DeadLetter]]:
        with self._database.read() as connection:
            return outcomes.unpublished(connection, BATCH_SIZE), dead_letters.unpublished(
                connection, BATCH_SIZE
            )

    def _publish(self, values: Sequence[OutcomeRow], letters: Sequence[DeadLetter]) -> bool:
        self._send(
            [
                *((self._outcomes_topic, *_outcome(row)) for row in values),
                *((self._dead_letters_topic, *_letter(letter, self._group_id)) for letter in letters),
            ]
        )
        with self._database.write() as connection:
            outcomes.published(connection, [row.outcome_id for row in values])
            dead_letters.published(connection, [letter.id for letter in letters], now=self._clock())
        return max(len(values), len(letters)) == BATCH_SIZE

    def _send(
        self, records: Sequence[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]]
    ) -> None:
        if self._producer is None:
            self._producer = clients.stored_producer(self._connection)
        futures = [
            self._producer.send(topic, key=key, value=value, headers=headers)
            for topic, key, value, headers in records
        ]
        for future in futures:
            future.get(timeout=ACK_SECONDS)

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # Closing raises while the broker is away. Nothing is lost: the rows are still unpublished.
            with suppress(Exception):
                producer.close(timeout=CLOSE_SECONDS)


def _outcome(row: OutcomeRow) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    value = {
        "outcome_id": row.outcome_id,
        "shop": row.shop,
        "sku": row.sku,
        "event_id": row.event_id,
        "kind": row.kind,
        "operation": row.operation,
        "code": row.code,
        "request_id": row.request_id,
        "at": row.at.isoformat(),
    }
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", row.outcome_id.encode()),
        ("ce_source", f"/tiktok/{row.shop}".encode()),
        ("ce_type", f"tiktok.sync.{row.kind}".encode()),
        ("ce_time", row.at.isoformat().encode()),
        ("content-type", b"application/json"),
    ]
    return f"{row.shop}/{row.sku}".encode(), orjson.dumps(value), headers


def _letter(letter: DeadLetter, group_id: str) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    fields = {
        "origin-topic": letter.origin_topic,
        "origin-partition": letter.origin_partition,
        "origin-offset": letter.origin_offset,
        "origin-timestamp": letter.origin_timestamp,
        "group": group_id,
        "reason": letter.reason,
        "error-class": letter.error_class,
        "error-message": letter.error_message,
        "first-failed-at": letter.first_failed_at.isoformat(),
    }
    added = [(f"m2t-dlq-{name}", str(value).encode()) for name, value in fields.items()]
    return letter.key, letter.value, [*letter.headers, *added]
