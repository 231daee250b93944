"""A sandbox with a clock that the test moves, and a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.tiktok import Sandbox
from tests.sandbox.tiktok.caller import Caller, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock) as sandbox:
        yield Caller(sandbox.url, clock)
