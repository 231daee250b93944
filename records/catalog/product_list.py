"""Products as they are listed on a page: newest first, below an id; each query walks an index and stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from policies.reasons import INELIGIBLE
from records.catalog.tables import listings, pending_syncs, products
from records.log.feeds import FeedRow, of_row
from records.log.tables import events, feeds
from schemas.listing import OutcomeKind

REFUSALS: Final = tuple(kind.value for kind in OutcomeKind if kind.is_refusal)
STATES: Final = ("live", "on_tiktok", "refused", "waiting", "kept")
"""Filters: live, on TikTok with another status, last sync refused, waiting in the queue, ineligible but kept."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    """At most `limit` products of a shop, below an id where told."""

    shop: str
    limit: int
    before: int | None = None
    state: str | None = None
    template: str | None = None
    sku: str | None = None


_VALUES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "live": ("status", ("ACTIVATE",)),
    "on_tiktok": (
        "status",
        ("PENDING", "FAILED", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "DRAFT", "FREEZE"),
    ),
    "refused": ("last_outcome", REFUSALS),
    "kept": ("ineligible_reason", tuple(sorted(reason.value for reason in INELIGIBLE))),
}


def ids(connection: Connection, page: ProductPage) -> list[int]:
    """The product ids of the page, newest first; with `sku` those whose SKU begins so, in the order of their SKUs."""
    if page.sku:
        return list(connection.execute(_by_sku(page)).scalars())
    table = pending_syncs if page.state == "waiting" else listings
    found: list[int] = []
    for query in _queries(page):
        if page.before is not None:
            query = query.where(table.c.product_id < page.before)
        found += connection.execute(query.order_by(table.c.product_id.desc()).limit(page.limit)).scalars()
    return sorted(found, reverse=True)[: page.limit]


def _queries(page: ProductPage) -> list[Select[Any]]:
    """One for each value of a state that has several, so that each walks an index; their answers are merged."""
    if page.state == "waiting":
        table = pending_syncs
        return [select(table.c.product_id).where(table.c.shop == page.shop, table.c.following.is_(False))]
    query = select(listings.c.product_id).where(listings.c.shop == page.shop)
    if page.template:
        query = query.where(listings.c.template == page.template)
    column, values = _VALUES.get(page.state or "", ("", ()))
    return [query.where(listings.c[column] == value) for value in values] if values else [query]


def _by_sku(page: ProductPage) -> Select[Any]:
    begins = page.sku or ""
    query = select(products.c.id).where(
        products.c.shop == page.shop, products.c.sku >= begins, products.c.sku < f"{begins}\U0010ffff"
    )
    return query.order_by(products.c.sku).limit(page.limit)


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event of a product, as deduplication keeps it for eight days."""

    id: str
    kind: str
    received_at: datetime
    end: str | None
    into_id: str | None
    ended_at: datetime | None


def events_of(connection: Connection, product_id: int, limit: int = 50) -> list[EventSeen]:
    """A product's events, newest first."""
    query = select(events).where(events.c.product_id == product_id).order_by(events.c.seq.desc()).limit(limit)
    return [
        EventSeen(row.id, row.kind, row.received_at, row.end, row.into_id, row.ended_at)
        for row in connection.execute(query)
    ]


def feed_of(connection: Connection, product_id: int, limit: int = 100) -> dict[int, FeedRow]:
    """A product's exchanges by their ids, newest first."""
    query = select(feeds).where(feeds.c.product_id == product_id).order_by(feeds.c.id.desc()).limit(limit)
    return {row["id"]: of_row(row) for row in connection.execute(query).mappings()}


def waiting(connection: Connection, product_ids: Sequence[int]) -> set[int]:
    """Which of these are due or wait."""
    query = select(pending_syncs.c.product_id).where(pending_syncs.c.product_id.in_(product_ids))
    return set(connection.execute(query).scalars())
