"""Whether a shop has received an event from its Magento store yet, found without reading all its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from records.catalog.tables import products
from records.log.tables import events


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of the shop, with its product's SKU and id if it has a product."""

    kind: str
    received_at: datetime
    sku: str | None
    product_id: int | None


def heard(connection: Connection, shop: str) -> Heard | None:
    """Return an event of the shop (the first, while there is only one); None if there is none yet."""
    query = (
        select(events.c.kind, events.c.received_at, products.c.sku, events.c.product_id)
        .outerjoin(products, products.c.id == events.c.product_id)
        .where(events.c.shop == shop)
        .order_by(events.c.shop, events.c.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Heard(row.kind, row.received_at, row.sku, row.product_id)


def knows_products(connection: Connection, shop: str) -> bool:
    """Return whether the shop has products; their events may be deleted by now."""
    query = select(products.c.id).where(products.c.shop == shop).limit(1)
    return connection.execute(query).one_or_none() is not None
