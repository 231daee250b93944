"""Upgrades: two listings of one TikTok product, and listings that took a seller's SKUs for their own."""

from __future__ import annotations

from typing import Any

import orjson
from alembic import command
from sqlalchemy import insert

from records.catalog import listings
from records.db.database import Database
from schemas.listing import FirstAudit, Listing, OutcomeKind
from tests.records.migrating import migrate, stored_tables

STOCK = {"M": {"W1": 5}, "L": {"W1": 7}}
LAST_SENT: dict[str, Any] = {
    "content": {"title": "Shirt", "skus": [{"seller_sku": "M"}, {"seller_sku": "L"}]},
    "price": {"M": ["29.00", "USD"], "L": ["31.00", "USD"]},
    "stock": STOCK,
    "availability": "live",
    "zeroed": False,
}


def upgraded(database: Database, *rows: dict[str, Any]) -> dict[int, Listing]:
    """Return listings of the revision before, numbered from 1, after the upgrade."""
    migrate(database, command.upgrade, "0020")
    tables = {table.name: table for table in stored_tables(database)}
    with database.write() as connection:
        for number, row in enumerate(rows, 1):
            skus = row.get("skus")
            product = {
                "id": number,
                "shop": row["shop"],
                "sku": row["sku"],
                "deleted": False,
                "is_new": False,
            }
            connection.execute(insert(tables["products"]).values(product))
            listing = {
                "product_id": number,
                "shop": row["shop"],
                "tiktok_product_id": row["on_tiktok"],
                "status": "ACTIVATE",
                "first_audit": "passed",
                "gone": False,
                "skus": None if skus is None else orjson.dumps(skus),
            }
            connection.execute(insert(tables["listings"]).values(listing))
            sent = orjson.dumps(LAST_SENT)
            connection.execute(insert(tables["listing_parts"]).values(product_id=number, last_sent=sent))
    database.upgrade()
    with database.read() as connection:
        return dict(sorted(listings.load(connection, range(1, len(rows) + 1)).items()))


def listing(shop: str, sku: str, on_tiktok: str | None, skus: dict[str, str] | None = None) -> dict[str, Any]:
    return {"shop": shop, "sku": sku, "on_tiktok": on_tiktok, "skus": skus}


def test_of_several_listings_of_a_tiktok_product_the_oldest_keeps_it(empty: Database) -> None:
    found = upgraded(
        empty,
        listing("demo", "M", "1729"),
        listing("demo", "L", "1729"),
        listing("demo", "XL", "1729"),
        listing("other", "M", "1729"),
        listing("demo", "S", None),
        listing("demo", "XS", None),
    )
    ids = [entry.tiktok_product_id for entry in found.values()]
    assert ids == ["1729", None, None, "1729", None, None]
    for number in (2, 3):
        refused = found[number]
        assert refused.last_outcome is OutcomeKind.VARIANT_OF_ANOTHER_LISTING
        assert refused.last_codes == (("variant_of_another_listing", "1729"),)
        assert (refused.exists, refused.first_audit, refused.last_sent.content) == (
            False,
            FirstAudit.NONE,
            None,
        )
    assert found[1].last_outcome is None


def test_a_listing_keeps_its_own_sku_of_several(empty: Database) -> None:
    found = upgraded(
        empty,
        listing("demo", "M", "1", {"M": "11", "L": "12"}),
        listing("demo", "RENAMED", "2", {"M": "21", "L": "22"}),
        listing("demo", "ONE", "3", {"ONE": "31"}),
    )
    assert [entry.skus for entry in found.values()] == [{"M": "11"}, {"M": "21", "L": "22"}, {"ONE": "31"}]
    sent = found[1].last_sent
    assert sent.content == {"title": "Shirt", "skus": [{"seller_sku": "M"}]}
    assert sent.price is not None and sent.price.keys() == {"M"}
    assert sent.stock == {"M": {"W1": 5}}
    assert found[2].last_sent.stock == STOCK
