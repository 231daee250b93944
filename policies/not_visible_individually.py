"""*Sync Not Visible Individually Products*: while it is off, products whose visibility is 1 are skipped."""

from __future__ import annotations

from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy


def is_kept_off_as_hidden(product: Product, policy: SynchronizationPolicy) -> bool:
    """Whether the product is Not Visible Individually and the policy does not sync such products.

    The child of a known configurable product is exempt, because its price and stock belong to the parent's listing. A
    visibility that is not understood is none of this rule's business: it holds the product (row 7).
    """
    return product.is_hidden and not product.is_child and not policy.sync_not_visible_individually
