"""`python -m bench.intake batch|single|parse PRODUCTS EVENTS`: intake of saves that change nothing, with its state.

`batch` processes 500 records in a transaction, as the consumer does; `single` one record in a transaction; `parse` only
decodes the records, as any consumer must.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.shops import KEY, SHOP, SIGNATURES, attributes, open_shop, sku, stock
from config import logs
from consumer.__main__ import collect_rarely
from consumer.intake.intake import Intake
from records.db.database import Database
from records.db.secret_box import SecretBox
from schemas.product_event import EventKind, ProductEvent, from_record, to_record
from topics.event_consumer import Record

BATCH = 500


def prepared(products: int) -> Path:
    """Return a database with so many listed products. It is built once and kept in the temporary folder."""
    folder = Path(tempfile.gettempdir()) / "m2t-bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"intake-{products}.db"
    if not path.exists():
        fresh = folder / f"intake-{products}.making"
        fresh.unlink(missing_ok=True)
        database = open_shop(fresh, "http://127.0.0.1:9", activity_log=False, feed_log=False)
        stock(database, products, due=False)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        fresh.rename(path)
    return path


def saves(products: int, count: int, seed: int = 1) -> Iterator[Record]:
    """Yield `count` saves of random products, each with the values that are stored already."""
    draw = random.Random(seed)
    now = datetime.now(UTC)
    for offset in range(count):
        number = draw.randint(1, products)
        event = ProductEvent(
            id=f"bench-{seed}-{offset}",
            shop=SHOP,
            kind=EventKind.SAVED,
            received_at=now + timedelta(milliseconds=offset),
            entity_id=str(number),
            sku=sku(number),
            attributes=attributes(number),
            updated_at=now,
        )
        key, value, headers = to_record(event, SIGNATURES)
        yield Record("bench", 0, offset, int(now.timestamp() * 1000), key, value, tuple(headers))


def run(how: str, products: int, count: int) -> dict[str, float]:
    """Run once on a copy of the database. Return events per second, and microseconds of CPU for each event."""
    logs.configure("WARNING")
    records = list(saves(products, count))
    if how == "parse":
        cpu, began = _cpu(), time.monotonic()
        for record in records:
            from_record(record.key, record.value, record.headers, SIGNATURES)
        return _rates(count, began, cpu)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "intake.db"
        shutil.copy(prepared(products), copy)
        database = Database(f"sqlite:///{copy}")
        database.upgrade()
        intake = Intake(database, SecretBox(KEY), SIGNATURES, read_delay=timedelta(seconds=2))
        size = BATCH if how == "batch" else 1
        collect_rarely()
        cpu, began = _cpu(), time.monotonic()
        for batch in _batches(records, size):
            result = intake.take(batch)
            if result.due or len(result.decided) != len(batch):
                raise AssertionError("a save that changes nothing was not filtered")
        found = _rates(count, began, cpu)
        database.close()
    return found


def _batches(records: Sequence[Record], size: int) -> Iterator[Sequence[Record]]:
    return (records[start : start + size] for start in range(0, len(records), size))


def _rates(count: int, began: float, cpu: float) -> dict[str, float]:
    return {
        "per_second": count / (time.monotonic() - began),
        "cpu_microseconds": (_cpu() - cpu) / count * 1e6,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
