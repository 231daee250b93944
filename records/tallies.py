"""Tallies: how many of what, minute by minute and hour by hour. Numbers only, whatever the logs' switches say.

Names are ``decision ACTION reason``, ``outcome KIND``, ``call OPERATION``, ``call_failed OPERATION``, ``webhook``.
Minutes are kept for two days, hours for ninety.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from records.tables import tallies as table

MINUTE: Final = 60
HOUR: Final = 3600
KEPT: Final = {MINUTE: timedelta(days=2), HOUR: timedelta(days=90)}


@dataclass(frozen=True, slots=True)
class Tallied:
    """So many of this, in the step that begins then."""

    at: datetime
    name: str
    number: int


def add(connection: Connection, counted: Mapping[tuple[str, str], int], *, now: datetime) -> None:
    """Add these numbers, by (shop, name), to the minute and the hour of `now`."""
    rows = [
        {"step": step, "at": step_of(now, step), "shop": shop, "name": name[:80], "number": number}
        for step in KEPT
        for (shop, name), number in sorted(counted.items())
        if number
    ]
    if not rows:
        return
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table)
    keys = [table.c.step, table.c.at, table.c.shop, table.c.name]
    connection.execute(
        new.on_conflict_do_update(index_elements=keys, set_={"number": table.c.number + new.excluded.number}),
        rows,
    )


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


def forget(connection: Connection, *, now: datetime) -> int:
    """Delete what is older than it is kept; how many rows went."""
    return sum(_forget(connection, now))


def _forget(connection: Connection, now: datetime) -> Iterator[int]:
    for step, kept in KEPT.items():
        old = (table.c.step == step) & (table.c.at < now - kept)
        yield connection.execute(delete(table).where(old)).rowcount


def step_of(at: datetime, step: int) -> datetime:
    """When the step of this moment begins; `step` in seconds."""
    return at - timedelta(seconds=at.timestamp() % step)
