"""Tallies: how many of what, minute by minute and hour by hour. Numbers only, whatever the logs' switches say.

Counted, as `results.counters` names them: ``event ORIGIN``, ``decision ACTION REASON``, ``dead_letter REASON``,
``outcome KIND``, ``call OPERATION`` and of those ``call_refused``, ``call_failed``, ``call_throttled OPERATION``; how
long it took, by upper bounds in seconds: ``decided_within SECONDS``, ``applied_within SECONDS``. The highest of each
step, as `consumer.heartbeat` sees it: ``oldest_seconds`` and ``waiting`` by shop, ``lag_records`` and ``lag_seconds``.
Minutes are kept for two days, hours for ninety.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from records.db.upsert import upsert
from records.log.tables import tallies as table

MINUTE: Final = 60
HOUR: Final = 3600
KEPT: Final = {MINUTE: timedelta(days=2), HOUR: timedelta(days=90)}
_ADD = upsert(table, lambda new: {"number": table.c.number + new.number})
_RAISE = upsert(table, lambda new: {"number": new.number}, where=lambda new: new.number > table.c.number)


@dataclass(frozen=True, slots=True)
class Tallied:
    """So many of this, in the step that begins then."""

    at: datetime
    name: str
    number: int


def add(connection: Connection, counted: Mapping[tuple[str, str], int], *, now: datetime) -> None:
    """Add these numbers, by (shop, name), to the minute and the hour of `now`.

    As late in its transaction as can be: on PostgreSQL processes wait for each other at these rows.
    """
    rows = _rows({key: number for key, number in counted.items() if number}, now)
    if rows:
        connection.execute(_ADD(connection), rows)


def highest(connection: Connection, seen: Mapping[tuple[str, str], int], *, now: datetime) -> None:
    """Keep these numbers, by (shop, name), where the minute and the hour of `now` have seen no higher one."""
    if seen:
        connection.execute(_RAISE(connection), _rows(seen, now))


def _rows(numbers: Mapping[tuple[str, str], int], now: datetime) -> list[dict[str, Any]]:
    return [
        {"step": step, "at": step_of(now, step), "shop": shop, "name": name[:80], "number": number}
        for step in KEPT
        for (shop, name), number in sorted(numbers.items())
    ]


def series(
    connection: Connection,
    shops: Collection[str],
    prefix: str,
    *,
    step: int,
    since: datetime,
    until: datetime,
) -> list[Tallied]:
    """What was counted of the names that begin so, all these shops together, oldest first."""
    query = (
        select(table.c.at, table.c.name, func.sum(table.c.number).label("number"))
        .where(
            table.c.step == step,
            table.c.at >= step_of(since, step),
            table.c.at < until,
            table.c.shop.in_(shops),
            table.c.name.startswith(prefix, autoescape=True),
        )
        .group_by(table.c.at, table.c.name)
        .order_by(table.c.at, table.c.name)
    )
    return [Tallied(row.at, row.name, int(row.number)) for row in connection.execute(query)]


def totals(
    connection: Connection, shops: Collection[str], *, step: int, since: datetime, until: datetime
) -> dict[str, int]:
    """What was counted in all of these steps of these shops together, by name."""
    query = (
        select(table.c.name, func.sum(table.c.number).label("number"))
        .where(
            table.c.step == step,
            table.c.at >= step_of(since, step),
            table.c.at < until,
            table.c.shop.in_(shops),
        )
        .group_by(table.c.name)
    )
    return {row.name: int(row.number) for row in connection.execute(query)}


def forget(connection: Connection, *, now: datetime) -> int:
    """Delete the oldest moment of each step that is older than it is kept; how many rows went.

    Call again while it is not 0: the rows of one moment, one for each shop and name, are what one transaction takes.
    """
    return sum(_forget(connection, now))


def _forget(connection: Connection, now: datetime) -> Iterator[int]:
    for step, kept in KEPT.items():
        oldest = select(func.min(table.c.at)).where(table.c.step == step).scalar_subquery()
        old = (table.c.step == step) & (table.c.at == oldest) & (table.c.at < now - kept)
        yield connection.execute(delete(table).where(old)).rowcount


def step_of(at: datetime, step: int) -> datetime:
    """When the step of this moment begins; `step` in seconds."""
    return at - timedelta(seconds=at.timestamp() % step)
