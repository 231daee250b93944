"""Dead letters: records that could not be read or processed, byte for byte, with the reason.

Dead letters of intake and delivery are stored here first and published from here. Webhooks that the endpoint
quarantined are on the topic first and stored from there. All are grouped, redriven and discarded in the same way.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from records.db.upsert import insert_if_new
from records.log.tables import dead_letters as table

_SAVE_NEW = insert_if_new(table, ["origin_topic", "origin_partition", "origin_offset"])

LONGEST_MESSAGE, LONGEST_REASON = 500, 60
MOST_COUNTED = 10_000
MOST_OPEN, MOST_OPEN_BYTES = 10_000, 256 * 2**20
"""The limits for open quarantined webhooks: rows, and bytes of their bodies."""

REDRIVEN, DISCARDED = "redriven", "discarded"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A Kafka record as it was read, and why it is a dead letter. `id` is its row, 0 before it is stored.

    `settled` is None while it is open, then `REDRIVEN` or `DISCARDED`. `sender` is that of a quarantined webhook, None
    for any other letter.
    """

    shop: str | None
    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    reason: str
    error_class: str
    error_message: str
    first_failed_at: datetime
    id: int = 0
    settled: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    settled_note: str | None = None
    sender: str | None = None


def put(
    connection: Connection, letters: Sequence[DeadLetter], *, published_at: datetime | None = None
) -> list[DeadLetter]:
    """Store these letters, except those that are stored already; return the new ones.

    With `published_at` None they are published after the commit; otherwise they are on the topic already.
    """
    new = []
    for letter in letters:
        row = {
            "shop": letter.shop,
            "origin_topic": letter.origin_topic,
            "origin_partition": letter.origin_partition,
            "origin_offset": letter.origin_offset,
            "origin_timestamp": letter.origin_timestamp,
            "key": letter.key,
            "value": letter.value,
            "headers": [[name, b64encode(value).decode()] for name, value in letter.headers],
            "reason": letter.reason,
            "error_class": letter.error_class,
            "error_message": letter.error_message[:LONGEST_MESSAGE],
            "first_failed_at": letter.first_failed_at,
            "published_at": published_at,
            "sender": letter.sender,
        }
        if connection.execute(_SAVE_NEW(connection), row).first() is not None:
            new.append(letter)
    return new


def unpublished(connection: Connection, limit: int = 200) -> list[DeadLetter]:
    """Return the oldest letters that are not on the topic yet."""
    query = select(table).where(table.c.published_at.is_(None)).order_by(table.c.id).limit(limit)
    return [_letter(row) for row in connection.execute(query).mappings()]


def published(connection: Connection, ids: Collection[int], *, now: datetime) -> None:
    """Record that these letters are on the topic; the rows stay, for the merchant and for ops."""
    connection.execute(update(table).where(table.c.id.in_(ids)).values(published_at=now))


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of letters by reason."""
    query = select(table.c.reason, func.count()).group_by(table.c.reason)
    return {row.reason: row[1] for row in connection.execute(query)}


def room(connection: Connection, topic: str) -> bool:
    """Return whether more letters of this topic may be stored: the open ones are neither too many nor too large.

    Otherwise they wait on the dead-letter topic, so that a broken sender does not fill the database.
    """
    query = select(func.count(), func.coalesce(func.sum(func.length(table.c.value)), 0)).where(
        table.c.settled.is_(None), table.c.origin_topic == topic
    )
    number, size = connection.execute(query).one()
    return bool(number < MOST_OPEN and size < MOST_OPEN_BYTES)


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The open letters of a reason: their number (`MOST_COUNTED`: that many or more), the first time, the newest."""

    reason: str
    number: int
    first: datetime
    newest: DeadLetter


def groups(connection: Connection) -> list[LetterGroup]:
    """Return the open letters grouped by reason, the most frequent first."""
    open_ = table.c.settled.is_(None)
    reasons = connection.execute(select(table.c.reason).where(open_).distinct()).scalars().all()
    found = []
    for reason in reasons:
        mine = select(table).where(open_, table.c.reason == reason)
        counted = mine.with_only_columns(table.c.id).limit(MOST_COUNTED).subquery()
        number = int(connection.execute(select(func.count()).select_from(counted)).scalar_one())
        first = connection.execute(mine.order_by(table.c.id).limit(1)).mappings().one()
        newest = connection.execute(mine.order_by(table.c.id.desc()).limit(1)).mappings().one()
        found.append(LetterGroup(reason, number, first["first_failed_at"], _letter(newest)))
    return sorted(found, key=lambda group: (-group.number, group.reason))


def page(
    connection: Connection, *, limit: int, reason: str | None = None, before: int | None = None
) -> list[DeadLetter]:
    """Return open letters, newest first, with ids below `before`; with `reason`, only those."""
    query = select(table).where(table.c.settled.is_(None))
    if reason is not None:
        query = query.where(table.c.reason == reason)
    if before is not None:
        query = query.where(table.c.id < before)
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(limit)).mappings()
    return [_letter(row) for row in rows]


def get(connection: Connection, letter_id: int) -> DeadLetter | None:
    """Return the letter with this id, or None."""
    row = connection.execute(select(table).where(table.c.id == letter_id)).mappings().one_or_none()
    return None if row is None else _letter(row)


def next_open(connection: Connection, reason: str, *, after: int, up_to: int, limit: int) -> list[DeadLetter]:
    """Return the next open letters of a reason with ids above `after` and up to `up_to`, oldest first."""
    query = select(table).where(
        table.c.settled.is_(None), table.c.reason == reason, table.c.id > after, table.c.id <= up_to
    )
    return [_letter(row) for row in connection.execute(query.order_by(table.c.id).limit(limit)).mappings()]


def open_ids(connection: Connection, reason: str, *, after: int, up_to: int, limit: int) -> list[int]:
    """Return the ids of what `next_open` returns."""
    query = select(table.c.id).where(
        table.c.settled.is_(None), table.c.reason == reason, table.c.id > after, table.c.id <= up_to
    )
    return list(connection.execute(query.order_by(table.c.id).limit(limit)).scalars())


def newest_id(connection: Connection) -> int:
    """Return the highest id; 0 if there is none."""
    return int(connection.execute(select(func.max(table.c.id))).scalar_one() or 0)


def settle(
    connection: Connection, ids: Collection[int], how: str, *, by: str, note: str = "", now: datetime
) -> int:
    """Settle these open letters (`how`: `REDRIVEN` or `DISCARDED`); return how many were still open."""
    statement = (
        update(table)
        .where(table.c.id.in_(ids), table.c.settled.is_(None))
        .values(settled=how, settled_at=now, settled_by=by, settled_note=note or None)
    )
    return connection.execute(statement).rowcount


def failed_again(connection: Connection, letter_id: int, reason: str, message: str) -> None:
    """Store the reason of a failed retry, unless a person has settled the letter meanwhile."""
    connection.execute(
        update(table)
        .where(table.c.id == letter_id, table.c.settled.is_(None))
        .values(reason=reason[:LONGEST_REASON], error_message=message[:LONGEST_MESSAGE])
    )


def _letter(row: RowMapping) -> DeadLetter:
    columns = {str(name): value for name, value in row.items() if name not in ("headers", "published_at")}
    headers = tuple((name, b64decode(value)) for name, value in row["headers"])
    return DeadLetter(headers=headers, **columns)
