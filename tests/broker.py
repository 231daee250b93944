"""A real Kafka broker for the run; each test has its own topics."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from sandbox.kafka import Broker
from tests.shared_broker import INPUT, shared_broker

NO_BROKER: Final[Mapping[str, int]] = {
    "bootstrap_timeout_ms": 50,
    "reconnect_backoff_ms": 10,
    "reconnect_backoff_max_ms": 10,
}
"""Client options for tests without a broker; with the default ones, clients would retry for seconds."""

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Start a broker on a free port for the first test that uses it; the workers of a run share one."""
    workerinput: Mapping[str, str] = getattr(request.config, "workerinput", {})
    if INPUT in workerinput:
        yield shared_broker(Path(workerinput[INPUT]))
        return
    with Broker(tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture
def topic_prefix() -> str:
    """Return a prefix that no other test uses, in no worker, so that tests don't read each other's records."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', '')}t{next(_NUMBERS)}."
