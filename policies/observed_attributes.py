"""*Only Specific Attributes Syncing*: which changes set off a sync."""

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
    """The changes that count: those of observed attributes, or all of them while the switch is off.

    Who observes Quantity observes stock as a whole: "out of stock" with 18 pieces left is stored in `stock_status`. Who
    observes a special price or its dates observes that it begins and ends, and no other move of the final price.
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
    """A price that moves by the clock alone sets off a sync."""
    if not (policy.product_update and policy.inventory_price_sync):
        return False
    return bool(observed([Change(FINAL_PRICE, None, None)], policy))


def only_price_or_stock(changes: Sequence[Change]) -> bool:
    """Nothing but price and stock changed."""
    return all(change.attribute in PRICE_ATTRIBUTES | STOCK_ATTRIBUTES for change in changes)
