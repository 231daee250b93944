"""Attribute codes: what Magento has told of lately, by the newest products that are known."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from records.catalog.tables import product_layers

LOOKED_AT: Final = 500
"""Products, the newest. A store has far fewer attribute sets than that."""


def seen_recently(connection: Connection, products: int = LOOKED_AT) -> set[str]:
    """Every code in the layers of so many products."""
    table = product_layers
    query = select(table.c.default_layer, table.c.store_view_layer).order_by(table.c.product_id.desc())
    codes: set[str] = set()
    for default, store_view in connection.execute(query.limit(products)):
        codes.update(default, store_view)
    return codes
