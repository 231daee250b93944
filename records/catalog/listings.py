"""Listings: intake writes what it decided, delivery writes what TikTok answered; neither writes the other's columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, null, select, update

from records.catalog.tables import listing_parts, listings, pending_syncs, products
from records.db.statements import chunks, values
from schemas.listing import (
    AssignedBy,
    Availability,
    CreateAttempt,
    FirstAudit,
    LastSent,
    Listing,
    ListingStatus,
    Money,
    OutcomeKind,
    Part,
)

CHUNK = 500
"""The most listings that `of_shops` returns."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A product whose listing has a TikTok product. `on_sale`: as last reported; `waits`: it is in the sync queue."""

    product_id: int
    sku: str | None
    on_sale: bool
    waits: bool


_REFUSED_BESIDE = (
    OutcomeKind.TWO_LISTINGS_ON_TIKTOK.value,
    OutcomeKind.VARIANT_OF_ANOTHER_LISTING.value,
)
_DECIDED = ("template", "assigned_by", "ineligible_since", "ineligible_reason")
_DELIVERED = (
    "tiktok_product_id",
    "status",
    "first_audit",
    "gone",
    "last_outcome",
    "last_message",
    "audit_since",
    "pre_approved",
)
_WHOLE = (
    select(listings, listing_parts.c.last_sent, listing_parts.c.refused, listing_parts.c.create_attempt)
    .join(listing_parts, listing_parts.c.product_id == listings.c.product_id)
    .where(listings.c.product_id.in_(values("ids")))
)
_SAVE_DECIDED = (
    update(listings)
    .where(listings.c.product_id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _DECIDED})
)
_other = listings.alias("other")
_IS_ANOTHERS = (
    select(_other.c.product_id)
    .where(
        _other.c.shop == listings.c.shop,
        _other.c.tiktok_product_id == bindparam("new_tiktok_product_id"),
        _other.c.product_id != listings.c.product_id,
    )
    .exists()
)
_SAVE_DELIVERED = (
    update(listings)
    .where(listings.c.product_id == bindparam("row"))
    .values(
        {
            **{name: bindparam(f"new_{name}") for name in (*_DELIVERED, "skus", "last_codes")},
            # Another listing may have adopted the TikTok product since this one was leased: it keeps it.
            "tiktok_product_id": case((_IS_ANOTHERS, null()), else_=bindparam("new_tiktok_product_id")),
        }
    )
)
_SAVE_PARTS = (
    update(listing_parts)
    .where(listing_parts.c.product_id == bindparam("row"))
    .values(last_sent=bindparam("sent"), refused=bindparam("no"), create_attempt=bindparam("attempt"))
)


def insert_bare(connection: Connection, product_id: int, shop: str) -> None:
    """Create the listing of a new product."""
    connection.execute(
        insert(listings).values(
            product_id=product_id, shop=shop, first_audit=FirstAudit.NONE.value, gone=False
        )
    )
    connection.execute(insert(listing_parts).values(product_id=product_id))


def load(connection: Connection, product_ids: Collection[int]) -> dict[int, Listing]:
    """Return the listings of these products by product id."""
    loaded: dict[int, Listing] = {}
    for chunk in chunks(sorted(product_ids)):
        rows = connection.execute(_WHOLE, {"ids": chunk}).all()
        loaded.update({row.product_id: _listing(row) for row in rows})
    return loaded


def of_shops(connection: Connection, shops: Collection[str], *, after: int = 0) -> list[int]:
    """Return up to `CHUNK` product ids of these shops' listings above `after`, in ascending order."""
    query = select(listings.c.product_id).where(listings.c.product_id > after, listings.c.shop.in_(shops))
    return list(connection.execute(query.order_by(listings.c.product_id).limit(CHUNK)).scalars())


def count_of_shops(connection: Connection, shops: Collection[str]) -> int:
    """Return how many listings these shops have."""
    query = select(func.count()).select_from(listings).where(listings.c.shop.in_(shops))
    return int(connection.execute(query).scalar_one())


def counts_by_template(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many listings use each template, by its title and by shop."""
    query = select(listings.c.template, listings.c.shop, func.count()).where(listings.c.template.is_not(None))
    counted: dict[str, dict[str, int]] = {}
    for title, shop, number in connection.execute(query.group_by(listings.c.template, listings.c.shop)):
        counted.setdefault(title, {})[shop] = number
    return counted


def save_decided(connection: Connection, decided: Sequence[Listing]) -> None:
    """Store intake's columns: the template, and since when and why the product is ineligible."""
    if not decided:
        return
    connection.execute(
        _SAVE_DECIDED,
        [
            {"row": listing.product_id, **{f"new_{name}": getattr(listing, name) for name in _DECIDED}}
            for listing in decided
        ],
    )


def save_delivered(connection: Connection, delivered: Sequence[Listing]) -> None:
    """Store delivery's columns: TikTok's ids, status and messages, and what was last sent.

    A TikTok product that is another listing's by now is not stored: no two listings of a shop have the same.
    """
    if not delivered:
        return
    connection.execute(
        _SAVE_DELIVERED,
        [
            {
                "row": listing.product_id,
                **{f"new_{name}": getattr(listing, name) for name in _DELIVERED},
                "new_skus": dict(listing.skus),
                "new_last_codes": listing.last_codes or None,
            }
            for listing in delivered
        ],
    )
    connection.execute(
        _SAVE_PARTS,
        [
            {
                "row": listing.product_id,
                "sent": _dump_last_sent(listing.last_sent),
                "no": {part.value: digest for part, digest in listing.refused.items()},
                "attempt": _dump_attempt(listing.create_attempt),
            }
            for listing in delivered
        ],
    )


def _dump_attempt(attempt: CreateAttempt | None) -> list[str] | None:
    return [attempt.idempotency_key, attempt.body] if attempt else None


def remember_template(connection: Connection, product_id: int, template: str) -> None:
    """Assign the template that a listing was created with, unless it has one already."""
    connection.execute(
        update(listings)
        .where(listings.c.product_id == product_id, listings.c.template.is_(None))
        .values(template=template, assigned_by=AssignedBy.REMEMBERED)
    )


def mark_ineligible(connection: Connection, product_id: int, reason: str, now: datetime) -> None:
    """Mark a listing as ineligible that was created after the event which made its product ineligible."""
    connection.execute(
        update(listings)
        .where(listings.c.product_id == product_id, listings.c.ineligible_since.is_(None))
        .values(ineligible_since=now, ineligible_reason=str(reason))
    )


def clear_ineligible(connection: Connection, product_id: int, as_of: datetime | None) -> None:
    """Clear the mark after a sync that made the listing live again, unless intake has set a newer one than `as_of`."""
    connection.execute(
        update(listings)
        .where(listings.c.product_id == product_id, listings.c.ineligible_since == as_of)
        .values(ineligible_since=None, ineligible_reason=None)
    )


def release_claims(connection: Connection, shop: str, tiktok_product_id: str, keeper: int) -> None:
    """Take this TikTok product from every listing but the keeper's, which has adopted it."""
    connection.execute(
        update(listings)
        .where(
            listings.c.shop == shop,
            listings.c.tiktok_product_id == tiktok_product_id,
            listings.c.product_id != keeper,
        )
        .values(tiktok_product_id=None, skus=None, status=None, gone=True, audit_since=None)
    )


def refused_beside(connection: Connection, shop: str, tiktok_product_ids: Collection[str]) -> list[int]:
    """Return the products that were refused because other listings of the shop have these TikTok products."""
    named = set(tiktok_product_ids)
    refused = select(listings.c.product_id, listings.c.last_codes).where(
        listings.c.shop == shop, listings.c.last_outcome.in_(_REFUSED_BESIDE)
    )
    # Few listings are refused so, and each names few products: reading them all is cheaper than an index of them.
    return sorted(
        product_id
        for product_id, codes in connection.execute(refused)
        if any(named.intersection(code[1:]) for code in codes or ())
    )


def holder(connection: Connection, shop: str, tiktok_product_id: str, own: int) -> Holder | None:
    """Return the product, not deleted and not `own`, whose listing has this TikTok product; None if there is none."""
    found = connection.execute(
        select(
            products.c.id,
            products.c.sku,
            func.coalesce(listings.c.status, "") != ListingStatus.SELLER_DEACTIVATED.value,
            pending_syncs.c.product_id.is_not(None),
        )
        .join(listings, listings.c.product_id == products.c.id)
        .outerjoin(pending_syncs, pending_syncs.c.product_id == products.c.id)
        .where(
            listings.c.shop == shop,
            listings.c.tiktok_product_id == tiktok_product_id,
            listings.c.product_id != own,
            products.c.deleted.is_(False),
        )
        .limit(1)
    ).one_or_none()
    return Holder(*found) if found is not None else None


def _listing(row: Any) -> Listing:
    attempt = row.create_attempt
    return Listing(
        product_id=row.product_id,
        shop=row.shop,
        template=row.template,
        assigned_by=AssignedBy(row.assigned_by) if row.assigned_by else None,
        ineligible_since=row.ineligible_since,
        ineligible_reason=row.ineligible_reason,
        tiktok_product_id=row.tiktok_product_id,
        skus=row.skus or {},
        status=ListingStatus(row.status) if row.status else None,
        first_audit=FirstAudit(row.first_audit),
        gone=row.gone,
        last_outcome=OutcomeKind(row.last_outcome) if row.last_outcome else None,
        last_message=row.last_message,
        audit_since=row.audit_since,
        pre_approved=row.pre_approved,
        last_sent=_load_last_sent(row.last_sent or {}),
        refused={Part(part): digest for part, digest in (row.refused or {}).items()},
        create_attempt=CreateAttempt(*attempt) if attempt else None,
        last_codes=tuple(tuple(code) for code in row.last_codes or ()),
    )


def _dump_last_sent(sent: LastSent) -> dict[str, object]:
    return {
        "content": sent.content,
        "price": {sku: [money.amount, money.currency] for sku, money in sent.price.items()}
        if sent.price is not None
        else None,
        "stock": {sku: dict(stock) for sku, stock in sent.stock.items()} if sent.stock is not None else None,
        "availability": sent.availability,
        "zeroed": sent.zeroed,
    }


def _load_last_sent(document: dict[str, Any]) -> LastSent:
    price, availability = document.get("price"), document.get("availability")
    sent = LastSent(
        content=document.get("content"),
        price={sku: Money(*money) for sku, money in price.items()} if price is not None else None,
        stock=document.get("stock"),
        availability=Availability(availability) if availability else None,
        zeroed=document.get("zeroed", False),
    )
    # Version 0.1.0 did not store what had set the stock to 0.
    return sent if "zeroed" in document else replace(sent, zeroed=sent.is_sold_out)
