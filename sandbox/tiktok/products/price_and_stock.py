"""Offers: price and inventory updates. Both take effect at once and see no audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.errors import CHECK_FAILED, Refused, is_required, item_error
from sandbox.tiktok.api.outcomes import Outcome, touched
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.products.catalog import Catalogue
from sandbox.tiktok.products.product import Offer, Product, Status
from sandbox.tiktok.rules.sku_rules import most_skus, read_price, read_quantity
from sandbox.tiktok.shops import Shop

STOCKED: Final = frozenset(
    {Status.DRAFT, Status.PENDING, Status.FAILED, Status.ACTIVATE, Status.SELLER_DEACTIVATED}
)
_PRICED: Final = frozenset({"id", "price", "list_price", "external_list_prices"})


def update_price(catalogue: Catalogue, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """All prices or none, and only of a product that is ACTIVATE. Raises `Refused`."""
    product = catalogue.find(shop, product_id)
    skus = _skus(body, shop)
    if product.status is not Status.ACTIVATE:
        raise Refused(12019113, f"The product status {product.status} is invalid: ACTIVATE is expected.")
    if "price" in product.promotion:
        raise Refused(12052038, "The price is locked: the product is in a promotion.")
    offers: dict[str, Offer] = {}
    for sku in skus:
        request_body.check_known(sku, _PRICED, "skus.")
        amount, currency = read_price(request_body.object_of(sku, "price"), shop)
        sku_id = _known_sku(product, sku)
        offers[sku_id] = replace(product.offers[sku_id], amount=amount, currency=currency)
    _sell(catalogue, product, offers, now)
    return Outcome({}, (touched(product),))


def update_inventory(catalogue: Catalogue, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Absolute pieces, SKU by SKU: what fails is in `data.errors`, the rest is done. Raises `Refused`."""
    product = catalogue.find(shop, product_id)
    skus = _skus(body, shop)
    if product.status not in STOCKED:
        raise Refused(12019113, f"The product status {product.status} does not allow stock updates.")
    read = [(sku, [(entry, read_quantity(entry)) for entry in _inventory(sku)]) for sku in skus]
    errors: list[dict[str, Any]] = []
    offers: dict[str, Offer] = {}
    for sku, entries in read:
        sku_id = str(sku["id"])
        if product.sku(sku_id) is None:
            errors.append(item_error(12052557, f"The SKU {sku_id} is not in this product.", sku_id=sku_id))
            continue
        if "stock" in product.promotion:
            words = f"The stock of the SKU {sku_id} is locked by a promotion."
            errors.append(item_error(12052393, words, sku_id=sku_id))
            continue
        held = product.offers[sku_id].pieces
        named = [(_warehouse(entry, held), quantity) for entry, quantity in entries]
        if extra := _faults([warehouse for warehouse, _ in named], list(held), shop):
            errors.append(item_error(CHECK_FAILED, "Check failed", extra, sku_id=sku_id))
        else:
            offers[sku_id] = replace(product.offers[sku_id], pieces=dict(named))
    _sell(catalogue, product, offers, now)
    code = _first_code(errors)
    return Outcome({"errors": errors} if errors else {}, (touched(product, code),))


def _skus(body: Body, shop: Shop) -> list[Body]:
    request_body.check_known(body, frozenset({"skus"}))
    skus = request_body.objects(body, "skus")
    if not skus:
        raise is_required("skus")
    if len(skus) > most_skus(shop.region):
        raise Refused(12052050, f"A call has at most {most_skus(shop.region)} SKUs in this market.")
    ids = [request_body.digits(sku, "id") for sku in skus]
    if None in ids:
        raise Refused(12052036, "A SKU id is missing.")
    if len(set(ids)) != len(ids):
        raise Refused(12052553, "A SKU id comes twice.")
    return skus


def _known_sku(product: Product, sku: Body) -> str:
    sku_id = str(sku["id"])
    if product.sku(sku_id) is None:
        raise Refused(12052557, f"The SKU {sku_id} is not in this product.")
    return sku_id


def _inventory(sku: Body) -> list[Body]:
    request_body.check_known(sku, frozenset({"id", "inventory"}), "skus.")
    entries = request_body.objects(sku, "inventory")
    if not entries:
        raise is_required("inventory")
    return entries


def _warehouse(entry: Body, held: Any) -> str:
    """The warehouse may stay unnamed where the SKU is in exactly one."""
    named = request_body.digits(entry, "warehouse_id")
    if named is None and len(held) != 1:
        raise is_required("warehouse_id")
    return named or next(iter(held))


def _faults(named: list[str], held: list[str], shop: Shop) -> list[dict[str, Any]]:
    """All the SKU's warehouses, none added, none left out, none twice."""
    faults = [
        (warehouse, 12052097, "The warehouse does not exist")
        for warehouse in named
        if warehouse not in shop.warehouses
    ]
    faults += [
        (warehouse, 12052555, "The warehouse comes twice")
        for warehouse in dict.fromkeys(named)
        if named.count(warehouse) > 1
    ]
    differing = [*(one for one in held if one not in named), *(one for one in named if one not in held)]
    told_already = {warehouse for warehouse, _, _ in faults}
    faults += [
        (warehouse, 12019028, "All warehouses of the SKU must be listed, and no other")
        for warehouse in differing
        if warehouse not in told_already
    ]
    return [{"warehouse_id": one, "code": code, "message": message} for one, code, message in faults]


def _sell(catalogue: Catalogue, product: Product, offers: dict[str, Offer], now: float) -> None:
    if offers:
        product.offers.update(offers)
        product.updated = int(now)
        catalogue.track(product)


def _first_code(errors: list[dict[str, Any]]) -> int:
    if not errors:
        return 0
    extra = errors[0]["detail"].get("extra_errors") or [errors[0]]
    return int(extra[0]["code"])
