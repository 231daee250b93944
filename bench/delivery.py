"""`python -m bench.delivery`: delivery of due listings to a slow sink.

The bound is max(N x t / C, the longest chain of one listing): no schedule of C parallel calls is faster.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import structlog

from bench.shops import KEY, open_shop, stock
from bench.sinks import sink, sink_counts
from config import logs
from consumer.__main__ import collect_rarely
from consumer.delivery.dispatcher import Delivery
from records.catalog import sync_queue
from records.db.database import Database
from records.db.secret_box import SecretBox

LISTINGS, CALL_SECONDS, IN_FLIGHT = 6_000, 0.1, 64


def run(count: int = LISTINGS) -> dict[str, float]:
    """Run once. Return wall time over the bound, CPU for each listing, and what the sink counted."""
    logs.configure("WARNING")
    with sink(CALL_SECONDS) as url, tempfile.TemporaryDirectory() as folder:
        database = open_shop(Path(folder) / "bench.db", url)
        stock(database, count, due=True)
        delivery = Delivery(
            database,
            SecretBox(KEY),
            calls_in_flight=IN_FLIGHT,
            calls_per_second=0,
            audit_look=timedelta(seconds=2),
        )
        collect_rarely()
        cpu, began = _cpu(), time.monotonic()
        delivery.start()
        while _pending(database):
            time.sleep(0.2)
        wall, cpu = time.monotonic() - began, _cpu() - cpu
        delivery.stop()
        database.close()
        seen = sink_counts(url)
    bound = max(count * CALL_SECONDS / IN_FLIGHT, CALL_SECONDS)
    return {
        "wall_over_bound": wall / bound,
        "cpu_microseconds": cpu / count * 1e6,
        "calls": seen["calls"],
        "overlaps": seen["overlaps"],
        "per_second": count / wall,
    }


def _pending(database: Database) -> int:
    with database.read() as connection:
        return sync_queue.count(connection)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    structlog.reset_defaults()
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else LISTINGS)))
