"""Whether a shop has a product yet."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from records.catalog.tables import products as table


def exist(connection: Connection, shop: str) -> bool:
    """Return whether the shop has a product."""
    return bool(connection.execute(select(exists().where(table.c.shop == shop))).scalar_one())
