"""Fixtures and hooks for all tests."""

import os

from hypothesis import settings

from tests.broker import broker, topic_prefix
from tests.browser import browser
from tests.compiled_sql import compile_sql_once
from tests.databases import (
    database,
    database_url,
    empty,
    new_url,
    outage,
    pytest_generate_tests,
    sqlite,
    sqlite_file,
    upgraded,
)
from tests.flask_apps import compile_once
from tests.garbage import pytest_collection_finish, pytest_configure
from tests.order import pytest_collection_modifyitems
from tests.postgres import postgres
from tests.shared_broker import pytest_configure_node, pytest_unconfigure

__all__ = [
    "broker",
    "browser",
    "database",
    "database_url",
    "empty",
    "new_url",
    "outage",
    "postgres",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_unconfigure",
    "sqlite",
    "sqlite_file",
    "topic_prefix",
    "upgraded",
]

compile_once()
compile_sql_once()

# `make test` uses the same examples each time, so that its result depends on the code alone; `make explore` tries more.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("M2T_HYPOTHESIS", "fixed"))
