"""Page: what the shops hold, each product, and the calls that came, for people, as plain HTML without a script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from flask import render_template

from sandbox.tiktok.control import seller_center
from sandbox.tiktok.products.product import Offer, Product, Version
from sandbox.tiktok.products.product_content import compared
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.world import World

MOST_EFFECTS: Final = 100
MOST_PRODUCTS: Final = 100
_LIVE: Final = "the live version"
_REVIEWED: Final = "the version under review"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shop with the newest of its products that were found, and how many were."""

    shop: Shop
    products: list[Product]
    found: int


@dataclass(frozen=True, slots=True)
class SoldSku:
    """A SKU with its price and stock. `only_in` names the version where it is in one of two, else it is empty."""

    id: str
    seller_sku: str
    offer: Offer
    only_in: str


def shops_page(world: World, sought: str) -> str:
    """All shops; with a sought text those products that have it in their title or a seller SKU."""
    with world.now():
        return render_template(
            "shops.html",
            shops=[_shelf(world, shop, sought.casefold()) for shop in world.shops],
            sought=sought,
            kept=world.is_kept,
            effects=list(world.effects.last(MOST_EFFECTS)),
            known=world.catalogue.products,
            money=seller_center.money,
        )


def product_page(world: World, product_id: str) -> tuple[str, int]:
    """One product with its HTTP status; 404 and a page that says so where there is none."""
    with world.now():
        product = world.catalogue.products.get(product_id)
        shop = next((one for one in world.shops if product and one.shop_cipher == product.shop_cipher), None)
        if product is None or shop is None:
            return render_template("unknown.html", product_id=product_id), 404
        return render_template("product.html", **_described(world, product, shop)), 200


def _described(world: World, product: Product, shop: Shop) -> dict[str, Any]:
    review = None if product.review is product.current else product.review
    versions = [product.current] if review is None else [product.current, review]
    effects = world.effects.of_product(product.id)[::-1]
    ends = None if product.submitted is None else product.submitted + world.catalogue.settings.audit_seconds
    return {
        "product": product,
        "shop": shop,
        "title": product.current.content.get("title") or "Without a title",
        "audit_ends": None if ends is None else _moment(ends),
        "created": _moment(product.created),
        "updated": _moment(product.updated),
        "both": review is not None,
        "rows": compared(versions, shop),
        "skus": _skus(product, versions),
        "warehouses": list(dict.fromkeys(one for offer in product.offers.values() for one in offer.pieces)),
        "effects": effects[:MOST_EFFECTS],
        "found": len(effects),
        "money": seller_center.money,
    }


def _skus(product: Product, versions: list[Version]) -> list[SoldSku]:
    """Those of both versions, under the newest name of each."""
    newest = {sku.id: sku for version in versions for sku in version.skus}
    ids = [{sku.id for sku in version.skus} for version in versions]
    everywhere = set.intersection(*ids)
    return [
        SoldSku(
            sku_id,
            sku.seller_sku,
            product.offers[sku_id],
            "" if sku_id in everywhere else _LIVE if sku_id in ids[0] else _REVIEWED,
        )
        for sku_id, sku in newest.items()
    ]


def _shelf(world: World, shop: Shop, sought: str) -> Shelf:
    products = [one for one in seller_center.products(world, cipher=shop.shop_cipher) if _has(one, sought)]
    return Shelf(shop, products[::-1][:MOST_PRODUCTS], len(products))


def _has(product: Product, sought: str) -> bool:
    names = (str(product.current.content.get("title") or ""), *product.seller_skus)
    return any(sought in name.casefold() for name in names)


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
