"""The event consumer: handled records are not read again, and commits of several batches are combined."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from kafka import KafkaProducer, OffsetAndMetadata, TopicPartition

from sandbox.kafka import Broker
from tests.consumer.seller_center import eventually
from topics import event_consumer as topics_room
from topics.admin import ensure, reaching
from topics.event_consumer import KafkaProductEvents, Record


class Topic:
    """A topic with one partition, its consumer group, and the group's committed offset."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._connection = {"bootstrap_servers": [broker.bootstrap_servers]}
        self.name = name
        with reaching(self._connection) as admin:
            ensure(admin, [name], partitions=1)
        self._producer = KafkaProducer(**self._connection)

    def write(self, *values: bytes) -> None:
        for value in values:
            self._producer.send(self.name, value).get(timeout=10)

    def reader(self) -> KafkaProductEvents:
        return KafkaProductEvents(self.name, group_id=f"{self.name}.readers", connection=self._connection)

    def committed(self) -> int | None:
        with reaching(self._connection) as admin:
            offsets = admin.list_group_offsets({f"{self.name}.readers": [TopicPartition(self.name, 0)]})
        (found,) = offsets.values()
        return next((committed.offset for committed in found.values() if committed.offset >= 0), None)

    def close(self) -> None:
        self._producer.close()


@pytest.fixture
def topic(broker: Broker, topic_prefix: str) -> Iterator[Topic]:
    made = Topic(broker, f"{topic_prefix}events")
    yield made
    made.close()


def read(events: KafkaProductEvents, number: int) -> list[Record]:
    """Read this many records."""
    found: list[Record] = []

    def all_came() -> bool:
        found.extend(events.poll(0.1))
        return len(found) >= number

    eventually(all_came)
    return found


def test_only_unhandled_records_are_read_again(topic: Topic) -> None:
    topic.write(b"1", b"2", b"3")
    first = topic.reader()
    first.commit(read(first, 3)[:2])
    first.close()
    second = topic.reader()
    assert [record.value for record in read(second, 1)] == [b"3"]
    second.close()


def test_a_consumer_that_leaves_takes_back_no_commit_of_another_one(topic: Topic) -> None:
    topic.write(b"1", b"2", b"3")
    events = topic.reader()
    events.commit(read(events, 3)[:1])
    # Another member had the partition meanwhile, and committed more.
    events._consumer.commit({TopicPartition(topic.name, 0): OffsetAndMetadata(3)})
    events.close()
    assert topic.committed() == 3


def test_a_join_that_ends_between_two_polls_is_not_lost(topic: Topic) -> None:
    topic.write(b"1")
    events = topic.reader()
    came = list(events.poll(0.05))
    # The topic's metadata arrive after 100 ms and start another join, which a poll with no timeout does not finish.
    for _ in range(5):
        time.sleep(0.06)
        came += events.poll(0.0)
    came += read(events, 1 - len(came))
    assert [record.value for record in came] == [b"1"]
    events.close()


def test_close_batches_are_committed_together_once_a_poll_is_empty(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics_room, "COMMIT_SECONDS", 3600.0)
    events = topic.reader()
    topic.write(b"1")
    events.commit(read(events, 1))
    eventually(lambda: not events.poll(0.1) and topic.committed() == 1)
    for value in (b"2", b"3"):
        topic.write(value)
        # An empty poll, however short, commits what is pending.
        events.commit(events.poll(15.0))
    assert topic.committed() == 1
    eventually(lambda: not events.poll(0.1) and topic.committed() == 3)
    events.close()
