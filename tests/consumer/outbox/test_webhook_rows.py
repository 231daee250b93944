"""Quarantined and refused webhooks are rows of their shop's feed log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consumer.outbox.quarantine_reader import QuarantineReader
from records.db.database import Database
from records.log import feeds
from records.log.feeds import FeedRow
from records.log.log_page import LogPage
from schemas.event_signature import EventSignatures
from schemas.quarantined import QuarantinedWebhook
from schemas.secret import Secret
from tests.consumer.engine import Engine
from tests.records.examples import BOX, SIGNATURES
from topics.event_consumer import Record
from topics.producer import OutgoingRecord, Topics
from topics.refused_webhooks import RefusedWebhooks

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOPICS = Topics("events", "dlq", SIGNATURES)


def record(out: OutgoingRecord, offset: int) -> Record:
    """Return the record as read from the topic."""
    return Record(out.topic, 0, offset, 1, out.key, out.value, out.headers)


def refused(second: float, topics: Topics = TOPICS, shop: str = "demo", **reasons: int) -> Record:
    """Return the report of a process at this second."""
    until = NOW + timedelta(seconds=second)
    found = RefusedWebhooks(shop, NOW, until, reasons or {"no_match": 1})
    return record(topics.refused_record(found), int(second))


def quarantined(number: int = 7, raw: bytes = b'{"sku": \x00', shop: str = "demo") -> Record:
    """Return a webhook as the endpoint publishes it."""
    webhook = QuarantinedWebhook(
        shop, f"msg_{number}", "not_json", "The body is not JSON.", NOW, "00-trace-01"
    )
    return record(TOPICS.quarantine_record(webhook, raw), number)


@pytest.fixture
def reader(engine: Engine, database: Database) -> QuarantineReader:
    """A reader of a database with the shop `demo`, whose feed log is on."""
    return QuarantineReader(
        database, {}, SIGNATURES, BOX, dead_letters_topic="dlq", group_id="readers", clock=lambda: NOW
    )


def rows(database: Database) -> list[FeedRow]:
    with database.read() as connection:
        return list(feeds.page(connection, LogPage(("demo",), 50)).values())[::-1]


def test_a_quarantined_webhook_is_a_row_once(reader: QuarantineReader, database: Database) -> None:
    reader.take([quarantined()])
    reader.take([quarantined()])
    (row,) = rows(database)
    assert (row.direction, row.operation, row.event_id, row.http_status) == (
        "in",
        "quarantined",
        "msg_7",
        202,
    )
    assert (row.message, row.request) == ("not_json: The body is not JSON.", '{"sku": ')
    assert row.failed and row.at == NOW


def test_refused_webhooks_are_a_row_that_says_how_many_and_why(
    reader: QuarantineReader, database: Database
) -> None:
    assert reader.take([refused(30, no_match=10, missing_header=2)]) == 0
    (row,) = rows(database)
    assert (row.direction, row.operation, row.http_status, row.failed) == ("in", "refused", 401, True)
    assert row.message == (
        "At least 12 refused, since 12:00:00 UTC: 2 without signature, "
        "10 with a signature that does not match the secret."
    )


def test_a_body_that_was_too_large_is_a_row(reader: QuarantineReader, database: Database) -> None:
    reader.take([refused(0, body_too_large=1)])
    (row,) = rows(database)
    assert (row.http_status, row.message) == (413, "At least 1 refused, 1 with a body that is too large.")


def test_however_many_processes_report_a_shop_gets_one_row_a_minute(
    reader: QuarantineReader, database: Database
) -> None:
    reader.take([refused(second) for second in (0, 5, 59, 60, 65, 119, 125)])
    reader.take([refused(second) for second in (0, 60, 130)])
    assert [(row.at - NOW).total_seconds() for row in rows(database)] == [0, 60, 125]


def test_a_policy_without_feed_log_gets_no_rows(
    engine: Engine, reader: QuarantineReader, database: Database
) -> None:
    engine.policy(feed_log=False)
    reader.take([refused(0), quarantined()])
    assert rows(database) == []


def test_a_shop_that_does_not_exist_gets_no_rows(reader: QuarantineReader, database: Database) -> None:
    assert reader.take([refused(0, shop="nowhere"), quarantined(shop="nowhere")]) == 1
    assert rows(database) == []


def test_what_the_endpoint_did_not_sign_gets_no_row(reader: QuarantineReader, database: Database) -> None:
    stranger = Topics("events", "dlq", EventSignatures((Secret("another key, of thirty-two letters"),)))
    forged = replace(quarantined(), value=b"other")
    assert reader.take([refused(0, stranger), forged]) == 1
    assert rows(database) == []
