"""Every test of records/ runs on both databases."""

from __future__ import annotations

import pytest

from tests.databases import on_both


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Mark each test that uses a database to run on both."""
    on_both(metafunc)
