"""What TikTok requires of the products in a category, read from TikTok because a person wants to see it."""

from __future__ import annotations

from datetime import datetime

from records.catalog import categories
from records.catalog.categories import CategoryKey, ReadCategory
from records.db.database import Database
from schemas.shop import Shop
from tiktok.client.category_reader import read_category
from tiktok.client.client import TikTokShop
from tiktok.client.errors import TikTokError, Transient
from tiktok.client.rate_limit import RateLimiter
from tiktok.listing.category import Category
from topics.errors import OutOfReach, Refused


def read_anew(database: Database, shop: Shop, category_id: str, version: str, now: datetime) -> Category:
    """Read the category from TikTok and store it for the day. Raises `Refused` or `OutOfReach`."""
    category = read_requirements(shop, category_id, version)
    if category.refused is None:
        with database.write() as connection:
            key = CategoryKey(shop.key, category_id, version)
            categories.put(connection, key, ReadCategory(category.document(), now))
    return category


def read_requirements(shop: Shop, category_id: str, version: str) -> Category:
    """Read the category from TikTok. Raises `Refused` or `OutOfReach`."""
    if not category_id.isdigit():
        raise Refused(
            f"{category_id!r} is not a TikTok category id (digits only).",
            "Copy it from TikTok's category list.",
        )
    if not shop.tiktok.connected:
        raise Refused(
            "TikTok Shop is not connected yet, so its categories can't be read.", "Continue the set-up."
        )
    try:
        return read_category(TikTokShop(shop, RateLimiter(0)), category_id, version, lambda exchange: None)
    except Transient as error:
        raise OutOfReach(f"TikTok did not answer: {error.message}.", "Try again in a while.") from error
    except TikTokError as error:
        raise Refused(f"TikTok refused to return it: {error.message}.", error.hint or "m2t doctor") from error
