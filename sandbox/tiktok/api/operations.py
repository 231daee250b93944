"""Operations: what each call does, once it is let in and nothing goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.endpoints import BATCHES, LOOKUPS, Operation, Route
from sandbox.tiktok.api.outcomes import Outcome
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.api.request_checks import Request
from sandbox.tiktok.products import (
    availability,
    edits,
    image_uploads,
    lookups,
    price_and_stock,
    product_documents,
)
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.world import World

_ON_ONE_PRODUCT: Final = {
    Operation.EDIT: edits.edit,
    Operation.PARTIAL_EDIT: edits.partial_edit,
    Operation.PRICE: price_and_stock.update_price,
    Operation.INVENTORY: price_and_stock.update_inventory,
}


def carry_out(world: World, shop: Shop, route: Route, request: Request, now: float) -> Outcome:
    """Do it. Raises `Refused`; the caller holds the lock."""
    catalogue, operation = world.catalogue, route.operation
    if operation is Operation.SHOPS:
        return _shops(world, shop, request, now)
    if operation in LOOKUPS:
        return lookups.look_up(shop, route, request.query)
    if operation is Operation.GET:
        return product_documents.get(catalogue, shop, route.product_id, request.query)
    if operation is Operation.UPLOAD_IMAGE:
        return image_uploads.upload(catalogue, shop, request)
    shop = replace(shop, image_uris=(*shop.image_uris, *catalogue.uploaded(shop)))
    body = request_body.parse(request.body, request.media_type)
    if operation is Operation.SEARCH:
        return product_documents.search(catalogue, shop, body, request.query)
    if operation in BATCHES:
        return availability.move(catalogue, shop, operation, body, now)
    if operation is Operation.CREATE:
        return edits.create(catalogue, shop, body, now)
    return _ON_ONE_PRODUCT[operation](catalogue, shop, route.product_id, body, now)


def product_ids_of(route: Route, body: Body) -> tuple[str, ...]:
    """The products that a call names, in its path or in its body; the body is not judged yet."""
    if route.operation in LOOKUPS:
        return ()
    ids = body.get("product_ids")
    named = [route.product_id, *(ids if isinstance(ids, list) else [])]
    return tuple(dict.fromkeys(one for one in named if isinstance(one, str) and one))


def seller_skus_of(world: World, shop: Shop, product_ids: Iterable[str], body: Body) -> tuple[str, ...]:
    """The seller SKUs that a call is about: those in its body, and those of the products that it names."""
    skus, searched = body.get("skus"), body.get("seller_skus")
    named = [
        one.get("seller_sku") for one in (skus if isinstance(skus, list) else []) if isinstance(one, dict)
    ]
    named += searched if isinstance(searched, list) else []
    for product_id in product_ids:
        product = world.catalogue.products.get(product_id)
        if product is not None and product.shop_cipher == shop.shop_cipher:
            named += product.seller_skus
    return tuple(dict.fromkeys(one for one in named if isinstance(one, str) and one))


def _shops(world: World, shop: Shop, request: Request, now: float) -> Outcome:
    opened = world.tokens.opens(request.token, now)
    mine = [one for one in world.shops if one.shop_cipher in opened and one.app_key == shop.app_key]
    answered = [
        {
            "id": one.id,
            "name": one.name,
            "region": one.region,
            "seller_type": "LOCAL",
            "cipher": one.shop_cipher,
            "code": f"{one.region}LCSANDBOX",
        }
        for one in mine
    ]
    return Outcome({"shops": answered})
