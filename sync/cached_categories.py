"""What TikTok requires of the products in each category, as last read."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from records.catalog import categories
from records.catalog.categories import CategoryKey
from tiktok.listing.category import Category


def cached_categories(connection: Connection, shops: Collection[str]) -> dict[CategoryKey, Category]:
    """Return the categories of these shops that were read before. TikTok is not called."""
    return {key: Category(**read.document) for key, read in categories.of_shops(connection, shops).items()}
