"""A webhook id that comes again: with the same body it is a duplicate, with another body it is also reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from records.db.database import Database
from records.log import feeds
from records.log.log_page import LogPage
from tests.consumer.engine import Engine


@pytest.mark.parametrize(
    ("before", "now", "reused"),
    [("aa", "aa", 0), ("aa", "bb", 1), (None, "bb", 0), ("aa", None, 0), (None, None, 0)],
    ids=["the same body", "another body", "an older event", "a redriven event", "no digests"],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
def test_an_id_that_comes_again_with_another_body_is_a_row_and_counted(
    engine: Engine,
    database: Database,
    before: str | None,
    now: str | None,
    reused: int,
    together: bool,
) -> None:
    first = replace(engine.saved(), body_digest=before)
    second = replace(engine.saved(color="red"), id=first.id, body_digest=now)
    result = engine.take(first, second) if together else (engine.take(first), engine.take(second))[1]
    assert (result.duplicates, result.reused_ids) == (1, reused)
    assert engine.counts().get("reused_webhook_ids", 0) == reused
    assert engine.counts()["duplicate_events"] == 1
    with database.read() as connection:
        rows = feeds.page(connection, LogPage(("demo",), 9)).values()
    found = [(row.event_id, row.sku, row.failed) for row in rows if row.operation == "reused_id"]
    assert found == [(first.id, first.sku, True)] * reused


def test_without_feed_log_a_reused_id_is_only_counted(engine: Engine, database: Database) -> None:
    engine.policy(feed_log=False)
    first = replace(engine.saved(), body_digest="aa")
    assert engine.take(first, replace(first, body_digest="bb")).reused_ids == 1
    with database.read() as connection:
        assert feeds.page(connection, LogPage(("demo",), 9)) == {}
