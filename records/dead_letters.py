"""The dead letters: what could not be read or handled, byte for byte, with the reason."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from records.tables import dead_letters as table

LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A Kafka record as it came, and why it stands here. `id` is our row, 0 before it has one.

    `settled` is None while it is open, then how a person settled it: redriven or discarded.
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


def put(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Store these letters, to be published after the commit; one that stands already is not stored again."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    for letter in letters:
        statement = dialect.insert(table).values(
            shop=letter.shop,
            origin_topic=letter.origin_topic,
            origin_partition=letter.origin_partition,
            origin_offset=letter.origin_offset,
            origin_timestamp=letter.origin_timestamp,
            key=letter.key,
            value=letter.value,
            headers=[[name, b64encode(value).decode()] for name, value in letter.headers],
            reason=letter.reason,
            error_class=letter.error_class,
            error_message=letter.error_message[:LONGEST_MESSAGE],
            first_failed_at=letter.first_failed_at,
        )
        connection.execute(
            statement.on_conflict_do_nothing(
                index_elements=["origin_topic", "origin_partition", "origin_offset"]
            )
        )


def unpublished(connection: Connection, limit: int = 200) -> list[DeadLetter]:
    """The oldest that wait for the topic."""
    query = select(table).where(table.c.published_at.is_(None)).order_by(table.c.id).limit(limit)
    return [_letter(row) for row in connection.execute(query).mappings()]


def published(connection: Connection, ids: Collection[int], *, now: datetime) -> None:
    """These are on the topic; the rows stay, for the merchant and for ops."""
    connection.execute(update(table).where(table.c.id.in_(ids)).values(published_at=now))


def counts(connection: Connection) -> dict[str, int]:
    """How many by reason."""
    query = select(table.c.reason, func.count()).group_by(table.c.reason)
    return {row.reason: row[1] for row in connection.execute(query)}


def _letter(row: Any) -> DeadLetter:
    columns = {name: value for name, value in row.items() if name not in ("headers", "published_at")}
    headers = tuple((name, b64decode(value)) for name, value in row["headers"])
    return DeadLetter(headers=headers, **columns)
