"""Taking over: a consumer in full swing is killed with -9, and another one starts. `python -m bench.takeover`

Whoever takes over a lease reads TikTok first, once the lease of 20 s has run out. Measured: from the kill to the
first read of a listing that the dead one held, and to the last of them.
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
from bench.sinks import told
from records.catalog.tables import pending_syncs

LISTINGS: Final = 25_000
"""So many that the second one has its hands full when the leases of the first run out."""
CALL_SECONDS: Final = 0.1
FULL_SWING: Final = 600
"""Calls after which it is killed."""
PATIENCE: Final = 90.0


def run() -> dict[str, float]:
    """One run; seconds from the kill."""
    with surroundings(LISTINGS, CALL_SECONDS, due=True) as around:
        first = around.consumer()
        _wait(lambda: told(around.url)["calls"] >= FULL_SWING)
        os.kill(first.pid, signal.SIGKILL)
        killed = time.time()
        found = _leased(around)
        second = around.consumer("successor")
        try:
            paths = {f"/product/202309/products/{tiktok_id(number)}" for number in found}
            _wait(lambda: paths <= told(around.url)["first"].keys())
            seen = told(around.url)
        finally:
            second.stop()
            first.stop()
        reads = sorted(seen["first"][path] - killed for path in paths)
    return {
        "held_by_the_dead": len(found),
        "first_taken_over_seconds": reads[0],
        "last_taken_over_seconds": reads[-1],
        "overlaps": seen["overlaps"],
    }


def _leased(around: Surroundings) -> list[int]:
    with around.database.read() as connection:
        query = select(pending_syncs.c.product_id).where(pending_syncs.c.lease_token.is_not(None))
        return list(connection.execute(query).scalars())


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not come to that within {PATIENCE:.0f} s")
        time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(run()))
