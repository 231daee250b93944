"""The quarantine reader: an unreadable webhook becomes one row, and stays on the topic while the table is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import KafkaProducer
from sqlalchemy import select

from consumer.outbox import quarantine_reader as quarantine_room
from consumer.outbox.outcome_relay import _letter as as_published
from consumer.outbox.quarantine_reader import QuarantineReader, letter_of
from records.db.database import Database
from records.log import dead_letters
from records.log.counters import MINUTE
from records.log.dead_letters import DISCARDED, DeadLetter
from records.log.tables import tallies
from sandbox.kafka import Broker
from schemas.event_signature import EventSignatures
from schemas.quarantined import QuarantinedWebhook
from tests.consumer.seller_center import eventually
from tests.records.examples import BOX, KEY, SIGNATURES
from topics.admin import ensure, reaching
from topics.event_consumer import Record
from topics.producer import Topics

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RAW = b'{"sku": \xff'


def published(number: int, *, reason: str = "not_json", raw: bytes = RAW, topic: str = "dlq") -> Record:
    """Return a webhook as the endpoint publishes it to the topic."""
    answer = QuarantinedWebhook(
        "demo", f"msg_{number}", reason, "The body is not JSON: \x00.", NOW, "00-trace-01"
    )
    out = Topics("events", topic, SIGNATURES).quarantine_record(answer, raw)
    return Record(out.topic, 0, number, 1_795_000_000_000, out.key, out.value, out.headers)


def rows(database: Database) -> list[DeadLetter]:
    with database.read() as connection:
        return dead_letters.page(connection, limit=100)[::-1]


@pytest.fixture
def quarantine(database: Database) -> QuarantineReader:
    """Return a reader that processes what a test passes to it, without Kafka."""
    return QuarantineReader(
        database, {}, SIGNATURES, BOX, dead_letters_topic="dlq", group_id="readers", clock=lambda: NOW
    )


def test_a_quarantined_webhook_becomes_a_row_byte_for_byte(
    database: Database, quarantine: QuarantineReader
) -> None:
    assert quarantine.take([published(7)]) == 1
    (row,) = rows(database)
    assert (row.shop, row.value, row.reason, row.first_failed_at) == ("demo", RAW, "not_json", NOW)
    assert (row.origin_topic, row.origin_partition, row.origin_offset) == ("dlq", 0, 7)
    assert dict(row.headers)["ce_id"] == b"msg_7"
    assert row.error_message == "The body is not JSON: ."


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"headers": published(7).headers[:-1]}, "unsigned"),
        ({"value": b'{"sku": "OTHER"}'}, "wrong_signature"),
        ({"key": b"other"}, "wrong_signature"),
        *(
            ({"headers": (*published(7).headers, (name, item))}, "wrong_signature")
            for name, item in (
                ("ce_id", b"msg_8"),
                ("m2t-dlq-shop", b"second"),
                ("m2t-dlq-reason", b"too_deep"),
                ("m2t-dlq-error-message", b"click here"),
                ("m2t-dlq-first-failed-at", b"2026-11-25T12:00:00+00:00"),
            )
        ),
    ],
    ids=str,
)
def test_what_the_door_did_not_sign_is_kept_under_that_reason_and_under_no_shop(
    database: Database, quarantine: QuarantineReader, changed: dict[str, Any], reason: str
) -> None:
    forged = replace(published(7), **changed)
    quarantine.take([forged])
    (row,) = rows(database)
    assert (row.reason, row.shop, row.error_class) == (reason, None, "Quarantined")
    assert (row.value, row.headers) == (forged.value, forged.headers)


def test_while_signatures_are_not_required_one_without_is_believed(database: Database) -> None:
    lax = EventSignatures((KEY,), required=False)
    made = QuarantineReader(
        database, {}, lax, BOX, dead_letters_topic="dlq", group_id="readers", clock=lambda: NOW
    )
    made.take([replace(published(7), headers=published(7).headers[:-1])])
    assert [(row.reason, row.shop) for row in rows(database)] == [("not_json", "demo")]


def test_the_relay_does_not_publish_it_again(database: Database, quarantine: QuarantineReader) -> None:
    quarantine.take([published(7)])
    with database.read() as connection:
        assert dead_letters.unpublished(connection) == []


def test_a_record_that_comes_again_is_one_row_counted_once(
    database: Database, quarantine: QuarantineReader
) -> None:
    assert [quarantine.take([published(7), published(8)]), quarantine.take([published(8)])] == [2, 0]
    assert len(rows(database)) == 2
    with database.read() as connection:
        query = select(tallies.c.kind, tallies.c.label, tallies.c.number).where(tallies.c.step == MINUTE)
        counted = [tuple(row) for row in connection.execute(query)]
    assert ("dead_letter", "not_json", 2) in counted


def test_one_that_was_settled_stays_settled_when_it_comes_again(
    database: Database, quarantine: QuarantineReader
) -> None:
    quarantine.take([published(7)])
    with database.write() as connection:
        dead_letters.settle(connection, [1], DISCARDED, by="Ada", note="x", now=NOW)
    quarantine.take([published(7)])
    assert rows(database) == []


def test_what_stands_on_the_topic_beside_them_is_none() -> None:
    letter = DeadLetter(
        shop="demo",
        origin_topic="events",
        origin_partition=0,
        origin_offset=3,
        origin_timestamp=1,
        key=b"demo/S",
        value=b"{",
        headers=(("ce_id", b"evt-1"),),
        reason="unreadable_event",
        error_class="UnreadableEvent",
        error_message="no",
        first_failed_at=NOW,
    )
    key, value, headers = as_published(letter, "readers")
    of_intake = Record("dlq", 0, 1, 1, key, value, tuple(headers))
    junk = Record("dlq", 0, 2, 1, None, b"junk", (("a", b"b"),))
    undated = replace(
        published(3),
        headers=tuple(
            (name, b"soon" if name.endswith("first-failed-at") else raw) for name, raw in published(3).headers
        ),
    )
    assert [letter_of(record, SIGNATURES) for record in (of_intake, junk, undated)] == [None, None, None]


def test_there_is_room_until_the_open_ones_are_too_many_or_too_large(
    database: Database, quarantine: QuarantineReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 3)
    monkeypatch.setattr(dead_letters, "MOST_OPEN_BYTES", 100)

    def room() -> bool:
        with database.read() as connection:
            return dead_letters.room(connection, "dlq")

    assert room()
    quarantine.take([published(1), published(2)])
    assert room()
    quarantine.take([published(3)])
    assert not room(), "three are open"
    with database.write() as connection:
        dead_letters.settle(connection, [1, 2], DISCARDED, by="Ada", note="x", now=NOW)
    assert room()
    quarantine.take([published(4, raw=b"x" * 100)])
    assert not room(), "they have a hundred bytes"


# On a real broker


@pytest.fixture
def connection(broker: Broker) -> dict[str, Any]:
    return {"bootstrap_servers": [broker.bootstrap_servers]}


@pytest.fixture
def write(connection: dict[str, Any], topic_prefix: str) -> Iterator[Callable[..., None]]:
    """Publish the webhooks with these numbers to the topic."""
    with reaching(connection) as admin:
        ensure(admin, [f"{topic_prefix}dlq"], partitions=1)
    producer = KafkaProducer(**connection)

    def put(*numbers: int) -> None:
        for number in numbers:
            letter = published(number)
            producer.send(f"{topic_prefix}dlq", letter.value, letter.key, list(letter.headers)).get(
                timeout=10
            )

    yield put
    producer.close()


@pytest.fixture
def started(
    database: Database, connection: dict[str, Any], topic_prefix: str
) -> Iterator[Callable[[], QuarantineReader]]:
    """Return a function that starts a reader of the topic. Each is stopped after the test."""
    started: list[QuarantineReader] = []

    def begin() -> QuarantineReader:
        made = QuarantineReader(
            database,
            connection,
            SIGNATURES,
            BOX,
            dead_letters_topic=f"{topic_prefix}dlq",
            group_id=f"{topic_prefix}readers",
        )
        started.append(made)
        made.start()
        return made

    yield begin
    for reader in started:
        reader.stop()


def test_each_that_was_written_is_recorded_and_after_a_restart_the_rest(
    database: Database, write: Callable[..., None], started: Callable[[], QuarantineReader]
) -> None:
    write(1, 2)
    first = started()
    eventually(lambda: len(rows(database)) == 2)
    first.stop()
    write(3)
    started()
    eventually(lambda: len(rows(database)) == 3)
    assert [dict(row.headers)["ce_id"] for row in rows(database)] == [b"msg_1", b"msg_2", b"msg_3"]


def test_while_there_is_no_room_the_rest_waits_on_the_topic(
    database: Database,
    write: Callable[..., None],
    started: Callable[[], QuarantineReader],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quarantine_room, "FULL_SECONDS", 0.2)
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 1)
    write(1)
    started()
    eventually(lambda: len(rows(database)) == 1)
    write(2)
    with pytest.raises(AssertionError):
        eventually(lambda: len(rows(database)) == 2, seconds=1.5)
    with database.write() as connection:
        dead_letters.settle(connection, [1], DISCARDED, by="Ada", note="x", now=NOW)
    eventually(lambda: [dict(row.headers)["ce_id"] for row in rows(database)] == [b"msg_2"])
