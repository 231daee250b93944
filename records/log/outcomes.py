"""Outcomes that wait to be published; a row is deleted when it is on its topic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from records.db.columns import columns
from records.log.tables import outcomes as table

_PUT = insert(table)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome, without bodies and without product values."""

    outcome_id: str
    shop: str
    product_id: int
    sku: str | None
    event_id: str | None
    kind: str
    operation: str | None
    code: int | None
    request_id: str | None
    at: datetime


def put(connection: Connection, rows: Sequence[OutcomeRow]) -> None:
    """Store these rows, to be published after the commit."""
    if rows:
        connection.execute(_PUT, [columns(row) for row in rows])


def unpublished(connection: Connection, limit: int = 500) -> list[OutcomeRow]:
    """Return the oldest outcomes, in order."""
    rows = connection.execute(select(table).order_by(table.c.seq).limit(limit)).mappings()
    return [OutcomeRow(**{name: value for name, value in row.items() if name != "seq"}) for row in rows]


def published(connection: Connection, outcome_ids: Collection[str]) -> None:
    """Delete these outcomes, which are on the topic."""
    connection.execute(delete(table).where(table.c.outcome_id.in_(outcome_ids)))
