"""`within`: call something that may not answer, with a time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from topics.errors import OutOfReach, Refused

log = structlog.get_logger(__name__)

Seen = TypeVar("Seen")

MOST: Final = 8
"""Calls that may run at once, abandoned ones included: those end by time limits of their own."""
_ROOM: Final = threading.BoundedSemaphore(MOST)


def within(seconds: float, what: str, next_step: str, look: Callable[[], Seen]) -> Seen:
    """Return what `look` returns within `seconds`.

    Raises the `Refused` that it raises, and `OutOfReach` if it fails otherwise or takes longer.
    """
    late = OutOfReach(f"{what} does not answer within {seconds:g} s.", next_step)
    if not _ROOM.acquire(blocking=False):
        raise late
    found: list[Seen] = []
    failed: list[Refused] = []

    def work() -> None:
        try:
            found.append(look())
        except Refused as error:
            failed.append(error)
        except Exception as error:
            # Not the error's message: it may quote the client's settings, secrets included.
            log.error("look_failed", what=what, error=type(error).__name__)
            failed.append(OutOfReach(f"{what} can't be asked ({type(error).__name__}).", next_step))
        finally:
            _ROOM.release()

    thread = threading.Thread(target=work, name="bounded look", daemon=True)
    thread.start()
    thread.join(seconds)
    if found:
        return found[0]
    raise failed[0] if failed else late
