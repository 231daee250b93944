"""Finding products that are on TikTok already, by their SKUs. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from records.catalog import listings, products
from records.db.database import Database
from tiktok.client.client import FoundProduct

SKUS_A_SEARCH: Final = 10


@dataclass(frozen=True, slots=True)
class Sighting:
    """A SKU that is on TikTok: the ids of the products that have it, their statuses, and how many SKUs each has."""

    sku: str
    product_ids: tuple[str, ...]
    statuses: tuple[str, ...]
    sku_counts: tuple[int, ...]

    @property
    def is_variant(self) -> bool:
        """Whether it is one of several SKUs of its only TikTok product, so that it is not adopted."""
        return self.sku_counts != (1,) and len(self.product_ids) == 1


def unlisted(database: Database, shop: str) -> list[str]:
    """Return the SKUs of the shop's products that are neither listed nor deleted.

    Each chunk is a transaction of its own, so that a large catalogue holds none open for long.
    """
    skus: dict[str, None] = {}
    last = 0
    while True:
        with database.read() as connection:
            ids = listings.of_shops(connection, [shop], after=last)
            skus |= dict.fromkeys(_unlisted(connection, ids))
        if not ids:
            return list(skus)
        last = ids[-1]


def _unlisted(connection: Connection, ids: Sequence[int]) -> Iterator[str]:
    by_id, listing_of = products.load(connection, ids), listings.load(connection, ids)
    for product_id, product in sorted(by_id.items()):
        if product.sku is not None and not product.deleted and not listing_of[product_id].listed:
            yield product.sku


def sightings(
    skus: Sequence[str],
    search: Callable[[Sequence[str]], Sequence[FoundProduct]],
    progress: Callable[[int, int], None],
) -> Iterator[Sighting]:
    """Yield those of the SKUs that are on TikTok, in their order.

    `search` is called with up to `SKUS_A_SEARCH` SKUs; `progress` with the number of SKUs searched, and of all.
    """
    for start in range(0, len(skus), SKUS_A_SEARCH):
        some = skus[start : start + SKUS_A_SEARCH]
        found = {match.product_id: match for match in search(some)}
        for sku in some:
            matches = sorted(
                (match for match in found.values() if sku in match.skus), key=lambda match: match.product_id
            )
            if matches:
                yield Sighting(
                    sku,
                    tuple(match.product_id for match in matches),
                    tuple(match.status for match in matches),
                    tuple(match.sku_count for match in matches),
                )
        progress(start + len(some), len(skus))
