"""Claims: whose listing a TikTok product is already. A SKU is a name: nothing is taken from a living product by it.

A product that was renamed in Magento carries its old SKU on TikTok until that is edited. Who is made under that SKU
meanwhile finds it there: the renamed one is looked at again first, and so gives the name free.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from records.catalog import listings, sync_queue
from records.catalog.listings import Holder
from records.db.database import Database, is_away
from sync.decide_event import Lane
from tiktok.client.errors import Transient
from tiktok.listing.sync_plan import Operation


class Claims:
    """What the records say of it. Thread safe."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def requeue_owners(self, shop: str, tiktok_product_ids: Collection[str], own: int) -> dict[str, Holder]:
        """The living products whose listings these TikTok products are, but for our `own`. They are due from now on.

        Raises `Transient` while the database can't be reached.
        """
        try:
            with self._database.read() as connection:
                found = {
                    product_id: listings.holder(connection, shop, product_id, own)
                    for product_id in sorted(tiktok_product_ids)
                }
            owners = {product_id: owner for product_id, owner in found.items() if owner is not None}
            if rest := [owner.product_id for owner in owners.values() if not owner.waits]:
                with self._database.write() as connection:
                    sync_queue.enqueue_listings(connection, rest, lane=Lane.CONTENT, now=self._clock())
            return owners
        except Exception as error:
            if not is_away(error):
                raise
            raise Transient(Operation.SEARCH, "the database can't be reached") from None
