"""Seller Center: what the shop holds, told plainly, and the edits that a seller makes there by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.tiktok.control.control_requests import BadWish, SellerEdit
from sandbox.tiktok.products.product import Audit, Offer, Product, Status, Version
from sandbox.tiktok.rules.sku_rules import read_price
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.webhook_events import Source
from sandbox.tiktok.world import World


def products(
    world: World, *, seller_sku: str | None = None, cipher: str | None = None, include_deleted: bool = False
) -> list[Product]:
    """The products of a shop, of all shops where none is named; with a SKU only those that carry it."""
    shops = [shop for shop in world.shops if cipher in (None, "", shop.shop_cipher)]
    if not shops:
        raise BadWish(f"There is no shop {cipher!r}; there are {', '.join(_ciphers(world))}.")
    return [
        product
        for shop in shops
        for product in (
            world.catalogue.named(shop, [seller_sku]) if seller_sku else world.catalogue.of_shop(shop)
        )
        if (include_deleted or product.status is not Status.DELETED)
        and (not seller_sku or seller_sku in product.seller_skus)
    ]


def described(product: Product) -> dict[str, Any]:
    """A product as a JSON object: the live version's values, or those under review where there is no other."""
    under_review = product.review if product.review is not product.current else None
    return {
        "id": product.id,
        "shop": product.shop_cipher,
        "status": product.status.value,
        "audit": product.audit.value,
        **_version(product, product.current),
        "version_under_review": None if under_review is None else _version(product, under_review),
        "creates": product.creates,
        "promotion": product.promotion,
    }


def edit(world: World, wish: SellerEdit, now: float) -> Product:
    """Change a product at once, without an audit. Raises `BadWish`."""
    product = _meant(world, wish)
    shop = next(shop for shop in world.shops if shop.shop_cipher == product.shop_cipher)
    meant = [sku.id for sku in product.current.skus if wish.seller_sku in (None, sku.seller_sku)]
    product.offers.update({sku_id: _sold(product.offers[sku_id], wish, shop) for sku_id in meant})
    if wish.promotion is not None:
        product.promotion = list(wish.promotion)
    if wish.title is not None:
        product.current = replace(product.current, content={**product.current.content, "title": wish.title})
    if wish.status is not None:
        _set_status(product, wish.status, now)
    product.updated = int(now)
    world.catalogue.track(product, Source.SELLER_CENTER)
    return product


def _meant(world: World, wish: SellerEdit) -> Product:
    if wish.product_id is not None:
        product = world.catalogue.products.get(wish.product_id)
        if product is None:
            raise BadWish(f"There is no product {wish.product_id}.")
        return product
    found = products(world, seller_sku=wish.seller_sku)
    if len(found) != 1:
        ids = ", ".join(product.id for product in found) or "none"
        raise BadWish(f"One product with the SKU {wish.seller_sku!r} is wanted; there are: {ids}.")
    return found[0]


def _sold(offer: Offer, wish: SellerEdit, shop: Shop) -> Offer:
    if wish.price is not None:
        amount, currency = read_price({"amount": wish.price, "currency": offer.currency}, shop)
        offer = replace(offer, amount=amount, currency=currency)
    if wish.quantity is not None:
        first, *others = offer.pieces
        offer = replace(offer, pieces={first: wish.quantity, **dict.fromkeys(others, 0)})
    return offer


def _set_status(product: Product, status: Status, now: float) -> None:
    product.end_review()
    product.status = status
    if status is Status.PENDING:
        product.submit(product.current, now)
    elif status is Status.FAILED:
        product.audit, product.failed_reasons = Audit.FAILED, ["The seller was told in Seller Center."]
    elif status is Status.ACTIVATE:
        product.audit = Audit.APPROVED


def _version(product: Product, version: Version) -> dict[str, Any]:
    content = version.content
    names = ("title", "description", "category_id", "external_product_id")
    return {
        **{name: content.get(name) for name in names},
        "skus": [_sku(sku.id, sku.fields, product.offers[sku.id]) for sku in version.skus],
        "product_attributes": content.get("product_attributes") or [],
        "main_images": content.get("main_images") or [],
        "package_weight": content.get("package_weight"),
    }


def _sku(sku_id: str, fields: Any, offer: Offer) -> dict[str, Any]:
    return {
        "id": sku_id,
        "seller_sku": fields.get("seller_sku"),
        "sales_attributes": fields.get("sales_attributes") or [],
        "price": {"amount": offer.amount, "currency": offer.currency},
        "quantity": sum(offer.pieces.values()),
        "inventory": [{"warehouse_id": one, "quantity": pieces} for one, pieces in offer.pieces.items()],
    }


def _ciphers(world: World) -> list[str]:
    return [shop.shop_cipher for shop in world.shops]


def money(offer: Offer) -> str:
    """A price for people."""
    return f"{Decimal(offer.amount):,} {offer.currency}"
