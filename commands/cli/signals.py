"""Signals: SIGTERM and SIGINT end a command as SystemExit, so that what it started is stopped in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stops_on_signals() -> Iterator[None]:
    """Both are set here: a job that a shell put in the background inherits SIGINT ignored."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
