"""A real Kafka broker for the session; each test has its own topics."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from sandbox.kafka import Broker

NO_BROKER: Final[Mapping[str, int]] = {
    "bootstrap_timeout_ms": 50,
    "reconnect_backoff_ms": 10,
    "reconnect_backoff_max_ms": 10,
}
"""Client options for tests without a broker; with the default ones, clients would retry for seconds."""

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Start a broker on a free port for the first test that uses it."""
    with Broker(tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture
def topic_prefix() -> str:
    """Return a prefix that no other test uses, so that tests don't read each other's records."""
    return f"t{next(_NUMBERS)}."
