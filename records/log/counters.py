"""Counters: how often each thing happened, by minute and by hour (table `tallies`), whatever the logs' switches say.

Minutes are kept for two days, hours for ninety.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from records.db.upsert import upsert
from records.log.tables import tallies as table

MINUTE: Final = 60
HOUR: Final = 3600
KEPT: Final = {MINUTE: timedelta(days=2), HOUR: timedelta(days=90)}
"""How long rows are kept, by step in seconds."""
LABEL_LENGTH: Final = 60
_ADD = upsert(table, lambda new: {"number": table.c.number + new.number})
_RAISE = upsert(table, lambda new: {"number": new.number}, where=lambda new: new.number > table.c.number)


class CounterKind(StrEnum):
    """What is counted; in parentheses what the counter's label is."""

    EVENT = "event"
    """Product events that intake read, duplicates too (their origin)."""
    DECISION = "decision"
    """Decisions (the action; with the reason)."""
    DECIDED_WITHIN = "decided_within"
    """Decisions by the time since the webhook (its upper bound in seconds)."""
    DEAD_LETTER = "dead_letter"
    """Dead letters (the reason code)."""
    OUTCOME = "outcome"
    """What syncs ended with (the outcome's kind)."""
    APPLIED_WITHIN = "applied_within"
    """Applied changes by the time since they were queued (its upper bound in seconds)."""
    CALL = "call"
    """Calls of TikTok (the operation); each of the next three is counted as a call too."""
    CALL_REFUSED = "call_refused"
    CALL_FAILED = "call_failed"
    CALL_THROTTLED = "call_throttled"
    OLDEST_SECONDS = "oldest_seconds"
    """The age of the oldest change that is not sent yet: the highest of the step, as are the next three."""
    WAITING = "waiting"
    LAG_RECORDS = "lag_records"
    LAG_SECONDS = "lag_seconds"

    @property
    def keeps_highest(self) -> bool:
        """Whether a step holds the highest number that was seen, instead of a sum."""
        return self in _HIGHEST


_HIGHEST: Final = frozenset(
    {CounterKind.OLDEST_SECONDS, CounterKind.WAITING, CounterKind.LAG_RECORDS, CounterKind.LAG_SECONDS}
)


class Counter(NamedTuple):
    """One counter: its kind, the label within that kind, and the reason code where it counts decisions."""

    kind: CounterKind
    label: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CounterStep:
    """A counter's number in the step that begins at `at`."""

    at: datetime
    counter: Counter
    number: int


def add(connection: Connection, counted: Mapping[tuple[str, Counter], int], *, now: datetime) -> None:
    """Add these numbers, by (shop, counter), to the minute and the hour of `now`.

    Call it as late in a transaction as possible: on PostgreSQL, processes wait for each other at these rows.
    """
    rows = _rows({key: number for key, number in counted.items() if number}, now)
    if rows:
        connection.execute(_ADD(connection), rows)


def highest(connection: Connection, seen: Mapping[tuple[str, Counter], int], *, now: datetime) -> None:
    """Store these numbers, by (shop, counter), unless the minute or the hour of `now` has a higher number already."""
    if seen:
        connection.execute(_RAISE(connection), _rows(seen, now))


def _rows(numbers: Mapping[tuple[str, Counter], int], now: datetime) -> list[dict[str, object]]:
    return [
        {
            "step": step,
            "at": step_of(now, step),
            "shop": shop,
            "kind": counter.kind.value,
            "label": counter.label[:LABEL_LENGTH],
            "reason": counter.reason[:LABEL_LENGTH],
            "number": number,
        }
        for step in KEPT
        # Every transaction locks these rows in the same order, so that none deadlocks.
        for (shop, counter), number in sorted(numbers.items())
    ]


def series(
    connection: Connection,
    shops: Collection[str],
    *,
    step: int,
    since: datetime,
    until: datetime,
) -> list[CounterStep]:
    """Return every counter of these shops together, step by step, oldest first; `step` in seconds."""
    query = (
        select(
            table.c.at,
            table.c.kind,
            table.c.label,
            table.c.reason,
            func.sum(table.c.number).label("number"),
        )
        .where(*_within(shops, step, since, until))
        .group_by(table.c.at, table.c.kind, table.c.label, table.c.reason)
        .order_by(table.c.at, table.c.kind, table.c.label, table.c.reason)
    )
    return [
        CounterStep(at, Counter(CounterKind(kind), label, reason), int(number))
        for at, kind, label, reason, number in connection.execute(query)
    ]


def totals(
    connection: Connection, shops: Collection[str], *, step: int, since: datetime, until: datetime
) -> dict[Counter, int]:
    """Return the sum of each counter over these steps of these shops together."""
    query = (
        select(table.c.kind, table.c.label, table.c.reason, func.sum(table.c.number).label("number"))
        .where(*_within(shops, step, since, until))
        .group_by(table.c.kind, table.c.label, table.c.reason)
    )
    return {
        Counter(CounterKind(kind), label, reason): int(number)
        for kind, label, reason, number in connection.execute(query)
    }


_KINDS: Final = [kind.value for kind in CounterKind]
"""Rows of other kinds, which another version may have counted, are left out."""


def forget(connection: Connection, *, now: datetime) -> int:
    """Delete the oldest moment of each step that is past its retention; return how many rows were deleted.

    Call it again until it returns 0: one transaction deletes the rows of one moment of each step.
    """
    return sum(_forget(connection, now))


def _forget(connection: Connection, now: datetime) -> Iterator[int]:
    for step, kept in KEPT.items():
        oldest = select(func.min(table.c.at)).where(table.c.step == step).scalar_subquery()
        old = (table.c.step == step) & (table.c.at == oldest) & (table.c.at < now - kept)
        yield connection.execute(delete(table).where(old)).rowcount


def step_of(at: datetime, step: int) -> datetime:
    """Return when the step of this moment begins; `step` in seconds."""
    return at - timedelta(seconds=at.timestamp() % step)


def _within(shops: Collection[str], step: int, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that a row belongs to these shops, steps and times, and is of a known kind."""
    return [
        table.c.step == step,
        table.c.at >= step_of(since, step),
        table.c.at < until,
        table.c.shop.in_(shops),
        table.c.kind.in_(_KINDS),
    ]
