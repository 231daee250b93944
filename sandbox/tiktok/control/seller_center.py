"""Seller Center: the products as JSON, and the edits that a seller makes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sandbox.tiktok.catalog.product import Audit, Offer, Product, Status, Version
from sandbox.tiktok.catalog.webhook_events import Source
from sandbox.tiktok.control import seller_skus
from sandbox.tiktok.control.control_requests import InvalidRequest, SellerEdit
from sandbox.tiktok.rules.sku_rules import read_price
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.world import World


def products(
    world: World, *, seller_sku: str | None = None, cipher: str | None = None, include_deleted: bool = False
) -> list[Product]:
    """Return the products of one shop or of all, only those with the SKU if one is given. Raises `InvalidRequest`."""
    shops = [shop for shop in world.shops if cipher in (None, "", shop.shop_cipher)]
    if not shops:
        raise InvalidRequest(f"Unknown shop {cipher!r}. Choose one of {', '.join(_ciphers(world))}.")
    return [
        product
        for shop in shops
        for product in (
            world.catalog.find_by_names(shop, [seller_sku])
            if seller_sku
            else world.catalog.shop_products(shop)
        )
        if (include_deleted or product.status is not Status.DELETED)
        and (not seller_sku or seller_sku in product.seller_skus)
    ]


def to_json(product: Product) -> dict[str, object]:
    """Return a product as a JSON object: the live version's values, or those under its first review."""
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


def edit(world: World, changes: SellerEdit, now: float) -> Product:
    """Change a product at once, without an audit. Raises `InvalidRequest`."""
    product = _find_product(world, changes)
    shop = next(shop for shop in world.shops if shop.shop_cipher == product.shop_cipher)
    sku_ids = [sku.id for sku in product.current.skus if changes.seller_sku in (None, sku.seller_sku)]
    product.offers.update(
        {sku_id: _edited_offer(product.offers[sku_id], changes, shop) for sku_id in sku_ids}
    )
    if changes.promotion is not None:
        product.promotion = list(changes.promotion)
    if changes.title is not None:
        product.current = replace(
            product.current, content={**product.current.content, "title": changes.title}
        )
    seller_skus.add(world.catalog, product, changes.additions, changes.seller_sku)
    if changes.status is not None:
        _set_status(product, changes.status, now)
    product.updated = int(now)
    world.catalog.track(product, Source.SELLER_CENTER)
    return product


def _find_product(world: World, changes: SellerEdit) -> Product:
    if changes.product_id is not None:
        product = world.catalog.products.get(changes.product_id)
        if product is None:
            raise InvalidRequest(f"Unknown product {changes.product_id}.")
        return product
    matching = products(world, seller_sku=changes.seller_sku)
    if len(matching) != 1:
        ids = ", ".join(product.id for product in matching) or "none"
        raise InvalidRequest(
            f"Exactly one product must have the SKU {changes.seller_sku!r}. Products with it: {ids}."
        )
    return matching[0]


def _edited_offer(offer: Offer, changes: SellerEdit, shop: Shop) -> Offer:
    if changes.price is not None:
        amount, currency = read_price({"amount": changes.price, "currency": offer.currency}, shop)
        offer = replace(offer, amount=amount, currency=currency)
    if changes.quantity is not None:
        first, *others = offer.quantities
        offer = replace(offer, quantities={first: changes.quantity, **dict.fromkeys(others, 0)})
    return offer


def _set_status(product: Product, status: Status, now: float) -> None:
    product.end_review()
    product.status = status
    if status is Status.PENDING:
        product.submit(product.current, now)
    elif status is Status.FAILED:
        product.audit, product.failed_reasons = Audit.FAILED, ["The reason is shown in Seller Center."]
    elif status is Status.ACTIVATE:
        product.audit = Audit.APPROVED


def _version(product: Product, version: Version) -> dict[str, object]:
    content = version.content
    names = ("title", "description", "category_id", "external_product_id")
    return {
        **{name: content.get(name) for name in names},
        "skus": [_sku(sku.id, sku.fields, product.offers[sku.id]) for sku in version.skus],
        "product_attributes": content.get("product_attributes") or [],
        "main_images": content.get("main_images") or [],
        "package_weight": content.get("package_weight"),
    }


def _sku(sku_id: str, fields: Mapping[str, object], offer: Offer) -> dict[str, object]:
    return {
        "id": sku_id,
        "seller_sku": fields.get("seller_sku"),
        "sales_attributes": fields.get("sales_attributes") or [],
        "price": {"amount": offer.amount, "currency": offer.currency},
        "quantity": sum(offer.quantities.values()),
        "inventory": [
            {"warehouse_id": warehouse_id, "quantity": quantity}
            for warehouse_id, quantity in offer.quantities.items()
        ],
    }


def _ciphers(world: World) -> list[str]:
    return [shop.shop_cipher for shop in world.shops]


def money(offer: Offer) -> str:
    """Format a price for people."""
    return f"{Decimal(offer.amount):,} {offer.currency}"
