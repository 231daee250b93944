"""The sync queue, for people: the listings that are due or wait, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from operations.products.price_and_stock_preview import preview_price_and_stock
from operations.products.waiting_reasons import waits_for
from policies.rulebook import Rulebooks
from records.catalog import listings, products
from records.catalog.sync_queue_view import QueuedProduct
from records.rules import shops
from sync.decide_event import Lane


@dataclass(frozen=True, slots=True)
class Queued:
    """One row of the queue. `leased_by` is the token of its lease while that is valid."""

    product_id: int
    sku: str
    shop: str
    lane: str
    requested: bool
    since: datetime
    due_at: datetime
    tries: int
    leased_by: str | None
    leased_until: datetime | None
    waits_for: str


def queued(
    connection: Connection, rows: Sequence[QueuedProduct], rulebooks: Rulebooks, now: datetime
) -> Iterator[Queued]:
    """Yield these rows of `records.catalog.sync_queue_view.read`, each with what it waits for."""
    ids = [listed.row.product_id for listed in rows]
    by_id, listing_of = products.load(connection, ids), listings.load(connection, ids)
    stopped = shops.stopped(connection)
    for listed in rows:
        row = listed.row
        product, listing = by_id[row.product_id], listing_of[row.product_id]
        offer = (
            preview_price_and_stock(connection, product, listing, rulebooks, now)
            if row.due_at > now
            else None
        )
        leased = row.lease_until is not None and row.lease_until > now
        yield Queued(
            product_id=row.product_id,
            sku=listed.sku or f"#{listed.entity_id}",
            shop=row.shop,
            lane=Lane(row.lane).name.lower(),
            requested=row.requested,
            since=row.since,
            due_at=row.due_at,
            tries=row.tries,
            leased_by=row.lease_token if leased else None,
            leased_until=row.lease_until if leased else None,
            waits_for=waits_for(
                row,
                rulebooks.policy_of(row.shop).policy,
                listing,
                stopped=stopped[row.shop][0] if row.shop in stopped else None,
                price_changes_at=offer.price_changes_at if offer is not None else None,
                now=now,
            ),
        )
