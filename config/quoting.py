"""Quoting: how a message names a file, for a secret may have been written where its path belongs."""

from __future__ import annotations

from pathlib import Path

LONGEST_NAME = 30
"""Characters of a file's name that is quoted; a secret has more."""


def file_named(text: str, folder: Path = Path()) -> str:
    """The file with its path, where it lies in a folder that there is; else only that it is named there."""
    path = (folder / text).expanduser()
    try:
        is_path = len(path.name) <= LONGEST_NAME and path.parent.is_dir()
    except OSError:
        is_path = False
    return f"the file {text!r}" if is_path else "the file that is named there"
