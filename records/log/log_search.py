"""Search a log, newest first, with filters, in a time that does not grow with the log.

One filter is searched by its index, which ends in the id. The other filters are applied to a window of the rows of that
index; then the result says how far back it has searched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, func, or_, select

WINDOW: Final = 5_000
"""Rows of an index to which the other filters are applied in one search."""

OF_ALL_SHOPS: Final = ("event_id", "request_id", "product_id")
OF_A_SHOP: Final = ("failed", "reason", "level", "action", "operation")
"""Columns with an index of their own, and columns whose index begins with the shop; the most selective first."""


@dataclass(frozen=True, slots=True)
class LogSearch:
    """At most `limit` rows of a shop with ids below `before`; `equal` and `any_of` are filters by column."""

    shop: str
    limit: int
    before: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    product_ids: Collection[int] | None = None
    equal: Mapping[str, object] = field(default_factory=dict)
    any_of: Mapping[str, Sequence[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows, and the cursor of the next page (`older`), None at the end.

    `window`: the search ended with its window, at the time `looked_back_to`.
    """

    rows: tuple[RowMapping, ...]
    older: int | None
    window: bool = False
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Walk:
    """A search along an index (`along`), and the conditions that are applied to its rows (`besides`)."""

    along: ColumnElement[bool]
    besides: tuple[ColumnElement[bool], ...]


def search(connection: Connection, table: Table, criteria: LogSearch) -> Found:
    """Return the rows of a page."""
    bounds = _bounds(connection, table, criteria)
    if bounds is None:
        return Found((), None)
    top, bottom = bounds
    below = [] if top is None else [table.c.id < top]
    walks = _walks(table, criteria)
    floor = _floor(connection, table, walks, below)
    if floor is not None and floor <= bottom:
        floor = None
    rows: list[RowMapping] = []
    for walk in walks:
        query = _of_walk(table, walk, below).limit(criteria.limit + 1)
        rows.extend(
            row for row in connection.execute(query).mappings() if row["id"] >= max(bottom, floor or 0)
        )
    rows.sort(key=lambda row: int(row["id"]), reverse=True)
    if len(rows) > criteria.limit:
        shown = tuple(rows[: criteria.limit])
        return Found(shown, int(shown[-1]["id"]))
    if floor is None:
        return Found(tuple(rows), None)
    moment = connection.execute(select(table.c.at).where(table.c.id == floor)).scalar_one()
    return Found(tuple(rows), floor, window=True, looked_back_to=moment)


def _of_walk(table: Table, walk: _Walk, below: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Return the query of a walk's rows, newest first; only of its first window if other conditions apply.

    It has no lower bound, because with both bounds SQLite's planner chooses the index of the shop.
    """
    if not walk.besides:
        return select(table).where(walk.along, *below).order_by(table.c.id.desc())
    first = select(table.c.id).where(walk.along, *below).order_by(table.c.id.desc()).limit(WINDOW).subquery()
    query = select(table).where(table.c.id.in_(select(first.c.id)), *walk.besides)
    return query.order_by(table.c.id.desc())


def newer(connection: Connection, table: Table, criteria: LogSearch, after: int, most: int) -> int:
    """Return how many rows there are above this id, up to `most`, within a window."""
    number = 0
    walks = _walks(table, criteria)
    # A single bound, because SQLite starts its walk at the first of several.
    lowest = max(after + 1, _floor(connection, table, walks, [table.c.id > after]) or 0)
    for walk in walks:
        query = select(table.c.id).where(walk.along, *walk.besides, table.c.id >= lowest)
        if criteria.until is not None:
            query = query.where(_apart(table.c.at) <= criteria.until)
        counted = query.order_by(table.c.id.desc()).limit(most).subquery()
        number += int(connection.execute(select(func.count()).select_from(counted)).scalar_one())
    return min(number, most)


def newest_id(connection: Connection, table: Table) -> int:
    """Return the highest id; 0 if the log is empty."""
    return int(connection.execute(select(func.max(table.c.id))).scalar_one() or 0)


def _bounds(connection: Connection, table: Table, criteria: LogSearch) -> tuple[int | None, int] | None:
    """Return the upper bound of ids (exclusive; None: no bound) and the lower bound; None if no row can match."""
    top, bottom = criteria.before, 0
    if criteria.until is not None:
        query = select(table.c.id).where(table.c.at <= criteria.until)
        last = connection.execute(query.order_by(table.c.at.desc(), table.c.id.desc()).limit(1)).scalar()
        if last is None:
            return None
        top = last + 1 if top is None else min(top, last + 1)
    if criteria.since is not None:
        query = select(table.c.id).where(table.c.at >= criteria.since)
        first = connection.execute(query.order_by(table.c.at, table.c.id).limit(1)).scalar()
        if first is None:
            return None
        bottom = first
    return top, bottom


def _floor(
    connection: Connection, table: Table, walks: Iterable[_Walk], bounds: Sequence[ColumnElement[bool]]
) -> int | None:
    """Return the id where the window of these walks ends; None if they end within it or have no other conditions."""
    ends: list[int] = []
    for walk in walks:
        if walk.besides:
            query = select(table.c.id).where(walk.along, *bounds).order_by(table.c.id.desc())
            ends.extend(connection.execute(query.limit(1).offset(WINDOW - 1)).scalars())
    return max(ends, default=None)


def _walks(table: Table, criteria: LogSearch) -> list[_Walk]:
    """Return a walk for each value of the filter whose index is used; the caller merges their rows."""
    wanted: dict[str, Sequence[object]] = {name: [value] for name, value in criteria.equal.items()} | dict(
        criteria.any_of
    )
    if criteria.product_ids is not None:
        wanted["product_id"] = list(criteria.product_ids)
    walked = next((name for name in (*OF_ALL_SHOPS, *OF_A_SHOP) if name in wanted), None)
    besides = [_one_of(table, name, values) for name, values in wanted.items() if name != walked]
    if walked is None:
        return [_Walk(table.c.shop == criteria.shop, tuple(besides))]
    if walked in OF_ALL_SHOPS:
        besides.append(_apart(table.c.shop) == criteria.shop)
        return [_Walk(table.c[walked] == value, tuple(besides)) for value in wanted[walked]]
    of_shop = table.c.shop == criteria.shop
    return [_Walk(and_(of_shop, table.c[walked] == value), tuple(besides)) for value in wanted[walked]]


def _one_of(table: Table, name: str, values: Iterable[object]) -> ColumnElement[bool]:
    return or_(*(_apart(table.c[name]) == value for value in values))


def _apart(column: ColumnElement[object]) -> ColumnElement[object]:
    """Return the column as an expression, so that no planner uses its index instead of the chosen one."""
    return func.coalesce(column, column)
