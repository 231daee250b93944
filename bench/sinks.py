"""A sink in its own process, for the time of a run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict


class SinkCounts(TypedDict):
    """Calls, overlapping calls, and when the first call for each path came, in Unix seconds."""

    calls: int
    overlaps: int
    first: dict[str, float]


@contextmanager
def sink(seconds: float) -> Iterator[str]:
    """Yield the URL of a sink that responds after so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(seconds * 1000)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


def sink_counts(url: str) -> SinkCounts:
    """Return what the sink has counted."""
    with urllib.request.urlopen(f"{url}/_sink") as answer:
        counts: SinkCounts = json.loads(answer.read())
        return counts
