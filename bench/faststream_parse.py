"""`python -m bench.faststream_parse N`: the cost of a FastStream consumer that only parses the same topic.

It reads the product events of BENCH_KAFKA from the start, one message for each handler call, and stops after N.
FastStream parses the body, by its content type.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from typing import Any

from faststream import FastStream
from faststream.kafka import KafkaBroker


async def main(count: int) -> None:
    """Print microseconds of CPU for each message, and messages per second."""
    broker = KafkaBroker(os.environ["BENCH_KAFKA"], log_level=50)
    app = FastStream(broker)
    seen = 0
    began = cpu = 0.0

    async def handle(body: dict[str, Any]) -> None:
        nonlocal seen, began, cpu
        if seen == 0:
            began, cpu = time.monotonic(), _cpu()
        seen += 1
        if seen == count:
            app.exit()

    group = f"bench-{time.time_ns()}"
    broker.subscriber(os.environ["BENCH_TOPIC"], group_id=group, auto_offset_reset="earliest")(handle)
    await app.run(log_level=50)
    fields: dict[str, Any] = {
        "cpu_microseconds": (_cpu() - cpu) / seen * 1e6,
        "per_second": seen / (time.monotonic() - began),
    }
    print(json.dumps(fields))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
