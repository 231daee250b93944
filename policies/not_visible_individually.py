"""*Sync Not Visible Individually Products*: off leaves products alone whose visibility is 1."""

from __future__ import annotations

from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy


def is_left_alone(product: Product, policy: SynchronizationPolicy) -> bool:
    """The product is Not Visible Individually, and the policy does not sync those.

    The child of a known configurable is exempt: its price and stock belong to the parent's listing. A visibility that
    was never told is not 1.
    """
    return product.is_hidden and not product.is_child and not policy.sync_not_visible_individually
