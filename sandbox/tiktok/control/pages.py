"""The pages for people: the shops, each product, and the recent calls, in plain HTML without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flask import render_template

from sandbox.tiktok.catalog.product import Offer, Product, Version
from sandbox.tiktok.catalog.product_content import compare_versions
from sandbox.tiktok.control import seller_center
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.world import World

MAX_EFFECTS: Final = 100
MAX_PRODUCTS: Final = 100
_LIVE: Final = "the live version"
_REVIEWED: Final = "the version under review"


@dataclass(frozen=True, slots=True)
class ShopProducts:
    """A shop with the newest of its matching products, and the number of all matches."""

    shop: Shop
    products: list[Product]
    found: int


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A SKU with its price and stock. `only_in` names the version if only one of two has it, else ""."""

    id: str
    seller_sku: str
    offer: Offer
    only_in: str


def shops_page(world: World, search_text: str) -> str:
    """Render all shops, with the products whose title or seller SKU contains the search text."""
    with world.locked():
        return render_template(
            "shops.html",
            shops=[_shop_products(world, shop, search_text.casefold()) for shop in world.shops],
            search_text=search_text,
            is_persistent=world.is_persistent,
            effects=list(world.effects.newest(MAX_EFFECTS)),
            products=world.catalog.products,
            money=seller_center.money,
        )


def product_page(world: World, product_id: str) -> tuple[str, int]:
    """Render a product. Return the page and its HTTP status, 404 for an unknown product."""
    with world.locked():
        product = world.catalog.products.get(product_id)
        shop = next(
            (shop for shop in world.shops if product and shop.shop_cipher == product.shop_cipher), None
        )
        if product is None or shop is None:
            return render_template("unknown.html", product_id=product_id), 404
        return render_template("product.html", **_product_values(world, product, shop)), 200


def _product_values(world: World, product: Product, shop: Shop) -> dict[str, object]:
    under_review = None if product.review is product.current else product.review
    versions = [product.current] if under_review is None else [product.current, under_review]
    effects = world.effects.of_product(product.id)[::-1]
    audit_ends_at = (
        None if product.submitted is None else product.submitted + world.catalog.settings.audit_seconds
    )
    return {
        "product": product,
        "shop": shop,
        "title": product.current.content.get("title") or "No title",
        "audit_ends": None if audit_ends_at is None else _format_time(audit_ends_at),
        "created": _format_time(product.created),
        "updated": _format_time(product.updated),
        "has_two_versions": under_review is not None,
        "rows": compare_versions(versions, shop),
        "skus": _skus(product, versions),
        "warehouses": list(
            dict.fromkeys(warehouse for offer in product.offers.values() for warehouse in offer.quantities)
        ),
        "effects": effects[:MAX_EFFECTS],
        "found": len(effects),
        "money": seller_center.money,
    }


def _skus(product: Product, versions: list[Version]) -> list[SkuRow]:
    """Return the SKUs of both versions, each with its newest name."""
    newest = {sku.id: sku for version in versions for sku in version.skus}
    ids = [{sku.id for sku in version.skus} for version in versions]
    everywhere = set.intersection(*ids)
    return [
        SkuRow(
            sku_id,
            sku.seller_sku,
            product.offers[sku_id],
            "" if sku_id in everywhere else _LIVE if sku_id in ids[0] else _REVIEWED,
        )
        for sku_id, sku in newest.items()
    ]


def _shop_products(world: World, shop: Shop, search_text: str) -> ShopProducts:
    products = [
        product
        for product in seller_center.products(world, cipher=shop.shop_cipher)
        if _matches(product, search_text)
    ]
    return ShopProducts(shop, products[::-1][:MAX_PRODUCTS], len(products))


def _matches(product: Product, search_text: str) -> bool:
    names = (str(product.current.content.get("title") or ""), *product.seller_skus)
    return any(search_text in name.casefold() for name in names)


def _format_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
