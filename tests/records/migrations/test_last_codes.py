"""Upgrades: the sentences that version 0.1.0 stored with listings become the codes that delivery compares."""

from __future__ import annotations

from typing import Final

import pytest
from alembic import command
from sqlalchemy import insert

from records.catalog import listings
from records.db.database import Database
from schemas.listing import Listing, MessageCode, OutcomeKind, says_the_same
from tests.records.migrating import migrate, stored_tables

GUARD: Final = (
    "The price of {} was not sent: it falls from {} to {} EUR, by 90.0 %, and the guard holds what falls by more than "
    "50 %."
)
STORED: Final[list[tuple[str, tuple[MessageCode, ...]]]] = [
    (
        "The shop's listing limit of the day is reached; we go on when it opens again.",
        (("daily_listing_limit",),),
    ),
    ("A promotion locks the price; it is sent when the promotion ends.", (("price_in_promotion",),)),
    ("A promotion locks the stock; it is sent when the promotion ends.", (("stock_in_promotion",),)),
    ("It waits for 'SHIRT-L', whose listing on TikTok carries this SKU.", (("sku_of", "SHIRT-L"),)),
    (
        """It waits for "IT'S" and 'A and B' and None, whose listing on TikTok carries this SKU.""",
        (("sku_of", "", "A and B", "IT'S"),),
    ),
    (
        f"TikTok accepted it: stock. {GUARD.format('A B', '30.00', '3.00')} {GUARD.format('C', '20', '2')}",
        (
            ("price_guard", "A B", "30.00", "3.00", "EUR", "50"),
            ("price_guard", "C", "20", "2", "EUR", "50"),
            ("unknown",),
        ),
    ),
    ("TikTok said no: the title is too long", (("unknown",),)),
    ("It waits for its images. The image a.png is not there.", (("unknown",),)),
]


def test_each_stored_sentence_becomes_its_codes(empty: Database) -> None:
    migrate(empty, command.upgrade, "0013")
    tables = {table.name: table for table in stored_tables(empty)}
    with empty.write() as connection:
        for number, (message, _) in enumerate(STORED, 1):
            product = {"id": number, "shop": "demo", "deleted": False, "is_new": True, "hidden": False}
            connection.execute(insert(tables["products"]).values(product))
            listing = {"product_id": number, "shop": "demo", "first_audit": "none", "gone": False}
            connection.execute(insert(tables["listings"]).values(**listing, last_message=message))
            connection.execute(insert(tables["listing_parts"]).values(product_id=number))
    empty.upgrade()
    with empty.read() as connection:
        loaded = listings.load(connection, range(1, len(STORED) + 1))
    codes = {listing.last_message: listing.last_codes for listing in loaded.values()}
    assert codes == dict(STORED)


@pytest.mark.parametrize(("kind", "same"), [(OutcomeKind.REFUSED_HERE, True), (OutcomeKind.REJECTED, False)])
def test_of_an_old_refusal_only_the_kind_is_compared(kind: OutcomeKind, same: bool) -> None:
    listing = Listing(7, "demo", last_outcome=OutcomeKind.REFUSED_HERE, last_codes=(("unknown",),))
    assert says_the_same(listing, kind, (("refused_here", "title"),)) is same
