"""Products as they are listed on a page: newest first, below an id; each query walks an index and stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from records.tables import events, listings, pending_syncs, products
from schemas.listing import OutcomeKind

REFUSALS: Final = tuple(kind.value for kind in OutcomeKind if kind.is_refusal)
STATES: Final = ("live", "on_tiktok", "refused", "waiting", "kept")
"""What can be asked for: live there, there in another status, refused last, waiting, ineligible but kept."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    """At most `limit` products of a shop, below an id where told."""

    shop: str
    limit: int
    before: int | None = None
    state: str | None = None
    template: str | None = None
    sku: str | None = None


def ids(connection: Connection, asked: ProductPage) -> list[int]:
    """The product ids of the page, newest first; with `sku` those whose SKU begins so, in the order of their SKUs."""
    if asked.sku:
        return list(connection.execute(_by_sku(asked)).scalars())
    table = pending_syncs if asked.state == "waiting" else listings
    query = select(table.c.product_id).where(table.c.shop == asked.shop)
    if asked.state == "waiting":
        query = query.where(pending_syncs.c.following.is_(False))
    elif asked.state == "live":
        query = query.where(listings.c.status == "ACTIVATE")
    elif asked.state == "on_tiktok":
        query = query.where(
            listings.c.status.in_(("PENDING", "FAILED", "SELLER_DEACTIVATED", "DRAFT", "FREEZE"))
        )
    elif asked.state == "refused":
        query = query.where(listings.c.last_outcome.in_(REFUSALS))
    elif asked.state == "kept":
        query = query.where(listings.c.ineligible_since.is_not(None))
    if asked.template and table is listings:
        query = query.where(listings.c.template == asked.template)
    if asked.before is not None:
        query = query.where(table.c.product_id < asked.before)
    return list(connection.execute(query.order_by(table.c.product_id.desc()).limit(asked.limit)).scalars())


def _by_sku(asked: ProductPage) -> Select[Any]:
    begins = asked.sku or ""
    query = select(products.c.id).where(
        products.c.shop == asked.shop, products.c.sku >= begins, products.c.sku < f"{begins}\U0010ffff"
    )
    return query.order_by(products.c.sku).limit(asked.limit)


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


def waiting(connection: Connection, product_ids: Sequence[int]) -> set[int]:
    """Which of these are due or wait."""
    query = select(pending_syncs.c.product_id).where(pending_syncs.c.product_id.in_(product_ids))
    return set(connection.execute(query).scalars())
