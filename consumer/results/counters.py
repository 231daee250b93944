"""Count what a batch of intake or a batch of deliveries did, for `records.log.counters`. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Counted
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from consumer.results.results import Note
from records.log.counters import Counter, CounterKind
from records.log.dead_letters import DeadLetter
from records.log.events import End
from records.log.feeds import FETCH_IMAGE
from schemas.product_event import ProductEvent
from sync.decide_event import EventDecision
from tiktok.client.exchange import Exchange

BOUNDS: Final = ("0.1", "0.25", "0.5", "1", "2", "5", "10", "30", "60", "300", "3600")
"""Upper bounds in seconds, as labels of `DECIDED_WITHIN` and `APPLIED_WITHIN`."""
_SECONDS: Final = tuple(map(float, BOUNDS))
BEYOND: Final = "more"
"""The label of what took longer than every bound."""
TOO_MANY_REQUESTS: Final = 429
SERVER_ERROR: Final = 500

Counts = Counted[tuple[str, Counter]]
"""A number for each (shop, counter)."""


def intake_counts(
    received: Iterable[tuple[ProductEvent, object]],
    decided: Iterable[tuple[ProductEvent, EventDecision]],
    letters: Iterable[DeadLetter],
    *,
    now: datetime,
) -> Counts:
    """Return the counts of a batch of intake: events received (duplicates too), decisions, and dead letters.

    `received` are the readable events with their records.
    """
    counted = Counted((event.shop, Counter(CounterKind.EVENT, event.origin.value)) for event, _ in received)
    for event, event_decision in decided:
        decision = event_decision.decision
        counted[event.shop, Counter(CounterKind.DECISION, decision.action.value, decision.reason.value)] += 1
        counted[event.shop, Counter(CounterKind.DECIDED_WITHIN, bound(now - event.received_at))] += 1
    counted.update((letter.shop or "", Counter(CounterKind.DEAD_LETTER, letter.reason)) for letter in letters)
    return counted


def delivery_counts(notes: Iterable[Note], under_lease: Iterable[bool], *, now: datetime) -> Counts:
    """Return the counts of a batch of notes: every call, and the outcomes of notes that were written `under_lease`."""
    counted: Counts = Counted()
    for note, counts in zip(notes, under_lease, strict=True):
        shop = note.leased.shop.key
        counted.update((shop, counter) for exchange in note.exchanges for counter in _calls(exchange))
        if not counts:
            continue
        if note.outcome is not None:
            counted[shop, Counter(CounterKind.OUTCOME, note.outcome.kind.value)] += 1
        if note.dead is not None:
            counted[shop, Counter(CounterKind.DEAD_LETTER, note.dead)] += 1
        if note.end is End.APPLIED:
            took = bound(now - note.leased.lease.pending.since)
            counted[shop, Counter(CounterKind.APPLIED_WITHIN, took)] += 1
    return counted


def _calls(exchange: Exchange) -> Iterable[Counter]:
    """Yield the call's counter, and one more if it was throttled, failed or was refused."""
    if exchange.operation == FETCH_IMAGE:
        return
    yield Counter(CounterKind.CALL, exchange.operation)
    if exchange.http_status == TOO_MANY_REQUESTS:
        yield Counter(CounterKind.CALL_THROTTLED, exchange.operation)
    elif exchange.http_status is None or exchange.http_status >= SERVER_ERROR:
        yield Counter(CounterKind.CALL_FAILED, exchange.operation)
    elif exchange.failed:
        yield Counter(CounterKind.CALL_REFUSED, exchange.operation)


def bound(length: timedelta) -> str:
    """Return the label of the smallest bound that this length does not exceed. A negative length counts as zero."""
    at = bisect_left(_SECONDS, length.total_seconds())
    return BOUNDS[at] if at < len(BOUNDS) else BEYOND
