"""Read the requirements of a TikTok category."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from tiktok.client.client import MayStart, TikTokShop, always
from tiktok.client.errors import Rejected
from tiktok.client.exchange import Exchange
from tiktok.listing.category import Category, category_of


def read_category(
    shop: TikTokShop,
    category_id: str,
    category_version: str,
    exchanged: Callable[[Exchange], None],
    may_start: MayStart = always,
) -> Category:
    """Return the category's requirements, read from TikTok now.

    A category that TikTok rejects is returned with TikTok's message in `refused`. Raises any other `TikTokError`.
    """
    path = f"/product/202309/categories/{quote(category_id, safe='')}"
    query = {"category_version": category_version}
    try:
        rules = shop.look_up("category_rules", f"{path}/rules", query, exchanged, may_start)
        attributes = shop.look_up("category_attributes", f"{path}/attributes", query, exchanged, may_start)
    except Rejected as error:
        return Category(category_id, refused=error.message)
    return category_of(category_id, rules, attributes)
