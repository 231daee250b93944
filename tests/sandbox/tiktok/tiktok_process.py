"""Start the sandbox as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sandbox.tiktok

PROJECT = Path(sandbox.tiktok.__file__).parents[2]
START = "import sys; from sandbox.tiktok.serve import main; sys.exit(main(sys.argv[1:]))"


def start_sandbox(*options: str) -> subprocess.Popen[str]:
    """Start a process on a free port; its first line has the URL."""
    command = [sys.executable, "-c", START, "--port", "0", *options]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def running_sandbox(*options: str) -> Iterator[str]:
    """Yield the URL of a process that runs while the context is open."""
    with start_sandbox(*options) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
