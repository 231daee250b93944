"""`python -m bench.urgent`: how soon a sold-out save is called while 100,000 older listings are due.

The shop may be called 50 times a second, so the queue alone would take 33 minutes. The consumer is the real process. A
save is accepted when Kafka acknowledges it; the call has arrived when the sink sees it.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from bench.consumers import surroundings
from bench.shops import SHOP, SIGNATURES, attributes, sku, tiktok_id
from bench.sinks import sink_counts
from records.catalog.tables import pending_syncs
from records.db.database import Database
from schemas.product_event import EventKind, ProductEvent, to_record
from topics import clients

DUE, CALLS_PER_SECOND, CALL_SECONDS = 100_000, 50, 0.1
SOLD_OUT, APART_SECONDS, WARM_SECONDS = 20, 0.5, 5.0
OLD = timedelta(minutes=10)


def run() -> dict[str, float]:
    """Run once. Return the seconds from the accepted save to the call, and the rate of all calls meanwhile."""
    with surroundings(DUE, CALL_SECONDS, due=True, calls_per_second=CALLS_PER_SECOND) as around:
        _age(around.database)
        consumer = around.consumer()
        try:
            consumer.wait_until_ready(f"http://127.0.0.1:{around.settings.consumer_port}")
            time.sleep(WARM_SECONDS)
            before, began = sink_counts(around.url)["calls"], time.monotonic()
            producer = clients.webhook_producer(around.settings.kafka())
            accepted: dict[int, float] = {}
            for number in range(DUE - SOLD_OUT + 1, DUE + 1):
                key, value, headers = to_record(_sold_out(number), SIGNATURES)
                producer.send(around.settings.events_topic, value, key, headers).get(timeout=10)
                accepted[number] = time.time()
                time.sleep(APART_SECONDS)
            producer.close()
            seen = _called(around.url, accepted)
            calls, seconds = sink_counts(around.url)["calls"] - before, time.monotonic() - began
        finally:
            consumer.stop()
    waits = sorted(seen[number] - at for number, at in accepted.items())
    return {
        "p50_seconds": waits[len(waits) // 2],
        "longest_seconds": waits[-1],
        "due": DUE,
        "calls_per_second": calls / seconds,
    }


def _age(database: Database) -> None:
    """Let all rows of the queue be due for long."""
    with database.write() as connection:
        at = datetime.now(UTC) - OLD
        connection.execute(update(pending_syncs).values(due_at=at, since=at))


def _sold_out(number: int) -> ProductEvent:
    now = datetime.now(UTC)
    return ProductEvent(
        id=f"urgent-{number}",
        shop=SHOP,
        kind=EventKind.SAVED,
        received_at=now,
        entity_id=str(number),
        sku=sku(number),
        attributes=attributes(number, quantity=0),
        updated_at=now,
    )


def _called(url: str, numbers: dict[int, float]) -> dict[int, float]:
    """Return when the stock of each listing was first called."""
    paths = {number: f"/product/202309/products/{tiktok_id(number)}/inventory/update" for number in numbers}
    deadline = time.monotonic() + 60
    while True:
        first = sink_counts(url)["first"]
        if all(path in first for path in paths.values()):
            return {number: first[path] for number, path in paths.items()}
        if time.monotonic() > deadline:
            raise RuntimeError(f"{sum(path in first for path in paths.values())} of {len(paths)} were called")
        time.sleep(0.5)


if __name__ == "__main__":
    print(json.dumps(run()))
