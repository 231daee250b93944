"""A real Kafka broker for the tests of this session, each test with topics of its own."""

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
"""Options of Kafka clients in tests where no broker listens: they would try again and again, for seconds."""

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Started at the first test that wants it, on a port of its own."""
    with Broker(tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture
def topic_prefix() -> str:
    """So that no test reads another's records."""
    return f"t{next(_NUMBERS)}."
