"""Confirming a price drop that the price guard withheld."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection

from operations.products.price_and_stock_preview import preview_price_and_stock
from policies.rulebook import Rulebooks
from records.catalog import confirmed_prices, listings, sync_queue
from records.catalog.sync_queue import SyncRequest
from schemas.listing import Money
from schemas.product import Product
from topics.errors import Refused

LANE = 1
"""The queue's lane for prices, which comes before that for content."""


def confirm(
    connection: Connection,
    product: Product,
    rulebooks: Rulebooks,
    *,
    now: datetime,
    author: str,
    only: str | None = None,
) -> Mapping[str, Money]:
    """Confirm the prices that are withheld now, make the listing due, and return the prices by `seller_sku`.

    Raises `Refused` if no price is withheld, or if a withheld price is not the amount `only`.
    """
    listing = listings.load(connection, [product.id])[product.id]
    offer = preview_price_and_stock(connection, product, listing, rulebooks, now)
    if offer is None or not offer.price_drops:
        raise Refused(
            f"No price of {product.sku!r} in shop {product.shop} waits for confirmation.",
            f"m2t explain {product.sku}",
        )
    prices = {drop.seller_sku: drop.new for drop in offer.price_drops}
    for money in prices.values():
        if only is not None and not _same(only, money):
            raise Refused(
                f"The price that waits for confirmation is {money.amount} {money.currency}, not {only}.",
                "check it again: m2t explain SKU",
            )
    confirmed_prices.save(connection, product.id, prices, now=now, author=author)
    sync_queue.enqueue(connection, [SyncRequest(product.id, product.shop, LANE)], now=now)
    return prices


def _same(text: str, money: Money) -> bool:
    try:
        return Decimal(text) == Decimal(money.amount)
    except InvalidOperation:
        return False
