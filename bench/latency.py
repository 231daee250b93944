"""`python -m bench.latency PER_SECOND`: the time from an accepted save to the call to TikTok.

A save is accepted when Kafka acknowledges it; the call has arrived when the sink sees it. The consumer is the real
process. The same run measures a Kafka round trip and a commit of the database for comparison.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kafka import KafkaProducer
from sqlalchemy import text

from bench.consumers import surroundings
from bench.shops import SHOP, SIGNATURES, attributes, sku, tiktok_id
from bench.sinks import sink_counts
from config.settings import Settings
from records.db.database import Database
from schemas.product_event import EventKind, ProductEvent, to_record
from topics import clients

SECONDS, CALL_SECONDS, PROBES = 12, 0.1, 60


def run(per_second: float) -> dict[str, float]:
    """Run once. Times are in milliseconds."""
    count = int(per_second * SECONDS)
    with surroundings(count, CALL_SECONDS, due=False) as around:
        url, database, settings = around.url, around.database, around.settings
        consumer = around.consumer()
        try:
            consumer.wait_until_ready(f"http://127.0.0.1:{settings.consumer_port}")
            producer = clients.webhook_producer(settings.kafka())
            round_trip = statistics.median(_round_trip(producer, settings) for _ in range(PROBES))
            commit = statistics.median(_commit(database) for _ in range(PROBES))
            accepted = _produce(producer, settings, count, per_second)
            producer.close()
            seen = _all_calls(url, count)
        finally:
            consumer.stop()
    waits = sorted(seen[_path(number)] - at for number, at in accepted.items())
    unit = round_trip + commit
    return {
        "p50_ms": waits[len(waits) // 2] * 1000,
        "p99_ms": waits[int(len(waits) * 0.99)] * 1000,
        "round_trip_ms": round_trip * 1000,
        "commit_ms": commit * 1000,
        "p50_over_round_trip_and_commit": waits[len(waits) // 2] / unit,
        "per_second": per_second,
    }


def _produce(producer: KafkaProducer, settings: Settings, count: int, per_second: float) -> dict[int, float]:
    """Send saves at this rate. Return when each was acknowledged, by product number."""
    accepted: dict[int, float] = {}
    done = threading.Semaphore(0)
    began = time.monotonic()
    for number in range(1, count + 1):
        wait = began + number / per_second - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        now = datetime.now(UTC)
        event = ProductEvent(
            id=f"latency-{number}",
            shop=SHOP,
            kind=EventKind.SAVED,
            received_at=now,
            entity_id=str(number),
            sku=sku(number),
            attributes=attributes(number, price="31.000000"),
            updated_at=now + timedelta(seconds=1),
        )
        key, value, headers = to_record(event, SIGNATURES)

        def note(_: object, number: int = number) -> None:
            accepted[number] = time.time()
            done.release()

        producer.send(settings.events_topic, value, key, headers).add_callback(note)
    for _ in range(count):
        done.acquire(timeout=30)
    return accepted


def _all_calls(url: str, count: int) -> Mapping[str, float]:
    deadline = time.monotonic() + 60
    while True:
        first: Mapping[str, float] = sink_counts(url)["first"]
        if len(first) >= count:
            return first
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(first)} of {count} listings received a call")
        time.sleep(0.5)


def _path(number: int) -> str:
    return f"/product/202309/products/{tiktok_id(number)}/prices/update"


def _round_trip(producer: KafkaProducer, settings: Settings) -> float:
    began = time.monotonic()
    producer.send(settings.outcomes_topic, b"x").get(timeout=10)
    return time.monotonic() - began


def _commit(database: Database) -> float:
    with database.write() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bench_commits (at TEXT)"))
    began = time.monotonic()
    with database.write() as connection:
        connection.execute(text("INSERT INTO bench_commits VALUES ('x')"))
    return time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]))))
