"""The quarantine reader: store the webhooks that the endpoint could not read, from the dead-letter topic, as rows.

The endpoint never writes to the database, so it publishes them to the topic. Here they become rows like all other dead
letters. Records are stored before their offsets are committed; one that is read again is recognised by its offset. If
the table is full (`records.log.dead_letters.room`), they stay on the topic, for as long as it retains records.

Each is also a row of its shop's feed log, where that is on, and so are the webhooks that the endpoint refused: it
reports them on the same topic, and they get at most one row a minute for each shop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from kafka.errors import KafkaError
from sqlalchemy import Connection

from background.worker import Worker
from consumer.dead_letter import dead_letter_of
from consumer.outbox.webhook_rows import is_due, quarantined_row, refused_row
from consumer.results.counters import intake_counts
from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.log import counters, dead_letters, feeds
from records.log.dead_letters import LONGEST_REASON, DeadLetter
from records.rules.load_rulebook import RulebookReader
from schemas import quarantined
from schemas.event_signature import EventSignatures, UnverifiedEvent
from schemas.quarantined import ERROR_CLASS, QuarantinedWebhook
from topics import refused_webhooks
from topics.event_consumer import KafkaProductEvents, Record
from topics.refused_webhooks import RefusedWebhooks

log = structlog.get_logger(__name__)

GROUP_SUFFIX: Final = ".quarantine"
POLL_SECONDS = 0.5
AWAY_SECONDS = 0.5
FAILED_SECONDS = 10.0
"""The wait after an unexpected error."""
FULL_SECONDS = 30.0
"""The wait before checking again whether the table has room."""
LONGEST_SHOP: Final = 40


class QuarantineReader(Worker):
    """Reads the dead-letter topic, in a consumer group of its own."""

    def __init__(
        self,
        database: Database,
        connection: Mapping[str, Any],
        signatures: EventSignatures,
        box: SecretBox,
        *,
        dead_letters_topic: str,
        group_id: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("quarantine reader")
        self._database = database
        self._connection = connection
        self._signatures = signatures
        self._rulebooks = RulebookReader(box)
        self._name = dead_letters_topic
        self._group_id = f"{group_id}{GROUP_SUFFIX}"
        self._clock = clock
        self._topic: KafkaProductEvents | None = None

    def run_round(self) -> None:
        """Store one batch, then commit it. If the table is full, leave the group and wait `FULL_SECONDS`."""
        if self._topic is None:
            if not self._has_room():
                self.pause(FULL_SECONDS)
                return
            self._topic = KafkaProductEvents(self._name, group_id=self._group_id, connection=self._connection)
        records = self._topic.poll(POLL_SECONDS)
        if not records:
            return
        self.take(records)
        self._topic.commit(records)
        if not self._has_room():
            log.warning("quarantine_full", topic=self._name)
            self._leave_group()
            self.pause(FULL_SECONDS)

    def after_error(self, error: Exception) -> float:
        """Log the error and leave the group: uncommitted records are then read again."""
        if isinstance(error, KafkaError):
            log.warning("quarantine_waits_for_kafka", error=type(error).__name__)
        elif not is_away(error):
            log.exception("quarantine_failed")
        self._leave_group()
        return AWAY_SECONDS if isinstance(error, KafkaError) or is_away(error) else FAILED_SECONDS

    def finish(self) -> None:
        """Leave the group. Unread records stay on the topic."""
        self._leave_group()

    def take(self, records: Sequence[Record]) -> int:
        """Store the quarantined webhooks among these records in one transaction. Return how many were new.

        Refused webhooks only get their row of the feed log.
        """
        letters, refused = self._sorted(records)
        if not letters and not refused:
            return 0
        now = self._clock()
        with self._database.write() as connection:
            new = dead_letters.put(connection, letters, published_at=now)
            self._put_rows(connection, new, refused)
            counters.add(connection, intake_counts([], [], new, now=now), now=now)
        for letter in new:
            log.error("quarantined", reason=letter.reason, shop=letter.shop, offset=letter.origin_offset)
        return len(new)

    def _sorted(self, records: Sequence[Record]) -> tuple[list[DeadLetter], list[RefusedWebhooks]]:
        """Return the quarantined webhooks and the refused ones; dead letters of intake are neither."""
        letters, refused = [], []
        for record in records:
            if (letter := letter_of(record, self._signatures)) is not None:
                letters.append(letter)
            report = refused_webhooks.from_record(record.key, record.value, record.headers, self._signatures)
            if report is not None:
                refused.append(report)
        return letters, refused

    def _put_rows(
        self, connection: Connection, letters: Sequence[DeadLetter], refused: Sequence[RefusedWebhooks]
    ) -> None:
        rulebooks = self._rulebooks.read(connection)
        logged = {shop for shop in rulebooks.shops if rulebooks.policy_of(shop).policy.feed_log}
        for letter in letters:
            webhook = quarantined.read(letter.headers) if letter.shop in logged else None
            if webhook is not None:
                feeds.put(connection, [quarantined_row(letter, webhook)])
        for report in refused:
            if report.shop in logged and is_due(
                report, feeds.newest_at(connection, report.shop, feeds.REFUSED)
            ):
                feeds.put(connection, [refused_row(report)])

    def _has_room(self) -> bool:
        with self._database.read() as connection:
            return dead_letters.room(connection, self._name)

    def _leave_group(self) -> None:
        topic, self._topic = self._topic, None
        if topic is not None:
            topic.close()


def letter_of(record: Record, signatures: EventSignatures) -> DeadLetter | None:
    """Return the row of a quarantined webhook; None for other dead letters, which the relay published from their rows.

    A webhook without a valid signature of the endpoint gets that as its reason, and no shop.
    """
    content = quarantined.read(record.headers)
    if content is None:
        return None
    letter = _row(record, content)
    try:
        quarantined.verify(record.key, record.value, record.headers, signatures)
    except UnverifiedEvent as error:
        return replace(letter, shop=None, reason=error.reason, error_message=str(error))
    return letter


def _row(record: Record, value: QuarantinedWebhook) -> DeadLetter:
    return dead_letter_of(
        record,
        shop=value.shop[:LONGEST_SHOP],
        reason=value.reason[:LONGEST_REASON],
        error_class=ERROR_CLASS,
        # PostgreSQL can't store NUL in text. The body is stored as bytes, unchanged.
        error_message=value.detail.replace("\x00", ""),
        failed_at=value.received_at,
        sender=value.sender.replace("\x00", ""),
    )
