"""The products that are Not Visible Individually now, counted without reading their attributes.

Each product's row keeps whether it is, and an index holds those alone; so the count costs what there is of them, and
no more than `MOST_LOOKED_AT` a shop.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, exists, func, select

from records.catalog.tables import children, products

MOST_LOOKED_AT: Final = 200_000
"""Of a shop; what a page can wait for."""


@dataclass(frozen=True, slots=True)
class HiddenProducts:
    """So many, variants of a known configurable left out; `all_of_them` False where there may be more."""

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
    """Of these shops."""
    number, all_of_them = 0, True
    for shop in sorted(shops):
        looked_at, variants = connection.execute(_COUNT, {"of_shop": shop, "most": most}).one()
        number += looked_at - variants
        all_of_them = all_of_them and looked_at < most
    return HiddenProducts(number, all_of_them)
