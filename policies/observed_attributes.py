"""*Only Specific Attributes Syncing*: which changes start a sync."""

from __future__ import annotations

from collections.abc import Sequence

from policies.attribute_changes import Change
from schemas.attributes import (
    FINAL_PRICE,
    PRICE_ATTRIBUTES,
    SPECIAL_PRICE_ATTRIBUTES,
    STOCK_ATTRIBUTES,
)
from schemas.synchronization_policy import SynchronizationPolicy

QUANTITY = "quantity"
PRICE = "price"


def observed(changes: Sequence[Change], policy: SynchronizationPolicy) -> tuple[Change, ...]:
    """Return the changes of observed attributes; all changes while the switch is off.

    Quantity includes every stock attribute: "out of stock" with 18 pieces left is stored in `stock_status`. A special
    price or one of its dates includes the final price, so that its beginning and its end count; but not where the
    regular price changed as well, since that alone may have moved the final price.
    """
    if not policy.only_specific_attributes:
        return tuple(changes)
    codes = set(policy.observed_attributes)
    if QUANTITY in codes:
        codes |= STOCK_ATTRIBUTES
    if codes & SPECIAL_PRICE_ATTRIBUTES and not any(change.attribute == PRICE for change in changes):
        codes.add(FINAL_PRICE)
    return tuple(change for change in changes if change.attribute in codes)


def follows_final_price(policy: SynchronizationPolicy) -> bool:
    """Whether a final price that changes with time alone starts a sync."""
    if not (policy.product_update and policy.inventory_price_sync):
        return False
    return bool(observed([Change(FINAL_PRICE, None, None)], policy))


def only_price_or_stock(changes: Sequence[Change]) -> bool:
    """Whether all changes are of price or stock."""
    return all(change.attribute in PRICE_ATTRIBUTES | STOCK_ATTRIBUTES for change in changes)
