"""`python -m bench.merge`: how many calls result from four saves of each listing that arrive faster than they are sent.

The saves arrive in random order while delivery runs, with eight parallel calls of 100 ms.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.shops import KEY, SHOP, SIGNATURES, attributes, open_shop, sku, stock
from bench.sinks import sink, sink_counts
from config import logs
from consumer.delivery.dispatcher import Delivery
from consumer.intake.intake import Intake
from records.catalog import sync_queue
from records.db.secret_box import SecretBox
from schemas.product_event import EventKind, ProductEvent, to_record
from topics.event_consumer import Record

LISTINGS, SAVES_EACH, CALL_SECONDS, IN_FLIGHT, BATCH = 1_000, 4, 0.1, 8, 500


def run() -> dict[str, float]:
    """Run once. Return the ratio of saves to calls, and both numbers."""
    logs.configure("WARNING")
    with sink(CALL_SECONDS) as url, tempfile.TemporaryDirectory() as folder:
        database = open_shop(Path(folder) / "bench.db", url)
        stock(database, LISTINGS, due=False)
        box = SecretBox(KEY)
        delivery = Delivery(
            database, box, calls_in_flight=IN_FLIGHT, calls_per_second=0, audit_look=timedelta(seconds=2)
        )
        intake = Intake(database, box, SIGNATURES, read_delay=timedelta(seconds=2), dispatch=delivery)
        delivery.start()
        records = list(saves())
        for start in range(0, len(records), BATCH):
            intake.take(records[start : start + BATCH])
        while True:
            with database.read() as connection:
                if sync_queue.count(connection) == 0:
                    break
            time.sleep(0.2)
        delivery.stop()
        database.close()
        calls = sink_counts(url)["calls"]
    return {"saves_over_calls": LISTINGS * SAVES_EACH / calls, "saves": LISTINGS * SAVES_EACH, "calls": calls}


def saves() -> Iterator[Record]:
    """Yield the saves, each with another price; in random order, except that those of one listing stay in order."""
    draw = random.Random(4)
    numbers = [number for number in range(1, LISTINGS + 1) for _ in range(SAVES_EACH)]
    draw.shuffle(numbers)
    began, seen = datetime.now(UTC), dict.fromkeys(range(1, LISTINGS + 1), 0)
    for offset, number in enumerate(numbers):
        seen[number] += 1
        event = ProductEvent(
            id=f"merge-{offset}",
            shop=SHOP,
            kind=EventKind.SAVED,
            received_at=began + timedelta(milliseconds=offset),
            entity_id=str(number),
            sku=sku(number),
            attributes=attributes(number, price=f"{30 + seen[number]}.000000"),
            updated_at=began + timedelta(seconds=seen[number]),
        )
        key, value, headers = to_record(event, SIGNATURES)
        yield Record("bench", 0, offset, int(began.timestamp() * 1000), key, value, tuple(headers))


if __name__ == "__main__":
    print(json.dumps(run()))
