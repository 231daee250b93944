"""Event ids, and the trace that an event carries: the sender's own where it told one, else new."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def uuid7(now: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits; so ids sort by time.

    Nothing rests on nobody guessing it, so the system is not asked for the bits at each webhook.
    """
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds & (1 << 48) - 1) << 80 | random.getrandbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def numbered(event_id: str, count: int) -> tuple[str, ...]:
    """The ids of the events of one delivery: its own, with ``/n`` where there are several."""
    if count == 1:
        return (event_id,)
    return tuple(f"{event_id}/{n}" for n in range(1, count + 1))


def traceparent(text: str | None, new_id: Callable[[], UUID]) -> str:
    """The sender's W3C trace context if it has the right form, else a new one made of a new id."""
    if text is not None and _TRACEPARENT.match(text):
        return text
    new = new_id()
    return f"00-{new.hex}-{new.hex[16:]}-01"
