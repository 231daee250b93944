"""Read a topic outside its consumer groups; nothing is committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaConsumer, TopicPartition

from topics import clients
from topics.clients import Options
from topics.errors import Refused, reaching_kafka


@contextmanager
def reading(
    connection: Options, topic: str, group: str | None = None
) -> Iterator[tuple[KafkaConsumer, Sequence[TopicPartition]]]:
    """Yield a consumer that is assigned to all partitions of the topic, and these partitions.

    With a group the consumer can ask for that group's committed offsets. Raises `OutOfReach` if Kafka does not answer,
    `Refused` if the topic does not exist.
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


def brokers(connection: Options) -> str:
    """Return the bootstrap servers as text, for messages."""
    servers = connection["bootstrap_servers"]
    return ", ".join(map(str, servers)) if isinstance(servers, list | tuple) else str(servers)
