"""Heartbeats and counters of a running consumer, as the overview and the health badge read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from records.db.database import Database
from records.log import counters, heartbeats
from records.log.counters import Counter, CounterKind

PROCESS = "consumer here 4711"
SHOP_SEEN: Mapping[str, Any] = {
    "waiting": 0,
    "due": 0,
    "due_seconds": 0.0,
    "oldest_seconds": 0.0,
    "calls_per_second": 5.0,
    "held_seconds": 0.0,
    "creates_from": None,
    "stopped": False,
}


def beats(database: Database, ago: timedelta = timedelta(), *, process: str = PROCESS, **value: Any) -> None:
    """Store a consumer's heartbeat of some time ago; `shop` is its status of the shop demo."""
    now = datetime.now(UTC) - ago
    usual = {
        "lag_records": 0,
        "lag_seconds": 0.0,
        "in_hand": 1,
        "version": "1.0",
        "started_at": (now - timedelta(hours=3)).isoformat(),
        "ended": False,
    }
    shop = {**SHOP_SEEN, **value.pop("shop", {})}
    with database.write() as connection:
        heartbeats.beat(connection, process, {**usual, **value, "shops": {"demo": shop}}, now=now)


def counted(
    database: Database, numbers: Mapping[Counter, int], ago: timedelta = timedelta(), *, shop: str = "demo"
) -> None:
    """Store counters of the shop, of some time ago."""
    with database.write() as connection:
        counters.add(
            connection,
            {(shop, counter): number for counter, number in numbers.items()},
            now=datetime.now(UTC) - ago,
        )


def a_busy_hour(database: Database) -> None:
    """Store webhooks, decisions and calls of the last hour and of the days before."""
    for minute in range(0, 60, 2):
        _minute(database, timedelta(minutes=minute), 1 + minute % 9)
    for hour in range(2, 7 * 24, 5):
        _minute(database, timedelta(hours=hour), 20 + hour % 50)


def _minute(database: Database, ago: timedelta, much: int) -> None:
    counted(
        database,
        {
            Counter(CounterKind.EVENT, "webhook"): 12 * much,
            Counter(CounterKind.DECISION, "sync", "observed_attribute_changed"): 5 * much,
            Counter(CounterKind.DECISION, "upload", "new_product"): much,
            Counter(CounterKind.DECISION, "skip", "no_observed_attribute_changed"): 4 * much,
            Counter(CounterKind.DECISION, "skip", "nothing_changed"): 2 * much,
            Counter(CounterKind.DECISION, "take_down", "product_disabled"): much % 3,
            Counter(CounterKind.DECIDED_WITHIN, "0.1"): 11 * much,
            Counter(CounterKind.DECIDED_WITHIN, "0.5"): much,
            Counter(CounterKind.APPLIED_WITHIN, "1"): 5 * much,
            Counter(CounterKind.APPLIED_WITHIN, "5"): much,
            Counter(CounterKind.OUTCOME, "accepted"): 6 * much,
            Counter(CounterKind.OUTCOME, "rejected"): much % 2,
            Counter(CounterKind.CALL, "create"): much,
            Counter(CounterKind.CALL, "partial_edit"): 5 * much,
            Counter(CounterKind.CALL_REFUSED, "partial_edit"): much % 2,
            Counter(CounterKind.CALL_FAILED, "partial_edit"): int(much % 4 == 3),
            Counter(CounterKind.CALL_THROTTLED, "partial_edit"): int(much % 5 == 4),
        },
        ago,
    )
    with database.write() as connection:
        counters.highest(
            connection,
            {
                ("demo", Counter(CounterKind.OLDEST_SECONDS)): much * 3,
                ("", Counter(CounterKind.LAG_RECORDS)): much,
            },
            now=datetime.now(UTC) - ago,
        )
