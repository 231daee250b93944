"""The outcome relay: every outcome is published once before its row is deleted, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from kafka import KafkaConsumer

from consumer.outbox import outcome_relay as relay_room
from consumer.outbox.outcome_relay import OutcomeRelay
from records.db.database import Database
from records.log import outcomes
from records.log.outcomes import OutcomeRow
from sandbox.kafka import Broker
from tests.consumer.seller_center import eventually
from tests.postgres import Databases
from topics.admin import ensure, reaching

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def row(number: int) -> OutcomeRow:
    return OutcomeRow(f"outcome-{number}", "demo", number, "SHIRT-M", None, "accepted", "price", 0, None, NOW)


def put(database: Database, *numbers: int) -> None:
    with database.write() as connection:
        outcomes.put(connection, [row(number) for number in numbers])


def waiting(database: Database) -> int:
    with database.read() as connection:
        return len(outcomes.unpublished(connection))


@pytest.fixture
def connection(broker: Broker) -> dict[str, Any]:
    return {"bootstrap_servers": [broker.bootstrap_servers]}


@pytest.fixture
def topics(connection: dict[str, Any], topic_prefix: str) -> dict[str, Any]:
    named = {"outcomes_topic": f"{topic_prefix}outcomes", "dead_letters_topic": f"{topic_prefix}dead"}
    with reaching(connection) as admin:
        ensure(admin, list(named.values()), partitions=1)
    return named


@pytest.fixture
def relay(database: Database, connection: dict[str, Any], topics: dict[str, Any]) -> Iterator[OutcomeRelay]:
    made = OutcomeRelay(database, connection, group_id="readers", **topics)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def published(connection: dict[str, Any], topic_prefix: str) -> Callable[[], list[str]]:
    """Return the ids on the topic, in order."""

    def read() -> list[str]:
        consumer = KafkaConsumer(
            f"{topic_prefix}outcomes",
            auto_offset_reset="earliest",
            consumer_timeout_ms=2_000,
            **connection,
        )
        try:
            return [orjson.loads(record.value)["outcome_id"] for record in consumer]
        finally:
            consumer.close()

    return read


def test_more_than_one_batch_is_published_in_order_and_once(
    database: Database,
    relay: OutcomeRelay,
    published: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_room, "BATCH_SIZE", 5)
    put(database, *range(12))
    relay.wake()
    eventually(lambda: waiting(database) == 0)
    put(database, 12)
    relay.wake()
    eventually(lambda: waiting(database) == 0)
    assert published() == [f"outcome-{number}" for number in range(13)]


def test_what_was_written_last_is_published_before_it_stops(
    database: Database, relay: OutcomeRelay, published: Callable[[], list[str]]
) -> None:
    put(database, 1, 2)
    relay.stop()
    assert waiting(database) == 0
    assert published() == ["outcome-1", "outcome-2"]


def test_on_postgresql_what_two_processes_would_publish_is_published_once(
    postgres: Databases,
    connection: dict[str, Any],
    topics: dict[str, Any],
    published: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_room, "BATCH_SIZE", 20)
    with postgres.emptied() as url:
        databases = [Database(url) for _ in range(3)]
        put(databases[0], *range(200))
        relays = [OutcomeRelay(database, connection, group_id="readers", **topics) for database in databases]
        for relay in relays:
            relay.start()
        eventually(lambda: waiting(databases[0]) == 0)
        for relay in relays:
            relay.stop()
        for database in databases:
            database.close()
    assert published() == [f"outcome-{number}" for number in range(200)]
