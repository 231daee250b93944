"""Connecting: what TikTok tells of the shops that a token opens, and of a shop's warehouses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tiktok.client.exchange import Exchange

WAREHOUSES: Final = "/logistics/202309/warehouses"
SCOPES: Final = ("seller.product.basic", "seller.product.write", "seller.shop.info", "seller.logistics")
"""What the app must be granted: reading and writing products, the list of shops, and that of warehouses."""


@dataclass(frozen=True, slots=True)
class AuthorizedShop:
    """A shop that the token opens; its `cipher` goes with every call."""

    id: str
    name: str
    region: str
    cipher: str


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place where stock lies."""

    id: str
    name: str
    is_default: bool


class LookUp(Protocol):
    """What is needed of a shop's calls."""

    def look_up(
        self, name: str, path: str, query: Mapping[str, str], exchange: Callable[[Exchange], None]
    ) -> Mapping[str, Any]:
        """What the shop knows under this path."""


def shops_of(data: Mapping[str, Any]) -> tuple[AuthorizedShop, ...]:
    """Of the answer of Get Authorized Shops, those that can be called."""
    return tuple(
        AuthorizedShop(
            str(one.get("id") or ""),
            str(one.get("name") or ""),
            str(one.get("region") or ""),
            str(one["cipher"]),
        )
        for one in data.get("shops") or ()
        if one.get("cipher")
    )


def warehouses(calls: LookUp, exchange: Callable[[Exchange], None]) -> tuple[Warehouse, ...]:
    """The shop's warehouses that stock for sale lies in; the default one first."""
    data = calls.look_up("warehouses", WAREHOUSES, {}, exchange)
    found = [
        Warehouse(str(one["id"]), str(one.get("name") or ""), bool(one.get("is_default")))
        for one in data.get("warehouses") or ()
        if one.get("id") and one.get("type", "SALES_WAREHOUSE") == "SALES_WAREHOUSE"
    ]
    return tuple(sorted(found, key=lambda one: not one.is_default))
