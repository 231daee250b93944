"""Events: the id, request number and end of each, kept for 8 days, to find duplicates and to count results.

Reasons and values are in the activity log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from records.db.columns import columns
from records.db.statements import by_shop, chunks, values
from records.db.upsert import upsert
from records.log.tables import counters
from records.log.tables import events as table

DUPLICATES, REUSED_IDS = "duplicate_events", "reused_webhook_ids"
"""Names of counters: events that were dropped, and those of them whose webhook had another body under the same id."""

_STORED = select(table.c.shop, table.c.id, table.c.body_digest).where(
    table.c.shop == bindparam("of_shop"), table.c.id.in_(values("keys"))
)
_PUT = insert(table)
_WAITING = (
    select(table.c.seq, table.c.product_id, table.c.id, table.c.wish)
    .where(table.c.product_id.in_(values("ids")), table.c.end.is_(None), table.c.wish.is_not(None))
    .order_by(table.c.seq.desc())
)
_END = (
    update(table)
    .where(table.c.seq == bindparam("row"))
    .values(end=bindparam("new_end"), into_id=bindparam("into"), ended_at=bindparam("now"))
)
_OPEN = (
    select(table.c.product_id, table.c.id)
    .where(table.c.product_id.in_(values("ids")), table.c.end.is_(None))
    .order_by(table.c.seq.desc())
)


_COUNT = upsert(counters, lambda new: {"value": counters.c.value + new.value})


class End(StrEnum):
    """How an accepted event ended; each has exactly one end.

    REJECTED is TikTok's word, REFUSED_HERE that of the checks before a call.
    """

    APPLIED = "applied"
    REJECTED = "rejected"
    REFUSED_HERE = "refused_here"
    COALESCED = "coalesced"
    FILTERED = "filtered"
    SUPERSEDED = "superseded"
    DEAD_LETTERED = "dead_lettered"


_OF_THE_NEWEST = frozenset({End.APPLIED, End.REJECTED, End.REFUSED_HERE})


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as intake writes it: with its listing's request number if it queued the listing, else with its end.

    `body_digest` is that of the event's webhook, None if it has none of its own.
    """

    shop: str
    id: str
    product_id: int | None
    kind: str
    received_at: datetime
    request_number: int | None = None
    end: End | None = None
    ended_at: datetime | None = None
    body_digest: str | None = None


def stored(connection: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    """Return those of these (shop, event id) that are stored already, with the digests of their bodies."""
    return {
        (shop, event_id): body_digest
        for parameters in by_shop(keys)
        for shop, event_id, body_digest in connection.execute(_STORED, parameters)
    }


def put(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Store these events, in this order."""
    if rows:
        connection.execute(_PUT, [_columns(row) for row in rows])


def _columns(row: EventRow) -> dict[str, object]:
    found = columns(row)
    found["wish"] = found.pop("request_number")
    return found


@dataclass(frozen=True, slots=True)
class Ending:
    """Gives this end to a product's open events, up to this request number."""

    product_id: int
    request_number: int
    end: End


def finish(connection: Connection, endings: Sequence[Ending], *, now: datetime) -> dict[int, list[str]]:
    """End each product's open events up to its request number; return their ids by product, newest first.

    Only the newest is `APPLIED`, `REJECTED` or `REFUSED_HERE`, the others are coalesced into it; any other end is given
    to all.
    """
    wanted = {ending.product_id: ending for ending in endings}
    ended: dict[int, list[str]] = {product_id: [] for product_id in wanted}
    rows: list[dict[str, object]] = []
    for chunk in chunks(sorted(wanted)):
        for seq, product_id, event_id, number in connection.execute(_WAITING, {"ids": chunk}):
            ending = wanted[product_id]
            if number > ending.request_number:
                continue
            newest = next(iter(ended[product_id]), None)
            coalesced = newest is not None and ending.end in _OF_THE_NEWEST
            rows.append(
                {
                    "row": seq,
                    "new_end": End.COALESCED if coalesced else ending.end,
                    "into": newest if coalesced else None,
                    "now": now,
                }
            )
            ended[product_id].append(event_id)
    if rows:
        connection.execute(_END, rows)
    return ended


def open_ids(connection: Connection, product_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the ids of these products' events that have no end yet, by product, newest first."""
    found: dict[int, list[str]] = {product_id: [] for product_id in product_ids}
    if not found:
        return found
    for product_id, event_id in connection.execute(_OPEN, {"ids": list(found)}):
        found[product_id].append(event_id)
    return found


def get(connection: Connection, shop: str, event_id: str) -> Any:
    """Return the event's row, or None if it is not stored."""
    query = select(table).where(table.c.shop == shop, table.c.id == event_id)
    return connection.execute(query).one_or_none()


def last_seq(connection: Connection) -> int:
    """Return the `seq` of the newest event, or 0 if there is none."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one())


def products_since(connection: Connection, seq: int) -> list[int]:
    """Return the ids of the products that events after this `seq` are about."""
    query = select(table.c.product_id).where(table.c.seq > seq, table.c.product_id.is_not(None)).distinct()
    return list(connection.execute(query).scalars())


def counts(connection: Connection) -> dict[str, int]:
    """Return how many events have each end; `open`: those without an end; and the counters of those dropped."""
    query = select(func.coalesce(table.c.end, "open"), func.count()).group_by(table.c.end)
    counted: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    dropped = select(counters.c.name, func.sum(counters.c.value)).group_by(counters.c.name)
    return {**counted, **{name: int(number) for name, number in connection.execute(dropped)}}


def count(connection: Connection, name: str, shop: str, number: int) -> None:
    """Add to a counter of this shop: `DUPLICATES` or `REUSED_IDS`."""
    connection.execute(_COUNT(connection), {"name": name, "shop": shop, "value": number})
