"""The shops that an access token gives access to, and the warehouses of a shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from tiktok.client.exchange import Exchange
from tiktok.documents import Document, children

WAREHOUSES: Final = "/logistics/202309/warehouses"
SCOPES: Final = ("seller.product.basic", "seller.product.write", "seller.shop.info", "seller.logistics")
"""The permissions that the app needs: reading products, writing products, the list of shops, the warehouses."""
CROSS_BORDER: Final = "It is the shop of a cross-border seller. Cross-border shops can't be synced yet."


@dataclass(frozen=True, slots=True)
class AuthorizedShop:
    """A shop that the token gives access to. Every call for the shop carries its `cipher`.

    `seller_type` is TikTok's: ``LOCAL`` or ``CROSS_BORDER``.
    """

    id: str
    name: str
    region: str
    cipher: str
    seller_type: str = "LOCAL"

    @property
    def unsupported(self) -> str | None:
        """Why products can't be synced to this shop, None if they can.

        A cross-border seller sends prices as `sale_price`, for several markets at once.
        """
        return CROSS_BORDER if self.seller_type == "CROSS_BORDER" else None


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse of a shop."""

    id: str
    name: str
    is_default: bool


class LookUp(Protocol):
    """The part of `TikTokShop` that `warehouses` needs."""

    def look_up(
        self, name: str, path: str, query: Mapping[str, str], exchanged: Callable[[Exchange], None]
    ) -> Document:
        """Return the data under this path."""


def shops_of(data: Document) -> tuple[AuthorizedShop, ...]:
    """Return the shops in the data of *Get Authorized Shops*, without those that have no cipher."""
    return tuple(
        AuthorizedShop(
            str(shop.get("id") or ""),
            str(shop.get("name") or ""),
            str(shop.get("region") or ""),
            str(shop["cipher"]),
            str(shop.get("seller_type") or "LOCAL"),
        )
        for shop in children(data, "shops")
        if shop.get("cipher")
    )


def warehouses(calls: LookUp, exchanged: Callable[[Exchange], None]) -> tuple[Warehouse, ...]:
    """Return the shop's sales warehouses, the default one first. Raises `TikTokError`."""
    data = calls.look_up("warehouses", WAREHOUSES, {}, exchanged)
    found = [
        Warehouse(str(warehouse["id"]), str(warehouse.get("name") or ""), bool(warehouse.get("is_default")))
        for warehouse in children(data, "warehouses")
        if warehouse.get("id") and warehouse.get("type", "SALES_WAREHOUSE") == "SALES_WAREHOUSE"
    ]
    return tuple(sorted(found, key=lambda warehouse: not warehouse.is_default))
