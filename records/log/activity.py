"""The activity log: a row for each decision and each outcome, where the merchant has it enabled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from records.db.columns import columns
from records.log.log_page import LogPage, on_page
from records.log.tables import activity as table

LEVELS: Final = ("info", "warning", "error")
"""How much a row matters, the least first."""
_PUT = insert(table)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """What happened, in a sentence (`message`) and in codes. `kind` is decision, outcome or note."""

    at: datetime
    shop: str
    product_id: int | None
    sku: str | None
    level: str
    actor: str
    kind: str
    action: str
    reason: str
    message: str
    event_id: str | None = None
    details: Mapping[str, Any] | None = None


def put(connection: Connection, rows: Sequence[ActivityRow]) -> None:
    """Store these rows."""
    if rows:
        connection.execute(_PUT, [columns(row) for row in rows])


def of_product(connection: Connection, product_id: int, limit: int = 50) -> list[ActivityRow]:
    """A product's history, newest first."""
    query = select(table).where(table.c.product_id == product_id).order_by(table.c.id.desc()).limit(limit)
    return [of_row(row) for row in connection.execute(query).mappings()]


def record_of(connection: Connection, shop: str, event_id: str | None) -> Mapping[str, Any] | None:
    """Topic, partition and offset of the Kafka record that an event came in; None where no decision tells it."""
    query = select(table.c.details).where(
        table.c.shop == shop, table.c.event_id == event_id, table.c.kind == "decision"
    )
    rows = (details for details in connection.execute(query).scalars() if details)
    return next((details["record"] for details in rows if "record" in details), None)


def page(connection: Connection, log_page: LogPage, level: str = LEVELS[0]) -> dict[int, ActivityRow]:
    """The rows of a page by their ids, newest first, of this level or above."""
    return {
        row["id"]: of_row(row)
        for row in connection.execute(
            on_page(table, log_page).where(table.c.level.in_(LEVELS[LEVELS.index(level) :]))
        ).mappings()
    }


def of_row(row: Mapping[Any, Any]) -> ActivityRow:
    """A row of the table as ours."""
    return ActivityRow(**{name: value for name, value in row.items() if name != "id"})
