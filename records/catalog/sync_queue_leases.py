"""Leases of the sync queue: a worker's right to rows of it, for a limited time.

A worker that leases a row whose earlier lease expired must read TikTok first (`PendingSync.read_back_first`): calls of
the earlier owner may have taken effect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from records.catalog.sync_queue import LANES, NOT_URGENT, ROW, STARVATION_LIMIT, URGENT, request_numbers
from records.catalog.tables import pending_syncs as table
from records.catalog.tables import products
from records.db.statements import chunks, values
from records.rules.tables import shops

SAME_SKU_DELAY: Final = timedelta(seconds=1)
"""How long a listing waits, at first, while another listing of its SKU is being synced."""


@dataclass(frozen=True, slots=True)
class PendingSync:
    """A leased row of the queue; its fields are those of `sync_queue.QueueRow`."""

    product_id: int
    shop: str
    request_number: int
    requested: bool
    lane: int
    since: datetime
    due_at: datetime
    tries: int
    lease_token: str
    lease_until: datetime
    read_back_first: bool
    awaiting_audit: bool = False


@dataclass(frozen=True, slots=True)
class Postponement:
    """A leased row goes back to the queue until `due_at`; `request_number` is that of the lease."""

    product_id: int
    request_number: int
    due_at: datetime
    tries: int = 0
    read_back_first: bool = False
    requested: bool = False
    awaiting_audit: bool = False


class Finish(Enum):
    """What happened to a row when its owner finished it."""

    ENDED = "ended"
    REQUESTED_AGAIN = "requested again"


_NOW = bindparam("now", type_=table.c.due_at.type)
_REQUEST_IS_LEASED = table.c.wish == bindparam("leased_number")
_IS_FREE = or_(table.c.lease_token.is_(None), table.c.lease_until <= _NOW)
_IS_DUE = and_(table.c.due_at <= _NOW, _IS_FREE)
_FOLLOWS_AUDIT = and_(_REQUEST_IS_LEASED, bindparam("awaiting_audit", type_=table.c.following.type))
_THE_ROW = table.c.product_id == bindparam("row")

_LOCK = (
    select(table.c.product_id, table.c.wish, table.c.lease_token)
    .where(table.c.product_id.in_(values("ids")))
    .with_for_update()
)
_OTHER = products.alias("other")
_SAME_SKU = (
    select(products.c.id, _OTHER.c.id, table.c.lease_until)
    .join(_OTHER, and_(_OTHER.c.shop == products.c.shop, _OTHER.c.sku_key == products.c.sku_key))
    .join(table, table.c.product_id == _OTHER.c.id)
    .where(products.c.id.in_(values("ids")), _OTHER.c.id != products.c.id)
)
_UNLOCKED = (
    select(table.c.product_id).where(table.c.product_id.in_(values("ids"))).with_for_update(skip_locked=True)
)
_SHOP: Final[BindParameter[str]] = bindparam("of_shop")


_LEAST_LATE: Final = bindparam("starving_since", type_=table.c.due_at.type)


def _due(*conditions: ColumnElement[bool]) -> Select[int]:
    """Return the oldest due rows of a shop under these conditions, by an index that has them in this order."""
    return (
        select(table.c.product_id)
        .where(table.c.shop == _SHOP, _IS_DUE, *conditions)
        .order_by(table.c.due_at, table.c.product_id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


def _by_lane(lanes: Sequence[int]) -> Select[int]:
    """Return the first due rows of these lanes, by lane and then by age.

    Each lane is read for itself, because no index has all lanes in this order.
    """
    of_lanes = (_due(table.c.lane == lane).subquery() for lane in lanes)
    oldest = union_all(*(select(rows.c.product_id) for rows in of_lanes)).cte("of_each_lane")
    return (
        select(table.c.product_id)
        .where(table.c.product_id.in_(select(oldest.c.product_id)), _IS_DUE)
        .order_by(table.c.lane, table.c.due_at, table.c.product_id)
        .limit(bindparam("most"))
    )


def _leasing(rows: Select[int]) -> ReturningUpdate[Any]:
    """Return the statement that leases these rows, but those that another transaction has locked."""
    # Not a sub-select: PostgreSQL's planner may run that once for every row, each time with others skipped.
    first = rows.cte("first")
    return (
        update(table)
        .where(table.c.product_id.in_(select(first.c.product_id)))
        .values(
            # A token that is still there belongs to an expired lease.
            look_first=or_(table.c.look_first, table.c.lease_token.is_not(None)),
            lease_token=bindparam("token"),
            lease_until=bindparam("until"),
        )
        .returning(*ROW)
    )


# Of a queue of 100,000 rows, only as many as are leased are read and sorted; by lane, as many of each lane.
_LEASE_URGENT: Final = _leasing(_by_lane([lane for lane in LANES if lane <= URGENT]))
_LEASE_OLDEST: Final = _leasing(_due(table.c.due_at <= _LEAST_LATE))
_LEASE_BY_LANE: Final = _leasing(_by_lane(LANES))
_OF_SHOP = select(table.c.product_id).where(table.c.shop == shops.c.key, _IS_DUE)
_SHOPS = select(shops.c.key).where(shops.c.key.in_(values("keys")))
_DUE_SHOPS = _SHOPS.where(_OF_SHOP.exists())
_URGENT_SHOPS = _SHOPS.where(_OF_SHOP.where(table.c.lane <= URGENT).exists())
_DELETE = delete(table).where(_THE_ROW)
_DUE_AGAIN = (
    update(table)
    .where(_THE_ROW)
    .values(
        lease_token=None,
        lease_until=None,
        due_at=bindparam("now"),
        since=bindparam("now"),
        tries=0,
        look_first=False,
        following=False,
    )
)
_POSTPONE = (
    update(table)
    .where(_THE_ROW)
    .values(
        due_at=case((_REQUEST_IS_LEASED, bindparam("later", type_=table.c.due_at.type)), else_=_NOW),
        asked=or_(
            bindparam("still_requested", type_=table.c.asked.type), and_(~_REQUEST_IS_LEASED, table.c.asked)
        ),
        lease_token=None,
        lease_until=None,
        tries=bindparam("new_tries"),
        look_first=bindparam("read_back_first"),
        following=_FOLLOWS_AUDIT,
        # What was urgent is sent.
        lane=case((and_(_FOLLOWS_AUDIT, table.c.lane <= URGENT), NOT_URGENT), else_=table.c.lane),
    )
)


def due_shops(
    connection: Connection, keys: Collection[str], *, now: datetime, urgent_only: bool = False
) -> list[str]:
    """Return those of these shops that have a row that is due and not leased; `urgent_only`: in an urgent lane."""
    statement = _URGENT_SHOPS if urgent_only else _DUE_SHOPS
    return sorted(connection.execute(statement, {"keys": sorted(keys), "now": now}).scalars())


def lease(
    connection: Connection,
    shop: str,
    *,
    now: datetime,
    until: datetime,
    token: str,
    limit: int,
    turn: int = 0,
) -> list[PendingSync]:
    """Lease up to `limit` of a shop's due rows, and return them in the order in which they are to be synced.

    Half of them go by lane and then by age. The other half are the oldest that have been due for longer than
    `STARVATION_LIMIT`, whatever their lane; where there are too few, the rest goes by lane, too. So no age takes the
    share of the urgent rows, and no flood of urgent rows takes that of the others. Of an odd limit the larger half goes
    by lane; a limit of one goes by lane at every second `turn`.
    """
    by_lane = turn % 2 if limit == 1 else limit - limit // 2
    terms = _terms(shop, now, until, token)
    leased = _leased(connection, _LEASE_BY_LANE, terms, by_lane)
    if len(leased) < by_lane:
        return leased
    leased += _leased(connection, _LEASE_OLDEST, terms, limit - by_lane)
    return leased + _leased(connection, _LEASE_BY_LANE, terms, limit - len(leased))


def lease_urgent(
    connection: Connection, shop: str, *, now: datetime, until: datetime, token: str, limit: int
) -> list[PendingSync]:
    """Lease up to `limit` of a shop's due rows in the urgent lanes, by lane and then by age."""
    return _leased(connection, _LEASE_URGENT, _terms(shop, now, until, token), limit)


def _terms(shop: str, now: datetime, until: datetime, token: str) -> dict[str, object]:
    return {
        "of_shop": shop,
        "now": now,
        "starving_since": now - STARVATION_LIMIT,
        "until": until,
        "token": token,
    }


def _leased(
    connection: Connection, statement: ReturningUpdate[Any], terms: Mapping[str, object], limit: int
) -> list[PendingSync]:
    if limit <= 0:
        return []
    leased = [PendingSync(*row) for row in connection.execute(statement, {**terms, "most": limit})]
    # UPDATE ... RETURNING keeps no order.
    return sorted(leased, key=lambda row: (row.lane, row.due_at, row.product_id))


def contested(connection: Connection, product_ids: Collection[int], *, now: datetime) -> set[int]:
    """Return those of these listings, just leased, that must wait because another listing of their SKU is being synced.

    A product that is created again under the SKU of a deleted one takes over its TikTok product, so both rows are about
    one TikTok product. Of two that were just leased the older goes first; a row that another transaction has locked
    counts as being synced.
    """
    found: set[int] = set()
    for chunk in chunks(sorted(product_ids)):
        same_sku = connection.execute(_SAME_SKU, {"ids": chunk}).all()
        if not same_sku:
            continue
        others = sorted({other for _, other, _ in same_sku} - set(product_ids))
        unlocked = set(connection.execute(_UNLOCKED, {"ids": others}).scalars()) if others else set()
        for product_id, other, until in same_sku:
            if other in product_ids:
                busy = other < product_id
            else:
                busy = other not in unlocked or (until is not None and until > now)
            if busy:
                found.add(product_id)
    return found


def defer(connection: Connection, product_ids: Collection[int], *, at: datetime) -> None:
    """Give these leases back unused; their rows are due again at `at`."""
    for chunk in chunks(sorted(product_ids)):
        given_back = update(table).where(table.c.product_id.in_(chunk))
        connection.execute(given_back.values(lease_token=None, lease_until=None, due_at=at))


def renew(connection: Connection, *, token: str, product_ids: Collection[int], until: datetime) -> set[int]:
    """Extend these leases of the process whose tokens begin with `token` to `until`; return those that were extended.

    Left out are lost leases, and rows that another transaction has locked.
    """
    if not product_ids:
        return set()
    ours = table.c.lease_token.startswith(token), table.c.product_id.in_(product_ids)
    # A row that intake has locked is renewed at the next attempt: a lease outlasts several attempts.
    free = select(table.c.product_id).where(*ours).with_for_update(skip_locked=True)
    statement = (
        update(table)
        .where(table.c.product_id.in_(free))
        .values(lease_until=until)
        .returning(table.c.product_id)
    )
    return set(connection.execute(statement).scalars())


def lock_owned(connection: Connection, owned: Mapping[int, str]) -> dict[int, int]:
    """Lock these rows (product id -> lease token); return those whose lease the caller still has.

    Returns product id -> current request number. The rows stay locked until the transaction ends, so that no request
    comes between this and `finish` or `postpone`.
    """
    found: dict[int, int] = {}
    ids = sorted(owned)
    for chunk in chunks(ids):
        for product_id, number, token in connection.execute(_LOCK, {"ids": chunk}):
            if token == owned[product_id]:
                found[product_id] = number
    return found


def finish(connection: Connection, done: Mapping[int, int], *, now: datetime) -> dict[int, Finish]:
    """Delete these rows (product id -> leased request number); a row that was requested again stays, due now.

    Only for rows that `lock_owned` has returned in this transaction.
    """
    ids = sorted(done)
    ends: dict[int, Finish] = {}
    for product_id, number in request_numbers(connection, ids).items():
        ends[product_id] = Finish.ENDED if number == done[product_id] else Finish.REQUESTED_AGAIN
    ended = [product_id for product_id, end in ends.items() if end is Finish.ENDED]
    again = [product_id for product_id, end in ends.items() if end is Finish.REQUESTED_AGAIN]
    if ended:
        connection.execute(_DELETE, [{"row": product_id} for product_id in ended])
    if again:
        connection.execute(_DUE_AGAIN, [{"row": product_id, "now": now} for product_id in again])
    return ends


def postpone(connection: Connection, postponed: Sequence[Postponement], *, now: datetime) -> None:
    """Give these rows back until their time; a row that was requested again is due now.

    Only for rows that `lock_owned` has returned in this transaction.
    """
    if not postponed:
        return
    connection.execute(
        _POSTPONE,
        [
            {
                "now": now,
                "row": postponement.product_id,
                "leased_number": postponement.request_number,
                "later": postponement.due_at,
                "still_requested": postponement.requested,
                "new_tries": postponement.tries,
                "read_back_first": postponement.read_back_first,
                "awaiting_audit": postponement.awaiting_audit,
            }
            for postponement in postponed
        ],
    )


def release(connection: Connection, *, token: str) -> None:
    """Free every row of the process whose tokens begin with `token`, at once. None of its calls may be in flight."""
    connection.execute(
        update(table).where(table.c.lease_token.startswith(token)).values(lease_token=None, lease_until=None)
    )


def require_read_back(connection: Connection, product_ids: Collection[int]) -> None:
    """Make the next owner of these rows read TikTok before it plans anything."""
    if product_ids:
        connection.execute(update(table).where(table.c.product_id.in_(product_ids)).values(look_first=True))
