"""Whether a shop's first product has come yet."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from records.catalog.tables import products as table


def is_over(connection: Connection, shop: str) -> bool:
    """Magento has told of a product of this shop."""
    return bool(connection.execute(select(exists().where(table.c.shop == shop))).scalar_one())
