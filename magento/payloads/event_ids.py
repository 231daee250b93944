"""Event ids and trace contexts: the sender's own, or new ones if it sent none."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def uuid7(now: datetime) -> UUID:
    """Return a UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits, so that ids sort by time.

    The ids need not be hard to guess, so the random bits come from `random` and cost no system call per webhook.
    """
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds & (1 << 48) - 1) << 80 | random.getrandbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def numbered(event_id: str, count: int) -> tuple[str, ...]:
    """Return the ids of a delivery's events: the delivery's own id, followed by ``/n`` if there are several."""
    if count == 1:
        return (event_id,)
    return tuple(f"{event_id}/{n}" for n in range(1, count + 1))


def traceparent(text: str | None, new_id: Callable[[], UUID]) -> str:
    """Return the sender's W3C trace context if it is well-formed, else a new one made from a new id."""
    if text is not None and _TRACEPARENT.match(text):
        return text
    new = new_id().hex
    return f"00-{new}-{new[16:]}-01"
