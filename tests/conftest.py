"""What tests of every room may ask for."""

import os

from hypothesis import settings

from tests.broker import broker, topic_prefix
from tests.browser import browser
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
from tests.order import pytest_collection_modifyitems
from tests.postgres import postgres

__all__ = [
    "broker",
    "browser",
    "database",
    "database_url",
    "empty",
    "new_url",
    "outage",
    "postgres",
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "sqlite",
    "sqlite_file",
    "topic_prefix",
    "upgraded",
]

compile_once()

# What `make test` says depends on the code alone; `make explore` looks for examples that nobody has seen yet.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("M2T_HYPOTHESIS", "fixed"))
