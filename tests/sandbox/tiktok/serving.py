"""Serving: the stand-in as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sandbox.tiktok

HOUSE = Path(sandbox.tiktok.__file__).parents[2]
START = "import sys; from sandbox.tiktok.serve import main; sys.exit(main(sys.argv[1:]))"


def serving(*options: str) -> subprocess.Popen[str]:
    """A process on a free port; its first line says where."""
    command = [sys.executable, "-c", START, "--port", "0", *options]
    return subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
