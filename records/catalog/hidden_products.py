"""Count the products that are Not Visible Individually now, without reading their attributes.

Each product's row has a flag for it, with an index of the flagged rows only. So a count reads as many rows as there are
such products, and at most `MOST_LOOKED_AT` for each shop.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, exists, func, select

from records.catalog.tables import children, products

MOST_LOOKED_AT: Final = 200_000
"""Rows of a shop that a page can wait for."""


@dataclass(frozen=True, slots=True)
class HiddenProducts:
    """The number of such products, without variants of configurables; `all_of_them` is False if there may be more."""

    number: int
    all_of_them: bool


_HIDDEN = (
    select(products.c.shop, products.c.entity_id)
    .where(products.c.shop == bindparam("of_shop"), products.c.hidden)
    .limit(bindparam("most"))
    .subquery()
)
_IS_VARIANT = exists().where(
    children.c.shop == _HIDDEN.c.shop, children.c.child_entity_id == _HIDDEN.c.entity_id
)
_COUNT = select(func.count(), func.count().filter(_IS_VARIANT)).select_from(_HIDDEN)


def count(connection: Connection, shops: Collection[str], *, most: int = MOST_LOOKED_AT) -> HiddenProducts:
    """Return the count of these shops together."""
    number, all_of_them = 0, True
    for shop in sorted(shops):
        looked_at, variants = connection.execute(_COUNT, {"of_shop": shop, "most": most}).one()
        number += looked_at - variants
        all_of_them = all_of_them and looked_at < most
    return HiddenProducts(number, all_of_them)
