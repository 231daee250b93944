"""The synchronization feed log: a row for each webhook in and each TikTok call out, where it is enabled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from records.db.columns import columns
from records.log.log_page import LogPage, on_page
from records.log.tables import feeds as table

_PUT = insert(table)
FETCH_IMAGE: Final = "fetch_image"
"""The operation of a row that says why the store did not give an image."""
LONGEST_BODY: Final = 100_000
"""Bytes of a webhook, letters of a request or an answer; the rest is not kept."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One exchange of data. `direction` is ``in`` or ``out``; the texts hold no secret.

    `failed`: no answer came, or it was a refusal that something follows from.
    """

    at: datetime
    shop: str
    product_id: int | None
    sku: str | None
    direction: str
    operation: str
    event_id: str | None = None
    http_status: int | None = None
    code: int | None = None
    message: str | None = None
    request_id: str | None = None
    milliseconds: int | None = None
    request: str | None = None
    response: str | None = None
    failed: bool = False


def put(connection: Connection, rows: Sequence[FeedRow]) -> None:
    """Store these rows."""
    if rows:
        connection.execute(_PUT, [columns(row) for row in rows])


def of_product(connection: Connection, product_id: int, limit: int = 50) -> list[FeedRow]:
    """A product's exchanges, newest first."""
    query = select(table).where(table.c.product_id == product_id).order_by(table.c.id.desc()).limit(limit)
    return [of_row(row) for row in connection.execute(query).mappings()]


def page(connection: Connection, log_page: LogPage, *, failed: bool = False) -> dict[int, FeedRow]:
    """The rows of a page by their ids, newest first; or only the exchanges that failed or were refused."""
    query = on_page(table, log_page)
    if failed:
        query = query.where(table.c.failed)
    return {row["id"]: of_row(row) for row in connection.execute(query).mappings()}


def get(connection: Connection, feed_id: int) -> FeedRow | None:
    """The row of this id."""
    row = connection.execute(select(table).where(table.c.id == feed_id)).mappings().one_or_none()
    return None if row is None else of_row(row)


def of_row(row: Mapping[Any, Any]) -> FeedRow:
    """A row of the table as ours."""
    return FeedRow(**{name: value for name, value in row.items() if name != "id"})
