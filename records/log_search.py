"""Searching a log: newest first, by filters, in a time that does not grow with the log.

Every filter either has an index that ends in the id, or is looked for in a window of ids at a time: then the answer
says how far back it has looked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, Table, func, select

WINDOW: Final = 5_000
"""Ids that are looked through at once for a filter without an index."""

INDEXED: Final = frozenset({"level", "reason", "action", "operation", "failed", "event_id", "request_id"})


@dataclass(frozen=True, slots=True)
class LogSearch:
    """At most `limit` rows of a shop below an id; `equal` and `any_of` go by column."""

    shop: str
    limit: int
    before: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    product_ids: Collection[int] | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    any_of: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows; `older` is the cursor of what comes next, None at the end; `window` that it was cut by a window."""

    rows: tuple[RowMapping, ...]
    older: int | None
    window: bool = False


def search(connection: Connection, table: Table, asked: LogSearch) -> Found:
    """The rows of a page."""
    top, bottom = _bounds(connection, table, asked)
    if top is None or bottom > top:
        return Found((), None)
    windowed = (
        bool(asked.equal.keys() - INDEXED) and asked.product_ids is None and "event_id" not in asked.equal
    )
    floor = max(bottom, top - WINDOW + 1) if windowed else bottom
    rows: list[RowMapping] = []
    for query in _queries(table, asked):
        query = query.where(table.c.id <= top, table.c.id >= floor)
        rows.extend(connection.execute(query.order_by(table.c.id.desc()).limit(asked.limit + 1)).mappings())
    rows.sort(key=lambda row: int(row["id"]), reverse=True)
    if len(rows) > asked.limit:
        shown = tuple(rows[: asked.limit])
        return Found(shown, int(shown[-1]["id"]))
    return Found(tuple(rows), floor if floor > bottom else None, window=floor > bottom)


def newer(connection: Connection, table: Table, asked: LogSearch, after: int, most: int) -> int:
    """How many rows came above this id, up to `most`."""
    number = 0
    for query in _queries(table, asked):
        counted = query.with_only_columns(table.c.id).where(table.c.id > after).limit(most).subquery()
        number += int(connection.execute(select(func.count()).select_from(counted)).scalar_one())
    return min(number, most)


def newest_id(connection: Connection, table: Table) -> int:
    """The highest id there is; 0 where the log is empty."""
    return int(connection.execute(select(func.max(table.c.id))).scalar_one() or 0)


def _bounds(connection: Connection, table: Table, asked: LogSearch) -> tuple[int | None, int]:
    """The highest and the lowest id that come into question."""
    top: int | None = connection.execute(select(func.max(table.c.id))).scalar_one()
    bottom: int = connection.execute(select(func.min(table.c.id))).scalar_one() or 0
    if top is None:
        return None, 0
    if asked.before is not None:
        top = min(top, asked.before - 1)
    if asked.until is not None:
        query = (
            select(table.c.id).where(table.c.at <= asked.until).order_by(table.c.at.desc(), table.c.id.desc())
        )
        last = connection.execute(query.limit(1)).scalar_one_or_none()
        top = min(top, last) if last is not None else None
    if asked.since is not None:
        query = select(table.c.id).where(table.c.at >= asked.since).order_by(table.c.at, table.c.id)
        first = connection.execute(query.limit(1)).scalar_one_or_none()
        if first is None:
            return None, 0
        bottom = max(bottom, first)
    return top, bottom


def _queries(table: Table, asked: LogSearch) -> list[Select[Any]]:
    """One for each value of a filter with several, so that each walks an index; their answers are merged."""
    base = select(table).where(table.c.shop == asked.shop)
    if asked.product_ids is not None:
        base = base.where(table.c.product_id.in_(asked.product_ids))
    for name, value in asked.equal.items():
        base = base.where(table.c[name] == value)
    queries = [base]
    for name, values in asked.any_of.items():
        queries = [query.where(table.c[name] == value) for query in queries for value in values]
    return queries
