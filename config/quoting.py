"""Name a file in a message, without showing a secret that was entered in place of the path."""

from __future__ import annotations

from pathlib import Path

LONGEST_NAME = 30
"""Longer names are not quoted; a secret has more characters."""


def file_named(text: str, folder: Path = Path()) -> str:
    """Return words for this file: with its path if its folder exists, else without, because it may be a secret."""
    path = (folder / text).expanduser()
    try:
        is_path = len(path.name) <= LONGEST_NAME and path.parent.is_dir()
    except OSError:
        is_path = False
    return f"the file {text!r}" if is_path else "the file that is named there"
