"""Dead letters of events and webhooks, and a Kafka to redrive them to."""

from __future__ import annotations

import pytest
from kafka import KafkaConsumer, TopicPartition

from console.web.context import Kafka
from consumer.outbox.quarantine_reader import letter_of
from magento.delivery import keep
from records.db.database import Database
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from sandbox.kafka import Broker
from schemas.product_event import EventKind, ProductEvent, from_record, to_record
from schemas.quarantined import QuarantinedWebhook
from tests.policies.examples import NOON
from tests.records.examples import SIGNATURES
from topics import admin as topics
from topics.event_consumer import Record
from topics.producer import Topics


def letter(
    number: int, *, shop: str = "demo", value: bytes | None = None, reason: str = "intake_failed"
) -> DeadLetter:
    """Return the dead letter of an event that intake couldn't process."""
    event = ProductEvent(f"evt-{number}", shop, EventKind.SAVED, NOON, entity_id="1", sku=f"SHIRT-{number}")
    key, found, headers = to_record(event, SIGNATURES)
    return DeadLetter(
        shop=shop,
        origin_topic="magento.product.events",
        origin_partition=0,
        origin_offset=number,
        origin_timestamp=1_795_000_000_000,
        key=key,
        value=found if value is None else value,
        headers=tuple(headers),
        reason=reason,
        error_class="KeyError",
        error_message=f"what went wrong with {number}",
        first_failed_at=NOON,
    )


def put(database: Database, *letters: DeadLetter) -> None:
    """Store the letters as open."""
    with database.write() as connection:
        dead_letters.put(connection, letters)


def webhook(
    number: int,
    raw: bytes,
    *,
    reason: str = "names_no_product",
    shop: str = "demo",
    sender: str = "standard",
) -> DeadLetter:
    """What the consumer makes of a webhook that an earlier version of the door could not read."""
    answer = QuarantinedWebhook(
        shop, f"msg_{number}", reason, "what the door said then", NOON, "00-trace-01", sender
    )
    answer, body = keep(answer, raw)
    out = Topics("events", "events.dlq", SIGNATURES).quarantine_record(answer, body)
    letter = letter_of(Record(out.topic, 0, number, 1, out.key, out.value, out.headers), SIGNATURES)
    assert letter is not None
    return letter


@pytest.fixture
def kafka(broker: Broker, topic_prefix: str) -> Kafka:
    """A real broker with topics of this test."""
    connection = {"bootstrap_servers": [broker.bootstrap_servers]}
    names = [f"{topic_prefix}{name}" for name in ("events", "events.dlq", "outcomes")]
    with topics.reaching(connection) as admin:
        topics.ensure(admin, names, partitions=1)
    events, letters, outcomes = names
    return Kafka(connection, events, letters, outcomes, f"{topic_prefix}group")


def on_topic(kafka: Kafka) -> list[ProductEvent]:
    """Return the events on the topic of product events."""
    reader = KafkaConsumer(**kafka.connection, group_id=None, auto_offset_reset="earliest")
    try:
        partition = TopicPartition(kafka.events_topic, 0)
        reader.assign([partition])
        end, found = reader.end_offsets([partition])[partition], []
        reader.seek(partition, 0)
        while reader.position(partition) < end:
            for records in reader.poll(timeout_ms=200).values():
                found += [
                    from_record(
                        record.key,
                        record.value,
                        [(name, raw or b"") for name, raw in record.headers],
                        SIGNATURES,
                    )
                    for record in records
                ]
        return found
    finally:
        reader.close()
