"""Publishing: records are acknowledged or not published, and the unacknowledged ones are limited."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError, NotLeaderForPartitionError
from kafka.future import Future

from topics import producer as publish
from topics.producer import KafkaPublisher, NotPublished, OutgoingRecord

RECORD = OutgoingRecord("events", b"demo/MUG-01", b"{}", (("ce_id", b"msg_1"),))


class Acknowledgement(Future):  # type: ignore[misc]
    """kafka-python's future of one record, with its `get`."""

    def get(self, timeout: float) -> Any:
        if not self.is_done:
            raise KafkaTimeoutError(f"not within {timeout} s")
        if self.failed():
            raise self.exception
        return self.value


class Producer:
    """A fake of kafka-python's producer; `answer` completes the future of each record."""

    def __init__(self, answer: Callable[[Acknowledgement], object]) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.futures: list[Acknowledgement] = []
        self._answer = answer

    def send(self, *record: Any) -> Acknowledgement:
        future = Acknowledgement()
        self._answer(future)
        self.sent.append(record)
        self.futures.append(future)
        return future


def acknowledged(future: Acknowledgement) -> None:
    """The broker acknowledges the record."""
    future.success("offset 7")


def lost(future: Acknowledgement) -> None:
    """The broker rejects the record."""
    future.failure(NotLeaderForPartitionError())


def unanswered(_: Acknowledgement) -> None:
    """The broker does not answer."""


def refused(_: Acknowledgement) -> None:
    """The record can't be sent."""
    raise KafkaTimeoutError("no metadata")


def publisher_over(*producers: Producer | Exception) -> tuple[KafkaPublisher, list[dict[str, Any]]]:
    """Return a publisher that gets these producers or errors in turn, and the list of the settings it used."""
    makings, settings = list(producers), []

    def make(connection: Mapping[str, Any]) -> Any:
        settings.append(dict(connection))
        made = makings.pop(0)
        if isinstance(made, Exception):
            raise made
        return made

    return KafkaPublisher({"bootstrap_servers": ["kafka:9092"]}, make=make), settings


def reasons(
    publisher: KafkaPublisher, times: int, records: Sequence[OutgoingRecord] = (RECORD,)
) -> list[str]:
    """Publish so many times; return the reason of each failure, empty text for a success."""
    found = []
    for _ in range(times):
        try:
            publisher.publish(records)
            found.append("")
        except NotPublished as error:
            found.append(error.reason)
    return found


def test_no_connection_is_opened_before_the_first_record() -> None:
    producer = Producer(acknowledged)
    publisher, settings = publisher_over(producer)
    assert settings == []
    publisher.publish([RECORD])
    publisher.publish([RECORD])
    assert settings == [{"bootstrap_servers": ["kafka:9092"]}]
    assert producer.sent == [("events", b"{}", b"demo/MUG-01", [("ce_id", b"msg_1")])] * 2


@pytest.mark.parametrize(
    "answer, reason",
    [
        (acknowledged, ""),
        (lost, "NotLeaderForPartitionError"),
        (unanswered, "KafkaTimeoutError"),
        (refused, "KafkaTimeoutError"),
    ],
)
def test_only_acknowledged_records_are_published(
    answer: Callable[[Acknowledgement], object], reason: str
) -> None:
    publisher, _ = publisher_over(Producer(answer))
    assert reasons(publisher, 1) == [reason]


def test_one_lost_record_makes_the_whole_delivery_unpublished() -> None:
    answers = iter([acknowledged, lost, acknowledged])
    publisher, _ = publisher_over(Producer(lambda future: next(answers)(future)))
    assert reasons(publisher, 1, [RECORD] * 3) == ["NotLeaderForPartitionError"]


def test_a_producer_that_failed_to_start_is_created_at_the_next_record() -> None:
    publisher, settings = publisher_over(KafkaError("away"), OSError("no such file"), Producer(acknowledged))
    assert reasons(publisher, 3) == ["KafkaError", "KafkaError", ""]
    assert len(settings) == 3


def test_unacknowledged_records_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "MOST_WAITING_RECORDS", 2)
    producer = Producer(unanswered)
    publisher, _ = publisher_over(producer)
    assert reasons(publisher, 3) == ["KafkaTimeoutError", "KafkaTimeoutError", "too_many_waiting"]
    producer.futures[0].success("offset 7")
    assert reasons(publisher, 1) == ["KafkaTimeoutError"]
    assert len(producer.sent) == 3


def test_unacknowledged_bytes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "MOST_WAITING_BYTES", 2 * RECORD.size)
    publisher, _ = publisher_over(Producer(unanswered))
    assert reasons(publisher, 3) == ["KafkaTimeoutError", "KafkaTimeoutError", "too_many_waiting"]


def test_answered_and_unsent_records_do_not_count_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "MOST_WAITING_RECORDS", 1)
    for answer, reason in ((acknowledged, ""), (refused, "KafkaTimeoutError")):
        publisher, _ = publisher_over(Producer(answer))
        assert reasons(publisher, 5) == [reason] * 5


def test_a_fork_gets_a_producer_of_its_own() -> None:
    publisher, settings = publisher_over(Producer(acknowledged), Producer(acknowledged))
    publisher.publish([RECORD])
    child = os.fork()
    if child == 0:
        publisher.publish([RECORD])
        os._exit(len(settings))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert len(settings) == 1


def test_a_broker_that_is_away_publishes_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    publisher = KafkaPublisher({"bootstrap_servers": [f"127.0.0.1:{port}"], "bootstrap_timeout_ms": 200})
    assert "" not in reasons(publisher, 2)
