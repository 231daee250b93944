"""Inventory: how many pieces an inventory policy tells TikTok of.

Available = the source in whole pieces, less the buffer, at least 0. Then the threshold; then never more than available,
unless that is allowed; then the maximum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from policies.attribute_changes import as_number, is_empty
from schemas.attributes import Value
from schemas.inventory_policy import MOST_PIECES, InventoryPolicy, StockSource
from schemas.product import Product

_NO: Final = frozenset({"0", "false"})
_CODES: Final[Mapping[StockSource, str]] = {
    StockSource.STOCK_ITEM: "quantity",
    StockSource.SALABLE_QUANTITY: "salable_quantity",
    StockSource.MSI: "source_items",
}


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What there is to sell and what is told of it. `left` says that stock is to stay as it was last sent."""

    available: int
    sent: int
    keeps_last_sent: bool = False


def stock_level(product: Product, policy: InventoryPolicy) -> StockLevel | None:
    """What the policy makes of the product's stock; None where Magento never told the source.

    "Out of stock" is 0 whatever quantity and policy say, for no setting sells what the merchant has withdrawn; where a
    default quantity stands for stock that is not managed, there is no such state.
    """
    unmanaged = policy.default_quantity is not None and is_false(product.value("manage_stock"))
    if not unmanaged and is_false(product.value("stock_status")):
        return StockLevel(0, 0, keeps_last_sent=not policy.sync_out_of_stock)
    source = _source(product, policy)
    if unmanaged and policy.default_quantity is not None and policy.source is not StockSource.ATTRIBUTE:
        source = Decimal(policy.default_quantity)
    if source is None:
        return None
    available = whole(source, less=policy.buffer)
    return StockLevel(
        available, sent(available, policy), keeps_last_sent=available == 0 and not policy.sync_out_of_stock
    )


def sent(available: int, policy: InventoryPolicy) -> int:
    """What is told of so many available pieces."""
    found = _by_threshold(available, policy)
    if not policy.may_send_more_than_available:
        found = min(found, available)
    return min(found, MOST_PIECES if policy.maximum is None else policy.maximum)


def whole(source: Decimal, less: int = 0) -> int:
    """Whole pieces, 0 to TikTok's most; a negative quantity (backorders) is 0."""
    return int(min(max(source.to_integral_value(ROUND_FLOOR) - less, Decimal(0)), Decimal(MOST_PIECES)))


def is_false(value: Value) -> bool:
    """Magento says no: ``0``, ``"0"`` or false. Not told is no no."""
    return not is_empty(value) and str(value).lower() in _NO


def source_code(policy: InventoryPolicy) -> str:
    """The attribute that the source is told in."""
    return policy.attribute or _CODES[policy.source]


def lints(policy: InventoryPolicy) -> tuple[str, ...]:
    """What a merchant should think about, though it is allowed."""
    return tuple(_lints(policy))


def _lints(policy: InventoryPolicy) -> Iterator[str]:
    found = sent(0, policy)
    if found > 0:
        yield f"It sends {found} when you have 0: buyers can order what is not there."
    if policy.threshold is not None and policy.above is not None and not policy.may_send_more_than_available:
        if policy.above > policy.threshold + 1:
            yield (
                f"With {policy.threshold + 1} available it sends {sent(policy.threshold + 1, policy)}, not "
                f"{policy.above}: never more than available."
            )
        if policy.below and policy.below > policy.threshold:
            yield "Below the threshold it would send more than above it."
    if policy.maximum == 0:
        yield "The maximum is 0: every product is out of stock on TikTok."
    if not policy.sync_out_of_stock:
        yield "What is out of stock in Magento stays on sale on TikTok, with the stock that it last had there."
    if policy.default_quantity is None and policy.source is not StockSource.ATTRIBUTE:
        yield "There is no default quantity: where stock is not managed, its quantity goes as told, often 0."
    if policy.buffer >= MOST_PIECES:
        yield "The buffer is as large as TikTok's most pieces: every product is out of stock on TikTok."


def _by_threshold(available: int, policy: InventoryPolicy) -> int:
    if policy.threshold is None or policy.above is None or policy.below is None:
        return available
    if available == policy.threshold:
        return policy.threshold
    return policy.above if available > policy.threshold else policy.below


def _source(product: Product, policy: InventoryPolicy) -> Decimal | None:
    value = product.value(source_code(policy))
    if policy.source is not StockSource.MSI:
        return as_number(value)
    if not isinstance(value, list | tuple):
        return None
    items = [
        one for one in value if isinstance(one, Mapping) and one.get("source_code") == policy.source_code
    ]
    # A product that is not assigned to the source has none of it, and a source item can be out of stock by itself.
    return sum(
        (as_number(one.get("quantity")) or Decimal(0) for one in items if not is_false(one.get("status"))),
        Decimal(0),
    )
