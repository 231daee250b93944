"""What TikTok requires of products in a category, as last read for each shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from records.catalog.tables import categories
from records.db.upsert import upsert

_SAVE = upsert(categories)


@dataclass(frozen=True, slots=True)
class CategoryKey:
    """A category of one of TikTok's two trees (`version`), as one shop sees it."""

    shop: str
    category_id: str
    version: str


@dataclass(frozen=True, slots=True)
class ReadCategory:
    """A category's requirements, and when they were read."""

    document: Mapping[str, Any]
    read_at: datetime


def get(connection: Connection, key: CategoryKey) -> ReadCategory | None:
    """Return what was last read of the category; None if it was never read."""
    query = select(categories.c.document, categories.c.read_at).where(
        categories.c.shop == key.shop,
        categories.c.category_id == key.category_id,
        categories.c.category_version == key.version,
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else ReadCategory(row.document, row.read_at)


def of_shops(connection: Connection, shops: Collection[str]) -> dict[CategoryKey, ReadCategory]:
    """Return what was last read of each category of these shops."""
    query = select(categories).where(categories.c.shop.in_(shops))
    return {
        CategoryKey(row.shop, row.category_id, row.category_version): ReadCategory(row.document, row.read_at)
        for row in connection.execute(query)
    }


def put(connection: Connection, key: CategoryKey, read: ReadCategory) -> None:
    """Store what was read, in place of what was stored before."""
    row = {
        "shop": key.shop,
        "category_id": key.category_id,
        "category_version": key.version,
        "document": dict(read.document),
        "read_at": read.read_at,
    }
    connection.execute(_SAVE(connection), row)
