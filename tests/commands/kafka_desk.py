"""A desk with a real broker: the test's own topics, and their records and commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from sandbox.kafka import Broker
from schemas.product_event import ProductEvent, to_record
from tests.commands.conftest import Desk

EVENTS = "magento.product.events"
DEAD_LETTERS = "magento.product.events.dlq"
GROUP = "m2t.consumer"


@pytest.fixture
def kafka_desk(desk: Desk, broker: Broker, topic_prefix: str) -> Desk:
    """Provide a desk with the three topics, with two partitions each."""
    desk.environ |= {
        "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "M2T_TOPIC_PREFIX": topic_prefix,
        "M2T_CONSUMER_GROUP": topic_prefix + GROUP,
    }
    result = desk.m2t("topics", "ensure", "--partitions", "2")
    assert result.exit_code == 0, result.output
    return desk


def topic(desk: Desk, name: str = EVENTS) -> str:
    return desk.environ["M2T_TOPIC_PREFIX"] + name


@contextmanager
def producing(desk: Desk) -> Iterator[KafkaProducer]:
    producer = KafkaProducer(bootstrap_servers=desk.environ["M2T_KAFKA_BOOTSTRAP_SERVERS"], acks="all")
    try:
        yield producer
    finally:
        producer.close()


def put(
    desk: Desk,
    *events: ProductEvent,
    partition: int = 0,
    at_ms: int | None = None,
    name: str = EVENTS,
    more: Sequence[tuple[str, bytes]] = (),
) -> None:
    """Write these events to the topic with this timestamp, in Unix milliseconds."""
    with producing(desk) as producer:
        for event in events:
            key, value, headers = to_record(event, desk.signatures)
            producer.send(
                topic(desk, name),
                key=key,
                value=value,
                headers=[*headers, *more],
                partition=partition,
                timestamp_ms=at_ms,
            ).get(timeout=20)


def commit(desk: Desk, partition: int, offset: int) -> None:
    """Commit this offset of the partition for the consumer's group."""
    consumer = KafkaConsumer(
        bootstrap_servers=desk.environ["M2T_KAFKA_BOOTSTRAP_SERVERS"],
        group_id=desk.environ["M2T_CONSUMER_GROUP"],
        enable_auto_commit=False,
    )
    try:
        topic_partition = TopicPartition(topic(desk), partition)
        consumer.assign([topic_partition])
        consumer.commit({topic_partition: OffsetAndMetadata(offset)}, timeout_ms=20_000)
    finally:
        consumer.close(autocommit=False)


def committed(desk: Desk, partition: int) -> int | None:
    """Return the group's committed offset of the partition; None if there is none."""
    consumer = KafkaConsumer(
        bootstrap_servers=desk.environ["M2T_KAFKA_BOOTSTRAP_SERVERS"],
        group_id=desk.environ["M2T_CONSUMER_GROUP"],
    )
    try:
        found: int | None = consumer.committed(TopicPartition(topic(desk), partition), timeout_ms=20_000)
        return found
    finally:
        consumer.close(autocommit=False)
