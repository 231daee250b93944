"""Signals: SIGTERM and SIGINT raise SystemExit, so that a command stops what it started in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stops_on_signals() -> Iterator[None]:
    """Handle both signals within this context, SIGINT too because a background job inherits it ignored."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
