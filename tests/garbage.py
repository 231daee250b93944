"""Garbage collection of a run: the collected tests are never garbage, so it need not look at them again and again."""

from __future__ import annotations

import gc
from typing import Final

NEW_OBJECTS: Final = 20_000
"""So many new objects start a collection. Python's usual 700 would take a sixth of the CPU of a run."""


def pytest_configure() -> None:
    """Stop garbage collection while the tests are collected, which creates millions of objects that stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what is there now out of all later collections; each would take a quarter of a second of CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
