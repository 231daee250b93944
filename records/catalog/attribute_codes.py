"""Attribute codes that Magento has sent recently, read from the newest products."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from records.catalog.tables import product_layers

LOOKED_AT: Final = 500
"""How many of the newest products are read. A store has far fewer attribute sets than that."""


def seen_recently(connection: Connection, products: int = LOOKED_AT) -> set[str]:
    """Return every attribute code of this many newest products."""
    table = product_layers
    query = select(table.c.default_layer, table.c.store_view_layer).order_by(table.c.product_id.desc())
    codes: set[str] = set()
    for default, store_view in connection.execute(query.limit(products)):
        codes.update(default, store_view)
    return codes
