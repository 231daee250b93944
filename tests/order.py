"""The order of a run: the longest files start first, so that no worker ends long after the others."""

from __future__ import annotations

from typing import Final

import pytest

LONGEST_FIRST: Final = (
    "tests/whole/test_no_secret_leaks.py",
    "tests/console/web/test_every_screen.py",
    "tests/whole/",
    "tests/commands/test_up.py",
    "tests/console/logs/",
    "tests/consumer/",
    "tests/console/",
    "tests/commands/",
)
"""Files and folders, longest first; all others follow in the usual order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by their files; those of a file keep their order."""
    items.sort(key=place)


def place(item: pytest.Item) -> int:
    """Return the position of the first entry of `LONGEST_FIRST` that names the file of this test."""
    matches = (number for number, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
    return next(matches, len(LONGEST_FIRST))
