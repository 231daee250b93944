"""The synchronization feed log: a row for each webhook in and each TikTok call out, where it is enabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, insert, select

from records.db.columns import columns
from records.log.log_page import LogPage, on_page
from records.log.tables import feeds as table

_PUT = insert(table)
FETCH_IMAGE: Final = "fetch_image"
"""The operation of rows for images that the store did not deliver."""
QUARANTINED, REFUSED, REUSED_ID = "quarantined", "refused", "reused_id"
"""The operations of rows for webhooks that the endpoint quarantined or refused, or whose id came with another body."""
LONGEST_BODY: Final = 100_000
"""Bytes of a webhook, or characters of a request or an answer; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A webhook (`direction` ``in``) or a TikTok call (``out``). Its texts contain no secret.

    `http_status` is None for a call without an answer, and for an event that no webhook brought. `failed`: there was no
    answer, or a rejection that has consequences.
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

    @property
    def without_webhook(self) -> bool:
        """Whether the row is of an event that no webhook brought, but a sweep, a read of Magento, or a replay."""
        return self.direction == "in" and self.http_status is None


def put(connection: Connection, rows: Sequence[FeedRow]) -> None:
    """Store these rows."""
    if rows:
        connection.execute(_PUT, [columns(row) for row in rows])


def of_product(connection: Connection, product_id: int, limit: int = 50) -> list[FeedRow]:
    """Return a product's rows, newest first."""
    query = select(table).where(table.c.product_id == product_id).order_by(table.c.id.desc()).limit(limit)
    return [of_row(row) for row in connection.execute(query).mappings()]


def newest_at(connection: Connection, shop: str, operation: str) -> datetime | None:
    """Return the time of the shop's newest row of this operation, None if there is none."""
    query = select(table.c.at).where(table.c.shop == shop, table.c.operation == operation)
    return connection.execute(query.order_by(table.c.id.desc()).limit(1)).scalar_one_or_none()


def page(connection: Connection, log_page: LogPage, *, failed: bool = False) -> dict[int, FeedRow]:
    """Return the rows of a page by id, newest first; with `failed`, only those that failed or were rejected."""
    query = on_page(table, log_page)
    if failed:
        query = query.where(table.c.failed)
    return {row["id"]: of_row(row) for row in connection.execute(query).mappings()}


def get(connection: Connection, feed_id: int) -> FeedRow | None:
    """Return the row with this id, or None."""
    row = connection.execute(select(table).where(table.c.id == feed_id)).mappings().one_or_none()
    return None if row is None else of_row(row)


def of_row(row: RowMapping) -> FeedRow:
    """Convert a row of the table."""
    return FeedRow(**{str(name): value for name, value in row.items() if name != "id"})
