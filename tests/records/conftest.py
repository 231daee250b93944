"""What is kept is kept on both databases."""

from __future__ import annotations

import pytest

from tests.databases import on_both


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test here that wants a database."""
    on_both(metafunc)
