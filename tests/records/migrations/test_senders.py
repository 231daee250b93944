"""Upgrades: webhooks that are quarantined already get the standard sender, the only one there was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from alembic import command
from sqlalchemy import insert

from operations.dead_letters.redrive import as_events
from records.db.database import Database
from records.log import dead_letters
from tests.records.migrating import migrate, stored_tables

BEFORE: Final = "0012"
NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
LETTER: Final = {
    "shop": "demo",
    "origin_topic": "events.dlq",
    "origin_partition": 0,
    "origin_timestamp": 1,
    "key": b"demo",
    "value": b'{"event": "product.saved", "product": {"sku": "MUG-01", "name": "Mug"}}',
    "reason": "names_no_product",
    "error_message": "Neither sku nor entity_id is told.",
    "first_failed_at": NOON.replace(tzinfo=None),
}
"""The headers of version 0.1.0: m2t-dlq-reason, m2t-dlq-shop, ce_id and m2t-dlq-first-failed-at."""
HEADERS: Final = (
    b'[["ce_id","bXNnXzE="],["m2t-dlq-reason","bmFtZXNfbm9fcHJvZHVjdA=="],["m2t-dlq-shop","ZGVtbw=="],'
    b'["m2t-dlq-first-failed-at","MjAyNi0xMS0wMVQxMjowMDowMCswMDowMA=="]]'
)


def test_quarantined_webhooks_get_the_standard_sender_and_are_redriven_as_before(empty: Database) -> None:
    migrate(empty, command.upgrade, BEFORE)
    (table,) = (one for one in stored_tables(empty) if one.name == "dead_letters")
    rows = [
        {"origin_offset": 1, "error_class": "Quarantined", "headers": HEADERS},
        {"origin_offset": 2, "error_class": "UnreadableEvent", "headers": b"[]"},
    ]
    with empty.write() as connection:
        connection.execute(insert(table), [{**LETTER, **row} for row in rows])
    empty.upgrade()
    with empty.read() as connection:
        of_intake, webhook = dead_letters.page(connection, limit=9)
    assert (webhook.sender, of_intake.sender) == ("standard", None)
    (event,) = as_events(webhook)
    assert (event.id, event.sku, event.received_at) == ("msg_1", "MUG-01", NOON)
