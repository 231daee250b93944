"""Stock by SKU and warehouse: ours is the warehouse that the shop's set-up names, the others are the seller's.

TikTok requires all warehouses of a SKU in a call of stock (code 12019028): those of the seller are read and repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Stock: TypeAlias = Mapping[str, Mapping[str, int]]
"""Pieces by `seller_sku`, then by warehouse id."""


def in_warehouses_of(wanted: Stock, last: Stock | None) -> Stock:
    """Return what was last sent, or read, of the SKUs and warehouses that are wanted."""
    return {
        sku: {warehouse: quantity for warehouse, quantity in quantities.items() if warehouse in wanted[sku]}
        for sku, quantities in (last or {}).items()
        if sku in wanted
    }


def has_other_warehouses(last: Stock | None, wanted: Stock) -> bool:
    """Whether a SKU is known to have a warehouse that is not among the wanted ones."""
    return any(not (last or {}).get(sku, {}).keys() <= stock.keys() for sku, stock in wanted.items())


def quantity_of(stock: Stock) -> int:
    """Return the pieces of all SKUs in all warehouses."""
    return sum(sum(by_warehouse.values()) for by_warehouse in stock.values())
