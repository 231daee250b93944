"""The quantity that an inventory policy sends to TikTok.

Available = the source in whole pieces, less Magento's Out-of-Stock Threshold and the buffer, at least 0. Then the
policy's threshold applies; then the quantity is limited to the available pieces, unless the policy allows more; then to
the maximum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from policies.attribute_changes import as_amount, is_empty
from schemas.attributes import Value, shown
from schemas.gates import Unread, read_stock_status
from schemas.inventory_policy import DEFAULT_SOURCE, MOST_PIECES, InventoryPolicy, StockSource
from schemas.product import Product

_CODES: Final[Mapping[StockSource, str]] = {
    StockSource.STOCK_ITEM: "quantity",
    StockSource.SALABLE_QUANTITY: "salable_quantity",
    StockSource.MSI: "source_items",
}
_BEFORE_THRESHOLD: Final = frozenset({StockSource.STOCK_ITEM, StockSource.MSI})
"""Sources that still contain Magento's *Out-of-Stock Threshold*: salable quantity = quantity - `min_qty`."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The available pieces and the quantity to send. With `keeps_last_sent` TikTok keeps the quantity it has."""

    available: int
    sent: int
    keeps_last_sent: bool = False


def stock_level(product: Product, policy: InventoryPolicy) -> StockLevel | None:
    """Return the product's stock level under this policy; None where Magento never sent the policy's source.

    "Out of stock" is 0, whatever quantity and policy say: no setting sells what the merchant has withdrawn. The status
    of the stock item is that of the default source; another MSI source has its own. Where stock is not managed, Magento
    sells without a limit and ignores quantity and stock status: the default quantity is sent; None where the policy has
    none.
    """
    unmanaged = is_false(product.value("manage_stock"))
    if not unmanaged and is_false(product.value("stock_status")) and not _has_own_status(product, policy):
        return StockLevel(0, 0, keeps_last_sent=not policy.sync_out_of_stock)
    if unmanaged and policy.source is not StockSource.ATTRIBUTE:
        source = None if policy.default_quantity is None else Decimal(policy.default_quantity)
    else:
        source = _source(product, policy)
    if source is None:
        return None
    available = whole(source, less=policy.buffer)
    return StockLevel(
        available, sent(available, policy), keeps_last_sent=available == 0 and not policy.sync_out_of_stock
    )


def sent(available: int, policy: InventoryPolicy) -> int:
    """Return the quantity to send for so many available pieces."""
    found = _by_threshold(available, policy)
    if not policy.may_send_more_than_available:
        found = min(found, available)
    return min(found, MOST_PIECES if policy.maximum is None else policy.maximum)


def whole(source: Decimal, less: int = 0) -> int:
    """Return the source less `less` in whole pieces, within 0 and TikTok's limit.

    Magento's quantity is negative where backorders are allowed; it counts as 0.
    """
    return int(min(max(source.to_integral_value(ROUND_FLOOR) - less, Decimal(0)), Decimal(MOST_PIECES)))


def unsent_stock(product: Product, policy: InventoryPolicy) -> tuple[str, str] | None:
    """Return why no quantity is sent, and what to do; None where the policy's source was never received.

    It is for a product whose `stock_level` is None.
    """
    if is_false(product.value("manage_stock")) and policy.source is not StockSource.ATTRIBUTE:
        return (
            "Magento does not manage this product's stock (manage_stock is off), and no default quantity is set.",
            "Set a default quantity in the inventory policy of the listing template, or switch Manage Stock on.",
        )
    if policy.source is StockSource.MSI and not is_empty(product.value(source_code(policy))):
        return (
            f"Magento has sent no quantity of the source {policy.source_code!r} that can be read.",
            "Assign the product to that source in Magento, or choose another source.",
        )
    threshold = product.value("min_qty")
    if policy.source in _BEFORE_THRESHOLD and not is_empty(threshold) and as_amount(threshold) is None:
        return (
            f"The Out-of-Stock Threshold (min_qty) is {shown(threshold)}, which is not a number.",
            "Correct it in the product's Advanced Inventory in Magento.",
        )
    return None


def merged_sources(stored: Value, received: Value) -> Value:
    """Return the stock by source after a save that names some of the sources: the others keep what they had.

    Both are lists of ``{"source_code", "quantity", "status"}``; codes compare without letter case and blanks.
    """
    if not isinstance(stored, list | tuple) or not isinstance(received, list | tuple):
        return received
    return list({**_by_source(stored), **_by_source(received)}.values())


def is_false(value: Value) -> bool:
    """Whether Magento sent a no, in whatever form. A missing value is none."""
    return read_stock_status(value) is False


def source_code(policy: InventoryPolicy) -> str:
    """Return the code of the attribute that holds the policy's source."""
    return policy.attribute or _CODES[policy.source]


def lints(policy: InventoryPolicy) -> tuple[str, ...]:
    """Return warnings about settings that are allowed but may not be meant."""
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
        yield "There is no default quantity: products whose stock Magento does not manage are not sent."
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
    quantity = _of_source(value, policy.source_code) if policy.source is StockSource.MSI else as_amount(value)
    if quantity is None or policy.source not in _BEFORE_THRESHOLD:
        return quantity
    threshold = product.value("min_qty")
    if is_empty(threshold):
        return quantity
    reserved = as_amount(threshold)
    # A negative threshold allows backorders: they are no stock.
    return None if reserved is None else quantity - max(reserved, Decimal(0))


def _has_own_status(product: Product, policy: InventoryPolicy) -> bool:
    """Whether the stock status of the policy's source is not that of the stock item."""
    code, items = _as_code(policy.source_code), product.value(_CODES[StockSource.MSI])
    if policy.source is not StockSource.MSI or code == DEFAULT_SOURCE:
        return False
    item = _by_source(items if isinstance(items, list | tuple) else ()).get(code)
    return item is not None and not is_empty(item.get("status"))


def _of_source(value: Value, code: str | None) -> Decimal | None:
    """Return the quantity of the source, which has its own stock status; None where Magento has sent none of it."""
    item = _by_source(value if isinstance(value, list | tuple) else ()).get(_as_code(code))
    if item is None:
        return None
    in_stock = True if item.get("status") is None else read_stock_status(item["status"])
    if isinstance(in_stock, Unread):
        return None
    return as_amount(item.get("quantity")) if in_stock else Decimal(0)


def _by_source(items: Iterable[Value]) -> dict[str, Mapping[str, Value]]:
    return {_as_code(item.get("source_code")): item for item in items if isinstance(item, Mapping)}


def _as_code(value: Value) -> str:
    return str(value).strip().lower()
