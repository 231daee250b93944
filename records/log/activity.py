"""The activity log: a row for each decision and each outcome, where the merchant has it enabled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select

from policies.reasons import HOLDING
from records.db.columns import columns
from records.log.log_page import LogPage, on_page
from records.log.tables import activity as table

LEVELS: Final = ("info", "warning", "error")
"""The levels, least important first."""
_PUT = insert(table)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A row of the activity log: a sentence (`message`) and codes. `kind` is decision, outcome or note."""

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


def decision_level(reason: str) -> str:
    """Return the level of a decision: a product that is held needs a person, so its row is a warning."""
    return "warning" if reason in HOLDING else "info"


def put(connection: Connection, rows: Sequence[ActivityRow]) -> None:
    """Store these rows."""
    if rows:
        connection.execute(_PUT, [columns(row) for row in rows])


def of_product(connection: Connection, product_id: int, limit: int = 50) -> list[ActivityRow]:
    """Return a product's rows, newest first."""
    query = select(table).where(table.c.product_id == product_id).order_by(table.c.id.desc()).limit(limit)
    return [of_row(row) for row in connection.execute(query).mappings()]


def record_of(connection: Connection, shop: str, event_id: str | None) -> Mapping[str, Any] | None:
    """Return topic, partition and offset of the event's Kafka record; None if no decision in the log has them."""
    query = select(table.c.details).where(
        table.c.shop == shop, table.c.event_id == event_id, table.c.kind == "decision"
    )
    rows = (details for details in connection.execute(query).scalars() if details)
    return next((details["record"] for details in rows if "record" in details), None)


def page(connection: Connection, log_page: LogPage, level: str = LEVELS[0]) -> dict[int, ActivityRow]:
    """Return the rows of a page by id, newest first, of this level and above."""
    return {
        row["id"]: of_row(row)
        for row in connection.execute(
            on_page(table, log_page).where(table.c.level.in_(LEVELS[LEVELS.index(level) :]))
        ).mappings()
    }


def of_row(row: RowMapping) -> ActivityRow:
    """Convert a row of the table."""
    return ActivityRow(**{str(name): value for name, value in row.items() if name != "id"})
