"""`python -m bench.takeover`: a busy consumer is killed with SIGKILL, and another takes over its leases.

The second consumer reads TikTok first, once a lease of 20 s has expired. Measured: the time from the kill to the first
and to the last read of a listing that the first consumer had leased.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import select

from bench.consumers import Surroundings, surroundings
from bench.shops import tiktok_id
from bench.sinks import sink_counts
from records.catalog.tables import pending_syncs

LISTINGS: Final = 25_000
"""Enough that the second consumer is busy when the leases of the first expire."""
CALL_SECONDS: Final = 0.1
FULL_SWING: Final = 600
"""Calls after which the first consumer is killed."""
TIMEOUT_SECONDS: Final = 90.0


def run() -> dict[str, float]:
    """Run once. Times are in seconds since the kill."""
    with surroundings(LISTINGS, CALL_SECONDS, due=True) as around:
        first = around.consumer()
        _wait(lambda: sink_counts(around.url)["calls"] >= FULL_SWING)
        os.kill(first.pid, signal.SIGKILL)
        killed = time.time()
        found = _leased(around)
        second = around.consumer("successor")
        try:
            paths = {f"/product/202309/products/{tiktok_id(number)}" for number in found}
            _wait(lambda: paths <= sink_counts(around.url)["first"].keys())
            seen = sink_counts(around.url)
        finally:
            second.stop()
            first.stop()
        reads = sorted(seen["first"][path] - killed for path in paths)
    return {
        "leased_by_the_killed": len(found),
        "first_taken_over_seconds": reads[0],
        "last_taken_over_seconds": reads[-1],
        "overlaps": seen["overlaps"],
    }


def _leased(around: Surroundings) -> list[int]:
    with around.database.read() as connection:
        query = select(pending_syncs.c.product_id).where(pending_syncs.c.lease_token.is_not(None))
        return list(connection.execute(query).scalars())


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the condition was not met within {TIMEOUT_SECONDS:.0f} s")
        time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(run()))
