"""Reading a topic beside its consumers. Nothing is committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from topics import clients
from topics.errors import Refused, reaching_kafka


@contextmanager
def reading(
    connection: Mapping[str, Any], topic: str, group: str | None = None
) -> Iterator[tuple[KafkaConsumer, Sequence[TopicPartition]]]:
    """A reader of the topic, assigned to all its partitions; with a group it may ask for what that has committed.

    `connection` is what kafka-python's clients take. Raises `OutOfReach`, or `Refused` where there is no such topic.
    """
    with reaching_kafka(brokers(connection)):
        reader = clients.reader(connection, group)
        try:
            numbers = reader.partitions_for_topic(topic)
            if not numbers:
                raise Refused(f"There is no topic {topic}.", "m2t topics ensure")
            partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
            reader.assign(partitions)
            yield reader, partitions
        finally:
            reader.close(autocommit=False, timeout_ms=clients.REACH_MS)


def brokers(connection: Mapping[str, Any]) -> str:
    """Where Kafka is, as people write it."""
    return ", ".join(connection["bootstrap_servers"])
