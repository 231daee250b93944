"""The relay: outcomes and dead letters, written in the database first, go to their topics after the commit.

At least once: a row is published, acknowledged, and then marked; of several processes one does it at a time. The dead
letter keeps the record's key and value untouched, and tells where it came from and why in ``m2t-dlq-*`` headers.
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
GATHER_SECONDS = 0.3
LAST_SECONDS = 5.0
"""How long a relay that stops goes on publishing what waits."""
ACK_SECONDS = 30
CLOSE_SECONDS = 3


class OutcomeRelay(Worker):
    """Publishes what waits; a broker that is away is waited for."""

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
        """Something may wait to be published."""
        self._wakeup.set()

    def request_stop(self) -> None:
        """Ask for the end: what waits is published first."""
        super().request_stop()
        self._wakeup.set()

    def run_round(self) -> None:
        """Wait for something to publish, then publish it."""
        self._wakeup.wait(LOOK_SECONDS)
        # Many outcomes in one transaction: nobody waits for them, and intake and delivery wait for the writer.
        self.pause(GATHER_SECONDS)
        self._wakeup.clear()
        while not self.stopping and self._publish_some():
            pass

    def after_error(self, error: Exception) -> float:
        """Say what failed; what was not published is published by the next round."""
        if isinstance(error, KafkaError):
            log.warning("relay_waits_for_kafka", error=type(error).__name__)
            self._drop_producer()
        elif not is_away(error):
            log.exception("relay_failed")
        return LOOK_SECONDS

    def finish(self) -> None:
        """Publish what waits while there is time; the rows of the rest stay for the next process."""
        deadline = time.monotonic() + LAST_SECONDS
        try:
            while time.monotonic() < deadline and self._publish_some():
                pass
        finally:
            self._drop_producer()

    def _publish_some(self) -> bool:
        """One batch of each, unless another process is publishing; True where there may be more."""
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
            # Its close raises while the broker is away; nothing is lost, for the rows stand.
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
