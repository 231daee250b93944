"""Tallying: what a batch of intake and what a batch of deliveries came to, in numbers for `log.counters`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from consumer.results.results import Note
from records.log.dead_letters import DeadLetter
from records.log.events import End
from records.log.feeds import FETCH_IMAGE
from schemas.product_event import ProductEvent
from sync.decide_event import EventDecision
from tiktok.client.exchange import Exchange

BOUNDS: Final = ("0.1", "0.25", "0.5", "1", "2", "5", "10", "30", "60", "300", "3600")
"""Upper bounds in seconds, as they stand in names."""
BEYOND: Final = "more"
TOO_MANY_REQUESTS: Final = 429
SERVER_ERROR: Final = 500

Counted = Mapping[tuple[str, str], int]
"""By (shop, name)."""


class Decided(Protocol):
    """An event and what it led to, as intake has them."""

    @property
    def event(self) -> ProductEvent:
        """What was told."""

    @property
    def ruling(self) -> EventDecision:
        """What it led to."""


def taken_in(
    value: Iterable[tuple[ProductEvent, object]],
    decided: Iterable[Decided],
    letters: Iterable[DeadLetter],
    *,
    now: datetime,
) -> Counted:
    """A batch of intake: every event that was told, duplicates too; what was decided; what could not be read."""
    counted = Counter((event.shop, f"event {event.origin.value}") for event, _ in value)
    for one in decided:
        event, decision = one.event, one.ruling.decision
        counted[event.shop, f"decision {decision.action.value} {decision.reason.value}"] += 1
        counted[event.shop, f"decided_within {bound(now - event.received_at)}"] += 1
    counted.update((letter.shop or "", f"dead_letter {letter.reason}") for letter in letters)
    return counted


def recorded(notes: Iterable[Note], values: Iterable[bool], *, now: datetime) -> Counted:
    """A batch of deliveries: every call that was made; outcomes only where the lease was `held`."""
    counted: Counter[tuple[str, str]] = Counter()
    for note, ours in zip(notes, values, strict=True):
        shop = note.due.shop.key
        counted.update((shop, name) for one in note.exchanges for name in _calls(one))
        if not ours:
            continue
        if note.outcome is not None:
            counted[shop, f"outcome {note.outcome.kind.value}"] += 1
        if note.dead is not None:
            counted[shop, f"dead_letter {note.dead}"] += 1
        if note.end is End.APPLIED:
            counted[shop, f"applied_within {bound(now - note.due.lease.pending.since)}"] += 1
    return counted


def _calls(one: Exchange) -> Iterable[str]:
    """The call; and whether it was one too many, had no answer of use, or was answered with a no."""
    if one.operation == FETCH_IMAGE:
        return
    yield f"call {one.operation}"
    if one.http_status == TOO_MANY_REQUESTS:
        yield f"call_throttled {one.operation}"
    elif one.http_status is None or one.http_status >= SERVER_ERROR:
        yield f"call_failed {one.operation}"
    elif one.failed:
        yield f"call_refused {one.operation}"


def bound(length: timedelta) -> str:
    """The first of the bounds that this length does not pass; a clock that runs behind is no time at all."""
    seconds = length.total_seconds()
    return next((one for one in BOUNDS if seconds <= float(one)), BEYOND)
