"""Price and inventory updates. Both take effect at once, without an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sandbox.tiktok.catalog.catalog import Catalog
from sandbox.tiktok.catalog.product import Offer, Product, Status
from sandbox.tiktok.products.outcomes import Outcome, product_outcome
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.errors import (
    CHECK_FAILED,
    ApiError,
    ExtraError,
    ItemError,
    item_error,
    missing_field,
)
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.rules.sku_rules import max_skus, read_price, read_quantity
from sandbox.tiktok.shops import Shop

STOCKED: Final = frozenset(
    {Status.DRAFT, Status.PENDING, Status.FAILED, Status.ACTIVATE, Status.SELLER_DEACTIVATED}
)
_PRICED: Final = frozenset({"id", "price", "list_price", "external_list_prices"})


def update_price(catalog: Catalog, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Update all prices or none; the product must be ACTIVATE. Raises `ApiError`."""
    product = catalog.find(shop, product_id)
    skus = _skus(body, shop)
    if product.status is not Status.ACTIVATE:
        raise ApiError(12019113, f"The product status {product.status} is invalid: ACTIVATE is expected.")
    if "price" in product.promotion:
        raise ApiError(12052038, "The price is locked: the product is in a promotion.")
    offers: dict[str, Offer] = {}
    for sku in skus:
        request_body.check_fields(sku, _PRICED, "skus.")
        amount, currency = read_price(request_body.optional_object(sku, "price"), shop)
        sku_id = _existing_sku_id(product, sku)
        offers[sku_id] = replace(product.offers[sku_id], amount=amount, currency=currency)
    _save_offers(catalog, product, offers, now)
    return Outcome({}, (product_outcome(product),))


def update_inventory(catalog: Catalog, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Set absolute quantities SKU by SKU; failures are in `data.errors`. Raises `ApiError`."""
    product = catalog.find(shop, product_id)
    skus = _skus(body, shop)
    if product.status not in STOCKED:
        raise ApiError(12019113, f"The product status {product.status} does not allow stock updates.")
    parsed = [(sku, [(entry, read_quantity(entry)) for entry in _inventory(sku)]) for sku in skus]
    errors: list[ItemError] = []
    offers: dict[str, Offer] = {}
    for sku, entries in parsed:
        sku_id = str(sku["id"])
        if product.sku(sku_id) is None:
            errors.append(item_error(12052557, f"The SKU {sku_id} is not in this product.", sku_id=sku_id))
            continue
        if "stock" in product.promotion:
            message = f"The stock of the SKU {sku_id} is locked by a promotion."
            errors.append(item_error(12052393, message, sku_id=sku_id))
            continue
        current_stock = product.offers[sku_id].quantities
        quantities = [(_warehouse(entry, current_stock), quantity) for entry, quantity in entries]
        if extra := _warehouse_errors([warehouse for warehouse, _ in quantities], list(current_stock), shop):
            errors.append(item_error(CHECK_FAILED, "Check failed", sku_id=sku_id, extra_errors=extra))
        else:
            offers[sku_id] = replace(product.offers[sku_id], quantities=dict(quantities))
    _save_offers(catalog, product, offers, now)
    code = _first_code(errors)
    return Outcome({"errors": errors} if errors else {}, (product_outcome(product, code),))


def _skus(body: Body, shop: Shop) -> list[Body]:
    request_body.check_fields(body, frozenset({"skus"}))
    skus = request_body.objects(body, "skus")
    if not skus:
        raise missing_field("skus")
    if len(skus) > max_skus(shop.region):
        raise ApiError(12052050, f"A call has at most {max_skus(shop.region)} SKUs in this market.")
    ids = [request_body.digits(sku, "id") for sku in skus]
    if None in ids:
        raise ApiError(12052036, "A SKU id is missing.")
    if len(set(ids)) != len(ids):
        raise ApiError(12052553, "A SKU id comes twice.")
    return skus


def _existing_sku_id(product: Product, sku: Body) -> str:
    sku_id = str(sku["id"])
    if product.sku(sku_id) is None:
        raise ApiError(12052557, f"The SKU {sku_id} is not in this product.")
    return sku_id


def _inventory(sku: Body) -> list[Body]:
    request_body.check_fields(sku, frozenset({"id", "inventory"}), "skus.")
    entries = request_body.objects(sku, "inventory")
    if not entries:
        raise missing_field("inventory")
    return entries


def _warehouse(entry: Body, current_stock: Mapping[str, int]) -> str:
    """Return the warehouse of an entry, which may omit it if the SKU is in exactly one."""
    warehouse = request_body.digits(entry, "warehouse_id")
    if warehouse is None and len(current_stock) != 1:
        raise missing_field("warehouse_id")
    return warehouse or next(iter(current_stock))


def _warehouse_errors(warehouses: list[str], current_stock: list[str], shop: Shop) -> list[ExtraError]:
    """Return the errors if the warehouses named are not exactly those of the SKU, each once."""
    errors = [
        (warehouse, 12052097, "The warehouse does not exist")
        for warehouse in warehouses
        if warehouse not in shop.warehouses
    ]
    errors += [
        (warehouse, 12052555, "The warehouse comes twice")
        for warehouse in dict.fromkeys(warehouses)
        if warehouses.count(warehouse) > 1
    ]
    unexpected = [
        *(warehouse for warehouse in current_stock if warehouse not in warehouses),
        *(warehouse for warehouse in warehouses if warehouse not in current_stock),
    ]
    reported = {warehouse for warehouse, _, _ in errors}
    errors += [
        (warehouse, 12019028, "All warehouses of the SKU must be listed, and no other")
        for warehouse in unexpected
        if warehouse not in reported
    ]
    return [
        {"warehouse_id": warehouse, "code": code, "message": message} for warehouse, code, message in errors
    ]


def _save_offers(catalog: Catalog, product: Product, offers: dict[str, Offer], now: float) -> None:
    if offers:
        product.offers.update(offers)
        product.updated = int(now)
        catalog.track(product)


def _first_code(errors: list[ItemError]) -> int:
    if not errors:
        return 0
    extra = errors[0]["detail"].get("extra_errors")
    return extra[0]["code"] if extra else errors[0]["code"]
