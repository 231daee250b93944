"""A sink as a process, for the time of a run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def sink(seconds: float) -> Iterator[str]:
    """The URL of a sink that answers after so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(seconds * 1000)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


def told(url: str) -> Any:
    """What the sink counted: calls, overlaps, and by path when the first call came (seconds since 1970)."""
    with urllib.request.urlopen(f"{url}/_sink") as answer:
        return json.loads(answer.read())
