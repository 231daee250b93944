"""Pages of products, newest first, below an id. Each query walks an index and stops after a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, select

from policies.reasons import INELIGIBLE
from records.catalog.tables import listings, pending_syncs, products
from records.log.feeds import FeedRow, of_row
from records.log.tables import events, feeds
from schemas.listing import OutcomeKind

FAILED_OUTCOMES: Final = tuple(kind.value for kind in OutcomeKind if kind.is_failed)
STATES: Final = ("live", "on_tiktok", "not_on_tiktok", "refused", "waiting", "kept")
"""Filters: live, on TikTok with another status, not there, last sync refused, in the queue, ineligible but kept."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A page: at most `limit` products of a shop, with ids below `before`, filtered by the other fields."""

    shop: str
    limit: int
    before: int | None = None
    state: str | None = None
    template: str | None = None
    sku: str | None = None


_VALUES: Final[Mapping[str, tuple[str, tuple[str | None, ...]]]] = {
    "live": ("status", ("ACTIVATE",)),
    "on_tiktok": (
        "status",
        ("PENDING", "FAILED", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "DRAFT", "FREEZE"),
    ),
    "not_on_tiktok": ("status", (None, "DELETED")),
    "refused": ("last_outcome", FAILED_OUTCOMES),
    "kept": ("ineligible_reason", tuple(sorted(reason.value for reason in INELIGIBLE))),
}


def ids(connection: Connection, page: ProductPage) -> list[int]:
    """Return the product ids of the page, newest first; with `sku`, those whose SKU starts with it, in order of SKU."""
    if page.sku:
        return list(connection.execute(_by_sku(page)).scalars())
    table = pending_syncs if page.state == "waiting" else listings
    found: list[int] = []
    for query in _queries(page):
        if page.before is not None:
            query = query.where(table.c.product_id < page.before)
        found += connection.execute(query.order_by(table.c.product_id.desc()).limit(page.limit)).scalars()
    return sorted(found, reverse=True)[: page.limit]


def _queries(page: ProductPage) -> list[Select[int]]:
    """Return a query for each value of the state, so that each walks an index; the caller merges their rows."""
    if page.state == "waiting":
        table = pending_syncs
        return [select(table.c.product_id).where(table.c.shop == page.shop, table.c.following.is_(False))]
    query = select(listings.c.product_id).where(listings.c.shop == page.shop)
    if page.template:
        query = query.where(listings.c.template == page.template)
    column, values = _VALUES.get(page.state or "", ("", ()))
    return [query.where(listings.c[column] == value) for value in values] if values else [query]


def _by_sku(page: ProductPage) -> Select[int]:
    begins = page.sku or ""
    query = select(products.c.id).where(
        products.c.shop == page.shop, products.c.sku >= begins, products.c.sku < f"{begins}\U0010ffff"
    )
    return query.order_by(products.c.sku).limit(page.limit)


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event of a product; events are kept for eight days."""

    id: str
    kind: str
    received_at: datetime
    end: str | None
    into_id: str | None
    ended_at: datetime | None


def events_of(connection: Connection, product_id: int, limit: int = 50) -> list[EventSeen]:
    """Return a product's events, newest first."""
    query = select(events).where(events.c.product_id == product_id).order_by(events.c.seq.desc()).limit(limit)
    return [
        EventSeen(row.id, row.kind, row.received_at, row.end, row.into_id, row.ended_at)
        for row in connection.execute(query)
    ]


def feed_of(connection: Connection, product_id: int, limit: int = 100) -> dict[int, FeedRow]:
    """Return a product's feed rows by id, newest first."""
    query = select(feeds).where(feeds.c.product_id == product_id).order_by(feeds.c.id.desc()).limit(limit)
    return {row["id"]: of_row(row) for row in connection.execute(query).mappings()}


def waiting(connection: Connection, product_ids: Sequence[int]) -> set[int]:
    """Return those of these products that are in the sync queue."""
    query = select(pending_syncs.c.product_id).where(pending_syncs.c.product_id.in_(product_ids))
    return set(connection.execute(query).scalars())
