"""A dead letter of a Kafka record: what stays of a record that can't be applied, byte for byte."""

from __future__ import annotations

from datetime import datetime

from records.log.dead_letters import DeadLetter
from topics.event_consumer import Record


def dead_letter_of(
    record: Record,
    *,
    shop: str | None,
    reason: str,
    error_class: str,
    error_message: str,
    failed_at: datetime,
    sender: str | None = None,
) -> DeadLetter:
    """Return the dead letter of a record.

    It keeps the record's place on the topic, so that it is stored once, however often the record is read.
    """
    return DeadLetter(
        shop=shop,
        origin_topic=record.topic,
        origin_partition=record.partition,
        origin_offset=record.offset,
        origin_timestamp=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=record.headers,
        reason=reason,
        error_class=error_class,
        error_message=error_message,
        first_failed_at=failed_at,
        sender=sender,
    )
