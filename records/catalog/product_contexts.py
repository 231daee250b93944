"""Product contexts: what is stored of products, as the rules see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from policies.product_context import ProductContext, RequestedBy
from records.catalog import baselines, confirmed_prices, listings, products


def load(
    connection: Connection, product_ids: Collection[int], *, requested_by: RequestedBy = RequestedBy.NONE
) -> dict[int, ProductContext]:
    """Return the context of each of these products that exists, by product id.

    `requested_by` says who requested a sync of their listings.
    """
    listing, baseline = listings.load(connection, product_ids), baselines.load(connection, product_ids)
    confirmed = confirmed_prices.load(connection, product_ids)
    return {
        product_id: ProductContext(
            product,
            listing[product_id],
            baseline.get(product_id),
            requested_by,
            confirmed.get(product_id, {}),
        )
        for product_id, product in products.load(connection, product_ids).items()
    }
