"""Run the operation of an admitted call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sandbox.tiktok.products import (
    availability,
    edits,
    image_uploads,
    lookups,
    price_and_stock,
    product_documents,
)
from sandbox.tiktok.products.outcomes import Outcome
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.endpoints import BATCHES, LOOKUPS, Operation, Route
from sandbox.tiktok.protocol.request import Request
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.world import World

_ON_ONE_PRODUCT: Final = {
    Operation.EDIT: edits.edit,
    Operation.PARTIAL_EDIT: edits.partial_edit,
    Operation.PRICE: price_and_stock.update_price,
    Operation.INVENTORY: price_and_stock.update_inventory,
}


def execute(world: World, shop: Shop, route: Route, request: Request, now: float) -> Outcome:
    """Run the operation. Raises `ApiError`; the caller holds the lock."""
    catalog, operation = world.catalog, route.operation
    if operation is Operation.SHOPS:
        return _shops(world, shop, request, now)
    if operation in LOOKUPS:
        return lookups.look_up(shop, route, request.query)
    if operation is Operation.GET:
        return product_documents.get(catalog, shop, route.product_id, request.query)
    if operation is Operation.UPLOAD_IMAGE:
        return image_uploads.upload(catalog, shop, request)
    shop = replace(shop, image_uris=(*shop.image_uris, *catalog.uploaded_uris(shop)))
    body = request_body.parse(request.body, request.media_type)
    if operation is Operation.SEARCH:
        return product_documents.search(catalog, shop, body, request.query)
    if operation in BATCHES:
        return availability.change_status(catalog, shop, operation, body, now)
    if operation is Operation.CREATE:
        return edits.create(catalog, shop, body, now)
    return _ON_ONE_PRODUCT[operation](catalog, shop, route.product_id, body, now)


def product_ids_in(route: Route, body: Body) -> tuple[str, ...]:
    """Return the product ids in the call's path or body; the body is not validated yet."""
    if route.operation in LOOKUPS:
        return ()
    ids = body.get("product_ids")
    values = [route.product_id, *(ids if isinstance(ids, list) else [])]
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def seller_skus_for(world: World, shop: Shop, product_ids: Iterable[str], body: Body) -> tuple[str, ...]:
    """Return the seller SKUs that a call concerns: those in its body and those of the products that it names."""
    skus, searched_skus = body.get("skus"), body.get("seller_skus")
    values = [
        sku.get("seller_sku") for sku in (skus if isinstance(skus, list) else []) if isinstance(sku, dict)
    ]
    values += searched_skus if isinstance(searched_skus, list) else []
    for product_id in product_ids:
        product = world.catalog.products.get(product_id)
        if product is not None and product.shop_cipher == shop.shop_cipher:
            values += product.seller_skus
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _shops(world: World, shop: Shop, request: Request, now: float) -> Outcome:
    authorized = world.tokens.shop_ciphers(request.token, now)
    app_shops = [
        other for other in world.shops if other.shop_cipher in authorized and other.app_key == shop.app_key
    ]
    documents = [
        {
            "id": other.id,
            "name": other.name,
            "region": other.region,
            "seller_type": "LOCAL",
            "cipher": other.shop_cipher,
            "code": f"{other.region}LCSANDBOX",
        }
        for other in app_shops
    ]
    return Outcome({"shops": documents})
