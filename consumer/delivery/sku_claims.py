"""SKU claims: find which of our products owns a TikTok product with a given SKU.

A product that was renamed in Magento keeps its old SKU on TikTok until the listing is edited there. A new product with
that SKU finds the renamed product's listing and must not adopt it. The renamed product is synced first, which frees the
SKU.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from records.catalog import listings, sync_queue
from records.catalog.listings import Holder
from records.db.database import Database, is_away
from schemas.product import Product
from sync.decide_event import Lane
from tiktok.client.errors import Transient
from tiktok.listing.sync_plan import Operation


class Claims:
    """Look up the owners of TikTok products in the database. Thread safe."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def requeue_owners(self, of: Product, tiktok_product_ids: Collection[str]) -> dict[str, Holder]:
        """Return our products whose listings these TikTok products are, by TikTok product id.

        Those that have another SKU than the product `of` by now are queued, because their syncs free its SKU. A sync of
        the others would free nothing, and send what their policy filters. Products that were deleted in Magento, and
        the product itself, are left out.

        Raises `Transient` if the database can't be reached.
        """
        try:
            with self._database.read() as connection:
                found = {
                    product_id: listings.holder(connection, of.shop, product_id, of.id)
                    for product_id in sorted(tiktok_product_ids)
                }
            owners = {product_id: owner for product_id, owner in found.items() if owner is not None}
            renamed = [owner for owner in owners.values() if not owner.waits and owner.sku != of.sku]
            if rest := [owner.product_id for owner in renamed]:
                with self._database.write() as connection:
                    sync_queue.enqueue_listings(connection, rest, lane=Lane.CONTENT, now=self._clock())
            return owners
        except Exception as error:
            if not is_away(error):
                raise
            raise Transient(Operation.SEARCH, "the database can't be reached") from None
