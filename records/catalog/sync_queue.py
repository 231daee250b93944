"""The pending syncs: "look at this listing", one row a listing, leased to one writer at a time.

Every event that makes a listing due raises its wish; an owner ends the row only as of the wish that it leased, so a
newer wish keeps it. Who takes over a lease that ran out is told to read TikTok first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)

from records.catalog.tables import listings, products
from records.catalog.tables import pending_syncs as table
from records.db.statements import chunks, values
from records.db.upsert import upsert

PATIENCE = timedelta(seconds=60)
"""A listing that has waited longer goes first, whatever its lane: nothing starves."""


A_TURN = timedelta(seconds=1)
"""For so long a listing waits, at first, for another one to be done."""

MERGED = "merged"
"""The token of a lease that is nobody's any more: its row waits until the lease would have run out."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A listing becomes due. Lanes: 0 take-downs and falling stock, 1 price, 2 content, 3 uploads."""

    product_id: int
    shop: str
    lane: int
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Moving:
    """A listing that becomes due by itself at a moment to come, for its price moves by the clock."""

    product_id: int
    shop: str
    lane: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PendingSync:
    """One row, as leased. `following`: its wish is carried out, and only TikTok's audit is waited for."""

    product_id: int
    shop: str
    wish: int
    asked: bool
    lane: int
    since: datetime
    due_at: datetime
    tries: int
    lease_token: str
    lease_until: datetime
    look_first: bool
    following: bool = False


_NOW = bindparam("now", type_=table.c.due_at.type)
_AS_LEASED = table.c.wish == bindparam("leased_wish")
_IS_FREE = or_(table.c.lease_token.is_(None), table.c.lease_until <= _NOW)
_IS_DUE = and_(table.c.due_at <= _NOW, _IS_FREE)
_ONE = table.c.product_id == bindparam("row")

_WISHES = select(table.c.product_id, table.c.wish).where(table.c.product_id.in_(values("ids")))
_HELD = (
    select(table.c.product_id, table.c.wish, table.c.lease_token)
    .where(table.c.product_id.in_(values("ids")))
    .with_for_update()
)
_LEASED = select(table.c.product_id).where(
    table.c.product_id.in_(values("ids")), table.c.lease_token.is_not(None), table.c.lease_until > _NOW
)
_OTHER = products.alias("other")
_BESIDE = (
    select(products.c.id, _OTHER.c.id, table.c.lease_until)
    .join(_OTHER, and_(_OTHER.c.shop == products.c.shop, _OTHER.c.sku == products.c.sku))
    .join(table, table.c.product_id == _OTHER.c.id)
    .where(products.c.id.in_(values("ids")), _OTHER.c.id != products.c.id)
)
_UNTOUCHED = (
    select(table.c.product_id).where(table.c.product_id.in_(values("ids"))).with_for_update(skip_locked=True)
)
_DUE_SHOPS = select(table.c.shop).where(_IS_DUE).distinct()
_FIRST = (
    select(table.c.product_id)
    .where(table.c.shop == bindparam("of_shop"), _IS_DUE)
    .order_by(
        case((table.c.since <= bindparam("long_ago"), 0), else_=1),
        table.c.lane,
        table.c.due_at,
        table.c.since,
        table.c.product_id,
    )
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    # Not a sub-select: PostgreSQL's planner may run that once for every row, each time with others skipped.
    .cte("first")
)
_LEASE = (
    update(table)
    .where(table.c.product_id.in_(select(_FIRST.c.product_id)))
    .values(
        look_first=or_(table.c.look_first, table.c.lease_token.is_not(None)),
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
    )
    .returning(*(table.c[field.name] for field in fields(PendingSync)))
)
_DELETE = delete(table).where(_ONE)
_DUE_AGAIN = (
    update(table)
    .where(_ONE)
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
    .where(_ONE)
    .values(
        due_at=case((_AS_LEASED, bindparam("later", type_=table.c.due_at.type)), else_=_NOW),
        asked=or_(bindparam("still_asked", type_=table.c.asked.type), and_(~_AS_LEASED, table.c.asked)),
        lease_token=None,
        lease_until=None,
        tries=bindparam("told_tries"),
        look_first=bindparam("told_look_first"),
        following=and_(_AS_LEASED, bindparam("told_following", type_=table.c.following.type)),
    )
)


class Finish(Enum):
    """What became of a row when its owner was done."""

    ENDED = "ended"
    NEWER_WISH = "newer wish"


def mark(connection: Connection, marks: Sequence[Mark], *, now: datetime) -> dict[int, int]:
    """These listings are due now; returns each one's wish."""
    merged: dict[int, Mark] = {}
    for one in marks:
        value = merged.get(one.product_id, one)
        merged[one.product_id] = Mark(
            one.product_id, one.shop, min(one.lane, value.lane), one.asked or value.asked
        )
    if merged:
        connection.execute(_MARK(connection), [_row(merged[one], now) for one in sorted(merged)])
    return _wishes(connection, sorted(merged))


def _wishes(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in chunks(ids):
        found.update((product_id, wish) for product_id, wish in connection.execute(_WISHES, {"ids": chunk}))
    return found


def _row(one: Mark, now: datetime) -> dict[str, Any]:
    return {
        "product_id": one.product_id,
        "shop": one.shop,
        "wish": 1,
        "asked": one.asked,
        "lane": one.lane,
        "since": now,
        "due_at": now,
        "tries": 0,
        "look_first": False,
        "following": False,
    }


_MARK = upsert(
    table,
    lambda new: {
        "wish": table.c.wish + 1,
        "due_at": new.due_at,
        # A row that was only there for a moment to come has waited for nothing until now.
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


def schedule(connection: Connection, moving: Sequence[Moving]) -> None:
    """These listings are due at their moments, where nothing makes them due before; no event waits for it."""
    if moving:
        connection.execute(
            _SCHEDULE(connection),
            [_row(Mark(one.product_id, one.shop, one.lane), one.at) for one in moving],
        )


def mark_listings(connection: Connection, product_ids: Sequence[int], *, lane: int, now: datetime) -> int:
    """These listings are due, where they still are: a policy or a template has changed. Returns how many."""
    marked = 0
    for chunk in chunks(product_ids):
        query = select(listings.c.product_id, listings.c.shop).where(listings.c.product_id.in_(chunk))
        rows = connection.execute(query.order_by(listings.c.product_id))
        marks = [Mark(row.product_id, row.shop, lane) for row in rows]
        if marks:
            connection.execute(_MARK(connection), [_row(one, now) for one in marks])
        marked += len(marks)
    return marked


def leased(connection: Connection, product_ids: Collection[int], *, now: datetime) -> set[int]:
    """Those of these listings that somebody works on."""
    found: set[int] = set()
    for chunk in chunks(sorted(product_ids)):
        found.update(connection.execute(_LEASED, {"ids": chunk, "now": now}).scalars())
    return found


def due_shops(connection: Connection, *, now: datetime) -> list[str]:
    """The shops that have a row due, which nobody holds."""
    return sorted(connection.execute(_DUE_SHOPS, {"now": now}).scalars())


def lease(
    connection: Connection, shop: str, *, now: datetime, until: datetime, token: str, limit: int
) -> list[PendingSync]:
    """Lease up to `limit` of a shop's due rows: the long-waiting first, then by lane, then by age; in that order."""
    fields = {
        "of_shop": shop,
        "now": now,
        "long_ago": now - PATIENCE,
        "until": until,
        "token": token,
        "most": limit,
    }
    leased = [PendingSync(*row) for row in connection.execute(_LEASE, fields)]
    # What is returned by an update stands in no order.
    return sorted(
        leased, key=lambda one: (one.since > now - PATIENCE, one.lane, one.due_at, one.since, one.product_id)
    )


def contested(connection: Connection, product_ids: Collection[int], *, now: datetime) -> set[int]:
    """Those of these listings, just leased, whose turn it is not: one of their SKU is being worked on already.

    A product made again under the SKU of a deleted one takes its TikTok product over: both rows are of one listing
    there. Of two that were just leased the older goes first; what another writer has in hand is being worked on.
    """
    found: set[int] = set()
    for chunk in chunks(sorted(product_ids)):
        beside = connection.execute(_BESIDE, {"ids": chunk}).all()
        if not beside:
            continue
        others = sorted({other for _, other, _ in beside} - set(product_ids))
        untouched = set(connection.execute(_UNTOUCHED, {"ids": others}).scalars()) if others else set()
        for product_id, other, until in beside:
            if other in product_ids:
                busy = other < product_id
            else:
                busy = other not in untouched or (until is not None and until > now)
            if busy:
                found.add(product_id)
    return found


def defer(connection: Connection, product_ids: Collection[int], *, at: datetime) -> None:
    """Give these leases back unused; their rows are due again then."""
    for chunk in chunks(sorted(product_ids)):
        given_back = update(table).where(table.c.product_id.in_(chunk))
        connection.execute(given_back.values(lease_token=None, lease_until=None, due_at=at))


def renew(connection: Connection, *, token: str, product_ids: Collection[int], until: datetime) -> set[int]:
    """Prolong these leases; returns those that were: not the lost ones, nor what another writer has in hand."""
    if not product_ids:
        return set()
    ours = table.c.lease_token == token, table.c.product_id.in_(product_ids)
    # A row that intake is just marking is renewed the next time: a lease lasts for several.
    free = select(table.c.product_id).where(*ours).with_for_update(skip_locked=True)
    statement = (
        update(table)
        .where(table.c.product_id.in_(free))
        .values(lease_until=until)
        .returning(table.c.product_id)
    )
    return set(connection.execute(statement).scalars())


def held(connection: Connection, owned: Mapping[int, str]) -> dict[int, int]:
    """Of these rows (product id -> lease token), those whose lease is still this owner's, with their wish of now.

    They stay locked until the transaction ends, so that no wish comes in between.
    """
    found: dict[int, int] = {}
    ids = sorted(owned)
    for chunk in chunks(ids):
        for product_id, wish, token in connection.execute(_HELD, {"ids": chunk}):
            if token == owned[product_id]:
                found[product_id] = wish
    return found


def finish(connection: Connection, done: Mapping[int, int], *, now: datetime) -> dict[int, Finish]:
    """The owner of these rows (product id -> leased wish) is done: each goes, or stays due now for a newer wish.

    Only rows that `held` has just named: their locks are what makes it one step.
    """
    ids = sorted(done)
    ends: dict[int, Finish] = {}
    for product_id, wish in _wishes(connection, ids).items():
        ends[product_id] = Finish.ENDED if wish == done[product_id] else Finish.NEWER_WISH
    ended = [product_id for product_id, end in ends.items() if end is Finish.ENDED]
    newer = [product_id for product_id, end in ends.items() if end is Finish.NEWER_WISH]
    if ended:
        connection.execute(_DELETE, [{"row": one} for one in ended])
    if newer:
        connection.execute(_DUE_AGAIN, [{"row": one, "now": now} for one in newer])
    return ends


@dataclass(frozen=True, slots=True)
class Postponement:
    """A row goes back until `due_at`; it was leased as of `wish`."""

    product_id: int
    wish: int
    due_at: datetime
    tries: int = 0
    look_first: bool = False
    asked: bool = False
    following: bool = False


def postpone(connection: Connection, postponed: Sequence[Postponement], *, now: datetime) -> None:
    """The owner gives these rows back for later (now, where the wish is newer); only rows that `held` just named."""
    if not postponed:
        return
    connection.execute(
        _POSTPONE,
        [
            {
                "now": now,
                "row": one.product_id,
                "leased_wish": one.wish,
                "later": one.due_at,
                "still_asked": one.asked,
                "told_tries": one.tries,
                "told_look_first": one.look_first,
                "told_following": one.following,
            }
            for one in postponed
        ],
    )


def release(connection: Connection, *, token: str) -> None:
    """This owner stops: the rows that it still holds are free at once. None of its calls may be on its way."""
    connection.execute(
        update(table).where(table.c.lease_token == token).values(lease_token=None, lease_until=None)
    )


def merge(connection: Connection, keeper: int, other: int) -> None:
    """Two listings turn out to be one: one row keeps what both were due for, and no owner of either holds it now."""
    query = select(table).where(table.c.product_id.in_([keeper, other]))
    rows = connection.execute(query).mappings().all()
    if not rows:
        return
    leases = [row["lease_until"] for row in rows if row["lease_until"] is not None]
    merged = {
        "wish": max(row["wish"] for row in rows),
        "asked": any(row["asked"] for row in rows),
        **{name: min(row[name] for row in rows) for name in ("lane", "since", "due_at", "tries")},
        # A call of an owner may be on its way for as long as its lease would have lasted.
        "lease_token": MERGED if leases else None,
        "lease_until": max(leases, default=None),
        "look_first": True,
    }
    connection.execute(delete(table).where(table.c.product_id.in_([keeper, other])))
    connection.execute(table.insert().values(product_id=keeper, shop=rows[0]["shop"], **merged))


def look_first(connection: Connection, product_ids: Collection[int]) -> None:
    """Whoever owns these rows next reads TikTok before it plans."""
    if product_ids:
        connection.execute(update(table).where(table.c.product_id.in_(product_ids)).values(look_first=True))


def get(connection: Connection, product_id: int) -> Mapping[str, Any] | None:
    """The row of this listing, if it is due or waiting."""
    row = connection.execute(select(table).where(table.c.product_id == product_id)).mappings().one_or_none()
    return dict(row) if row is not None else None


def count(connection: Connection) -> int:
    """How many listings are due or waiting."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
