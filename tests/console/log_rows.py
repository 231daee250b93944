"""Rows of the activity log and the feed log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from records.log.activity import ActivityRow
from records.log.feeds import FeedRow

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def happened(number: int = 0, **value: Any) -> ActivityRow:
    """Return a decision, `number` seconds after `NOW`."""
    usual: dict[str, Any] = {
        "at": NOW + timedelta(seconds=number), "shop": "demo", "product_id": None, "sku": "S", "level": "info",
        "actor": "webhook", "kind": "decision", "action": "skip", "reason": "nothing_changed",
        "message": f"Message {number}.", "event_id": f"evt-{number}",
    }  # fmt: skip
    return ActivityRow(**{**usual, **value})


def exchanged(number: int = 0, **value: Any) -> FeedRow:
    """Return a TikTok call, `number` seconds after `NOW`; its codes decide whether it failed."""
    usual: dict[str, Any] = {
        "at": NOW + timedelta(seconds=number), "shop": "demo", "product_id": None, "sku": "S", "direction": "out",
        "operation": "price", "event_id": f"evt-{number}", "http_status": 200, "code": 0, "message": "Success",
        "request_id": f"req-{number}", "milliseconds": 12, "request": '{"skus": []}', "response": '{"code": 0}',
    }  # fmt: skip
    row = {**usual, **value}
    refused = row["http_status"] is None or row["http_status"] >= 400 or row["code"] not in (None, 0)
    return FeedRow(**{"failed": refused, **row})
