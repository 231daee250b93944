"""Which products match a query: the newest first, in the number and time that a page can afford."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from policies.conditions import StoreAttributes, matches
from records.catalog import product_list, products
from records.catalog.product_list import ProductPage
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.query_condition import Group
from schemas.shop import Shop

MOST: Final = 2_000
SECONDS: Final = 1.5
CHUNK: Final = 500
SHOWN: Final = 20


@dataclass(slots=True)
class Matching:
    """Of the products checked: how many match, the first ones, and which other templates match them too.

    `all_of_them`: every product of the shop was checked. `overlaps` counts the shared products by the other template's
    title; `wins` counts those that the query's own template would get.
    """

    looked_at: int = 0
    matching: int = 0
    first: list[Product] = field(default_factory=list)
    overlaps: Counter[str] = field(default_factory=Counter)
    wins: Counter[str] = field(default_factory=Counter)
    all_of_them: bool = False


def look(
    connection: Connection,
    shop: Shop,
    query: Group,
    others: Sequence[ListingTemplate],
    place: tuple[int, str],
    *,
    most: int = MOST,
    seconds: float = SECONDS,
) -> Matching:
    """Check the newest products of the shop against the query. `place`: priority and title of its template."""
    found, before, deadline = Matching(), None, time.monotonic() + seconds
    while found.looked_at < most and time.monotonic() < deadline:
        ids = product_list.ids(connection, ProductPage(shop.key, min(CHUNK, most - found.looked_at), before))
        if not ids:
            found.all_of_them = True
            break
        for product in products.load(connection, ids).values():
            _take(found, product, query, others, place, shop.magento)
        found.looked_at, before = found.looked_at + len(ids), ids[-1]
    return found


def _take(
    found: Matching,
    product: Product,
    query: Group,
    others: Sequence[ListingTemplate],
    place: tuple[int, str],
    store: StoreAttributes,
) -> None:
    if product.deleted or not matches(query, product, store):
        return
    found.matching += 1
    if len(found.first) < SHOWN:
        found.first.append(product)
    for other in others:
        if matches(other.query, product, store):
            found.overlaps[other.title] += 1
            found.wins[other.title] += place < (other.priority, other.title)
