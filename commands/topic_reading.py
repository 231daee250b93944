"""Reading a topic beside its consumers: what `m2t tail` and `m2t lag` share. Nothing is committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from commands.exits import Failed, reaching_kafka
from config.settings import Settings

REACH_MS: Final = 5_000
READER: Final[dict[str, Any]] = {
    "client_id": "m2t",
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "bootstrap_timeout_ms": REACH_MS,
    "request_timeout_ms": 3 * REACH_MS,
    "reconnect_backoff_max_ms": 500,
    "allow_auto_create_topics": False,
}


@contextmanager
def reading(
    opened: Settings, topic: str, group: str | None = None
) -> Iterator[tuple[KafkaConsumer, Sequence[TopicPartition]]]:
    """A reader of the topic, assigned to all its partitions; with a group it may ask for what that has committed.

    Raises `NotReachable`, or `Failed` where there is no such topic.
    """
    with reaching_kafka(", ".join(opened.kafka_bootstrap_servers)):
        reader = KafkaConsumer(group_id=group, **READER, **opened.kafka())
        try:
            numbers = reader.partitions_for_topic(topic)
            if not numbers:
                raise Failed(f"There is no topic {topic}.", "m2t topics ensure")
            partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
            reader.assign(partitions)
            yield reader, partitions
        finally:
            reader.close(autocommit=False, timeout_ms=REACH_MS)
