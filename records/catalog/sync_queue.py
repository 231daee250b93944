"""The sync queue (table `pending_syncs`): one row for each listing that is due or waits, however many events queued it.

Each request for a listing raises the request number of its row. A worker ends the row only under the number that it
leased (`sync_queue_leases`), so a row that was requested again in the meantime stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, bindparam, case, delete, func, or_, select

from records.catalog.tables import listings
from records.catalog.tables import pending_syncs as table
from records.db.statements import chunks, values
from records.db.upsert import upsert

LANES: Final = range(-1, 4)
"""All lanes: `sync.decide_event.Lane`."""
URGENT: Final = 0
"""The lanes up to this one are take-downs and falling stock: until they are sent, TikTok sells what must not or can't
be sold."""
NOT_URGENT: Final = 2
"""The lane (`Lane.CONTENT`) of an urgent row that was sent, and only waits for TikTok's audit."""

STARVATION_LIMIT: Final = timedelta(seconds=60)
"""Half of the leases go by lane, the other half to the listings that have been due for longer, the oldest first."""

MERGED: Final = "merged"
"""The lease token of a row whose owner lost it in a merge: the row waits until that lease would have expired."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """Makes a listing due. `lane` says how urgent it is, the lowest most (`sync.decide_event.Lane`).

    `requested`: a person requested it.
    """

    product_id: int
    shop: str
    lane: int
    requested: bool = False


@dataclass(frozen=True, slots=True)
class ScheduledSync:
    """Makes a listing due at a future time, because its price changes by the clock."""

    product_id: int
    shop: str
    lane: int
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One row of the queue, leased or not.

    `since`: when the oldest request that is not sent yet was made. `tries`: failed syncs in a row. `read_back_first`:
    TikTok is read before anything is planned, because a call may have taken effect unnoticed. `awaiting_audit`:
    everything is sent, and only TikTok's audit is waited for.
    """

    product_id: int
    shop: str
    request_number: int
    requested: bool
    lane: int
    since: datetime
    due_at: datetime
    tries: int
    lease_token: str | None
    lease_until: datetime | None
    read_back_first: bool
    awaiting_audit: bool


ROW: Final[Sequence[Column[Any]]] = (
    table.c.product_id,
    table.c.shop,
    table.c.wish,
    table.c.asked,
    table.c.lane,
    table.c.since,
    table.c.due_at,
    table.c.tries,
    table.c.lease_token,
    table.c.lease_until,
    table.c.look_first,
    table.c.following,
)
"""The columns of a row, in the order of the fields of `QueueRow`."""

_ROWS: Final[Select[Any]] = select(*ROW)
_REQUEST_NUMBERS = select(table.c.product_id, table.c.wish).where(table.c.product_id.in_(values("ids")))
_LEASED = select(table.c.product_id).where(
    table.c.product_id.in_(values("ids")),
    table.c.lease_token.is_not(None),
    table.c.lease_until > bindparam("now", type_=table.c.due_at.type),
)
_ENQUEUE = upsert(
    table,
    lambda new: {
        "wish": table.c.wish + 1,
        # A row that is due keeps its place among the oldest, however often it is requested again.
        "due_at": case((table.c.due_at < new.due_at, table.c.due_at), else_=new.due_at),
        # A row that was only scheduled has a `since` in the future.
        "since": case((table.c.since > new.since, new.since), else_=table.c.since),
        "lane": case((new.lane < table.c.lane, new.lane), else_=table.c.lane),
        "asked": or_(table.c.asked, new.asked),
        "following": new.following,
    },
)
_SCHEDULE = upsert(
    table,
    lambda new: {"due_at": new.due_at, "following": new.following},
    where=lambda new: table.c.due_at > new.due_at,
)


def enqueue(connection: Connection, requests: Sequence[SyncRequest], *, now: datetime) -> dict[int, int]:
    """Make these listings due now; return each listing's request number, by product id."""
    merged: dict[int, SyncRequest] = {}
    for request in requests:
        other = merged.get(request.product_id, request)
        merged[request.product_id] = SyncRequest(
            request.product_id,
            request.shop,
            min(request.lane, other.lane),
            request.requested or other.requested,
        )
    if merged:
        # In the order of ids: two transactions that lock the same rows in different orders would deadlock.
        connection.execute(
            _ENQUEUE(connection), [_row(merged[product_id], now) for product_id in sorted(merged)]
        )
    return request_numbers(connection, sorted(merged))


def request_numbers(connection: Connection, product_ids: Sequence[int]) -> dict[int, int]:
    """Return the request number of each of these listings that is in the queue, by product id."""
    found: dict[int, int] = {}
    for chunk in chunks(product_ids):
        found.update(
            (product_id, number)
            for product_id, number in connection.execute(_REQUEST_NUMBERS, {"ids": chunk})
        )
    return found


def _row(request: SyncRequest, at: datetime) -> dict[str, object]:
    return {
        "product_id": request.product_id,
        "shop": request.shop,
        "wish": 1,
        "asked": request.requested,
        "lane": request.lane,
        "since": at,
        "due_at": at,
        "tries": 0,
        "look_first": False,
        "following": False,
    }


def schedule(connection: Connection, scheduled: Sequence[ScheduledSync]) -> None:
    """Make these listings due at their times, unless they are due earlier. No event waits for such a sync."""
    if scheduled:
        connection.execute(
            _SCHEDULE(connection),
            [_row(SyncRequest(sync.product_id, sync.shop, sync.lane), sync.at) for sync in scheduled],
        )


def enqueue_listings(connection: Connection, product_ids: Sequence[int], *, lane: int, now: datetime) -> int:
    """Make these listings due now, and return how many of them still exist.

    For changes of a policy or a template, whose products may have been removed in the meantime.
    """
    queued = 0
    for chunk in chunks(product_ids):
        query = select(listings.c.product_id, listings.c.shop).where(listings.c.product_id.in_(chunk))
        rows = connection.execute(query.order_by(listings.c.product_id))
        requests = [SyncRequest(row.product_id, row.shop, lane) for row in rows]
        if requests:
            connection.execute(_ENQUEUE(connection), [_row(request, now) for request in requests])
        queued += len(requests)
    return queued


def leased(connection: Connection, product_ids: Collection[int], *, now: datetime) -> set[int]:
    """Return those of these listings that a worker has leased."""
    found: set[int] = set()
    for chunk in chunks(sorted(product_ids)):
        found.update(connection.execute(_LEASED, {"ids": chunk, "now": now}).scalars())
    return found


def merge(connection: Connection, keeper: int, other: int, *, other_on_tiktok: bool) -> None:
    """Merge the rows of two products that turn out to be one product into the row of `keeper`.

    The merged row is due for everything that either was due for. An owner of either row loses its lease, unless the
    other product was neither queued nor `other_on_tiktok`: then what the owner is doing stays right.
    """
    query = _ROWS.where(table.c.product_id.in_([keeper, other]))
    rows = [QueueRow(*row) for row in connection.execute(query)]
    if not rows or (not other_on_tiktok and all(row.product_id == keeper for row in rows)):
        return
    leases = [row.lease_until for row in rows if row.lease_until is not None]
    merged = {
        "wish": max(row.request_number for row in rows),
        "asked": any(row.requested for row in rows),
        "lane": min(row.lane for row in rows),
        "since": min(row.since for row in rows),
        "due_at": min(row.due_at for row in rows),
        "tries": min(row.tries for row in rows),
        # A call of the owner may still be in flight until its lease would have expired.
        "lease_token": MERGED if leases else None,
        "lease_until": max(leases, default=None),
        "look_first": True,
    }
    connection.execute(delete(table).where(table.c.product_id.in_([keeper, other])))
    connection.execute(table.insert().values(product_id=keeper, shop=rows[0].shop, **merged))


def get(connection: Connection, product_id: int) -> QueueRow | None:
    """Return the listing's row, or None if it is not in the queue."""
    row = connection.execute(_ROWS.where(table.c.product_id == product_id)).one_or_none()
    return QueueRow(*row) if row is not None else None


def count(connection: Connection) -> int:
    """Return how many listings are in the queue, of all shops."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
