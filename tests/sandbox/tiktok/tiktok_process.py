"""Serving: the stand-in as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sandbox.tiktok

HOUSE = Path(sandbox.tiktok.__file__).parents[2]
START = "import sys; from sandbox.tiktok.serve import main; sys.exit(main(sys.argv[1:]))"


def serving(*options: str) -> subprocess.Popen[str]:
    """A process on a free port; its first line says where."""
    command = [sys.executable, "-c", START, "--port", "0", *options]
    return subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def told_by(*options: str) -> Iterator[str]:
    """The URL of such a process, for as long as the context lasts."""
    with serving(*options) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
