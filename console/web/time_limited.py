"""A look at something that may not answer: it is waited for so long, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from topics.errors import OutOfReach, Refused

log = structlog.get_logger(__name__)

Seen = TypeVar("Seen")

MOST: Final = 8
"""Looks on their way at once, the forgotten ones too: they end by their own time limits."""
_ROOM: Final = threading.BoundedSemaphore(MOST)


def within(seconds: float, what: str, next_step: str, look: Callable[[], Seen]) -> Seen:
    """What `look` returns, or the `Refused` that it raises; `OutOfReach` where it does not come in time, or fails."""
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
            # Its words might quote what it was given.
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
