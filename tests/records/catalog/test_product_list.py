"""Pages of products: the beginning of a SKU is compared byte by byte, whatever the database's collation."""

from __future__ import annotations

import pytest

from records.catalog import product_list, products
from records.catalog.product_list import ProductPage
from records.db.database import Database
from tests.records.examples import located

SKUS = ("SHIRT-M", "shirt-m", "SHIRT M", "SHIRT_S", "SHIRTS", "Shirt-L", "SHIRT", "SHÏRT", "SHOE", "S", "Ω-1")


@pytest.mark.parametrize(
    ("begins", "then"),
    [
        ("SHIRT", ["SHIRT", "SHIRT M", "SHIRT-M", "SHIRTS", "SHIRT_S"]),
        ("shirt", ["shirt-m"]),
        ("SHIRT-", ["SHIRT-M"]),
        ("SH", ["SHIRT", "SHIRT M", "SHIRT-M", "SHIRTS", "SHIRT_S", "SHOE", "SHÏRT"]),
        ("Ω", ["Ω-1"]),
        ("%", []),
    ],
)
def test_products_are_found_by_the_beginning_of_their_sku(
    database: Database, begins: str, then: list[str]
) -> None:
    with database.write() as connection:
        for number, sku in enumerate(SKUS):
            located(connection, str(number), sku)
    with database.read() as connection:
        found = product_list.ids(connection, ProductPage("demo", 50, sku=begins))
        by_id = products.load(connection, found)
    assert [by_id[product_id].sku for product_id in found] == then
