"""The events: each one's id, wish and end. No reason, no values: this is deduplication and counting, 8 days long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from records.tables import counters
from records.tables import events as table

CHUNK = 500
DUPLICATES = "duplicate_events"


class End(StrEnum):
    """The one end that each accepted event has."""

    APPLIED = "applied"
    REJECTED = "rejected"
    COALESCED = "coalesced"
    FILTERED = "filtered"
    SUPERSEDED = "superseded"
    DEAD_LETTERED = "dead_lettered"


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as intake took it: with its wish where it made a listing due, else with its end."""

    shop: str
    id: str
    product_id: int | None
    kind: str
    received_at: datetime
    wish: int | None = None
    end: End | None = None
    ended_at: datetime | None = None


def known(connection: Connection, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these (shop, event id), the ones that were taken before."""
    found: set[tuple[str, str]] = set()
    listed = sorted(set(keys))
    for start in range(0, len(listed), CHUNK):
        chunk = listed[start : start + CHUNK]
        query = select(table.c.shop, table.c.id).where(tuple_(table.c.shop, table.c.id).in_(chunk))
        found.update((shop, event_id) for shop, event_id in connection.execute(query))
    return found


def put(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Remember these events, in this order."""
    if rows:
        connection.execute(insert(table), [asdict(row) for row in rows])


def finish(connection: Connection, *, product_id: int, wish: int, end: End, now: datetime) -> list[str]:
    """End the product's open events up to this wish; returns their ids, newest first.

    Applied or rejected is the newest alone, the others are coalesced into it; any other end is that of all.
    """
    waiting = (table.c.product_id == product_id) & (table.c.wish <= wish) & table.c.end.is_(None)
    ids = list(connection.execute(select(table.c.id).where(waiting).order_by(table.c.seq.desc())).scalars())
    if not ids:
        return []
    if end in (End.APPLIED, End.REJECTED):
        older = waiting & (table.c.id != ids[0])
        connection.execute(update(table).where(older).values(end=End.COALESCED, into_id=ids[0], ended_at=now))
    connection.execute(update(table).where(waiting).values(end=end, ended_at=now))
    return ids


def open_ids(connection: Connection, product_ids: Collection[int]) -> dict[int, list[str]]:
    """The events of these products that have no end yet, newest first."""
    found: dict[int, list[str]] = {product_id: [] for product_id in product_ids}
    query = (
        select(table.c.product_id, table.c.id)
        .where(table.c.product_id.in_(product_ids), table.c.end.is_(None))
        .order_by(table.c.seq.desc())
    )
    for product_id, event_id in connection.execute(query):
        found[product_id].append(event_id)
    return found


def get(connection: Connection, shop: str, event_id: str) -> Any:
    """One event's row, None where it was never taken."""
    query = select(table).where(table.c.shop == shop, table.c.id == event_id)
    return connection.execute(query).one_or_none()


def counts(connection: Connection) -> dict[str, int]:
    """How many events had each end; `open` those without one yet, `duplicate_events` those dropped."""
    query = select(func.coalesce(table.c.end, "open"), func.count()).group_by(table.c.end)
    counted: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    dropped = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
    return {**counted, **{name: int(number) for name, number in connection.execute(dropped)}}


def count_duplicates(connection: Connection, shop: str, number: int) -> None:
    """So many deliveries of events that were taken before."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(counters)
        .values(name=DUPLICATES, shop=shop, value=number)
        .on_conflict_do_update(
            index_elements=[counters.c.name, counters.c.shop], set_={"value": counters.c.value + number}
        )
    )
