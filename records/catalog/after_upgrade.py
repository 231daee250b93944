"""Products that an upgrade stored in a way that only a look into Magento can settle."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, and_, func, select

from records.catalog.tables import products

MOST_NAMED: Final = 100


def apart_by_case(connection: Connection) -> dict[str, list[tuple[str, ...]]]:
    """Return the SKUs, by shop, that differ by letter case or trailing blanks alone: Magento has one product for them.

    Earlier versions kept such products apart. Deleted ones are left out; of each shop at most `MOST_NAMED` are named.
    """
    living = (products.c.deleted.is_(False), products.c.sku_key.is_not(None))
    several = (
        select(products.c.shop, products.c.sku_key)
        .where(*living)
        .group_by(products.c.shop, products.c.sku_key)
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(products.c.shop, products.c.sku_key, products.c.sku)
        .join(several, and_(several.c.shop == products.c.shop, several.c.sku_key == products.c.sku_key))
        .where(*living)
        .order_by(products.c.shop, products.c.sku_key, products.c.sku)
        .limit(MOST_NAMED)
    )
    found: dict[str, dict[str, list[str]]] = {}
    for shop, key, sku in connection.execute(query):
        found.setdefault(shop, {}).setdefault(key, []).append(sku)
    return {shop: [tuple(skus) for skus in by_key.values()] for shop, by_key in found.items()}


def needing_reading(connection: Connection) -> dict[str, int]:
    """Return how many products of each shop have a value that an upgrade could not know for certain."""
    query = select(products.c.shop, func.count()).where(products.c.needs_reading).group_by(products.c.shop)
    return {row[0]: row[1] for row in connection.execute(query)}
