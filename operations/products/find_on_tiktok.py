"""Adopting: which of our products are on TikTok already, found by their SKUs. It only looks."""

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
    """A SKU of ours that TikTok has: the products there that carry it, with their statuses."""

    sku: str
    product_ids: tuple[str, ...]
    statuses: tuple[str, ...]


def unlisted(database: Database, shop: str) -> list[str]:
    """The SKUs of the shop's products that are not listed and not deleted; each chunk is a read of its own."""
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
    known, found = products.load(connection, ids), listings.load(connection, ids)
    for product_id, product in sorted(known.items()):
        if product.sku is not None and not product.deleted and not found[product_id].listed:
            yield product.sku


def sightings(
    skus: Sequence[str],
    search: Callable[[Sequence[str]], Sequence[FoundProduct]],
    progress: Callable[[int, int], None],
) -> Iterator[Sighting]:
    """Those of the SKUs that TikTok has, in their order; so many to a search. `progress` is told how far it is."""
    for start in range(0, len(skus), SKUS_A_SEARCH):
        some = skus[start : start + SKUS_A_SEARCH]
        found = {one.product_id: one for one in search(some)}
        for sku in some:
            carrying = sorted(
                (one for one in found.values() if sku in one.skus), key=lambda one: one.product_id
            )
            if carrying:
                yield Sighting(
                    sku, tuple(one.product_id for one in carrying), tuple(one.status for one in carrying)
                )
        progress(start + len(some), len(skus))
