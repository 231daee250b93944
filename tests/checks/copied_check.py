"""A check of `.ci/`, run on a small project of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKS = Path(__file__).parents[2] / ".ci"


def run_check(folder: Path, check: str, files: Mapping[str, str]) -> tuple[int, list[str]]:
    """Write the files (path -> text) and the check to the folder, and return its exit code and its lines."""
    (folder / ".ci").mkdir()
    shutil.copy(CHECKS / check, folder / ".ci")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = subprocess.run(
        [sys.executable, folder / ".ci" / check], capture_output=True, text=True, check=False
    )
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout.splitlines()
