"""Activate, deactivate, delete and recover: up to twenty products per call, each on its own."""

from __future__ import annotations

from typing import Final

from sandbox.tiktok.catalog.catalog import Catalog
from sandbox.tiktok.catalog.product import Audit, Product, Status
from sandbox.tiktok.products.outcomes import Outcome, ProductOutcome, product_outcome
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.endpoints import Operation
from sandbox.tiktok.protocol.errors import (
    CHECK_FAILED,
    ApiError,
    ExtraError,
    ItemError,
    invalid_field,
    item_error,
    missing_field,
)
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.shops import Shop

MAX_IDS: Final = 20
_FROM: Final = {
    Operation.ACTIVATE: frozenset({Status.SELLER_DEACTIVATED, Status.PLATFORM_DEACTIVATED}),
    Operation.DEACTIVATE: frozenset({Status.ACTIVATE}),
    Operation.DELETE: frozenset(Status) - {Status.FREEZE, Status.DELETED},
    Operation.RECOVER: frozenset({Status.DELETED}),
}


def change_status(catalog: Catalog, shop: Shop, operation: Operation, body: Body, now: float) -> Outcome:
    """Change the state of each product; failures are in `data.errors`. Raises `ApiError` for an invalid list."""
    errors: list[ItemError] = []
    outcomes: list[ProductOutcome] = []
    for product_id in _product_ids(body, operation):
        try:
            product = catalog.find(shop, product_id, unknown_code=12052032, foreign_code=12052048)
            _change_status(product, operation, now)
        except ApiError as error:
            errors.append(_error(operation, product_id, error))
            existing = catalog.products.get(product_id)
            is_own = existing is not None and existing.shop_cipher == shop.shop_cipher
            outcomes.append(
                product_outcome(existing, error.code)
                if existing and is_own
                else ProductOutcome(product_id, code=error.code)
            )
        else:
            catalog.track(product)
            outcomes.append(product_outcome(product))
    return Outcome({"errors": errors} if errors else {}, tuple(outcomes))


def _product_ids(body: Body, operation: Operation) -> list[str]:
    platforms = {"listing_platforms"} if operation in (Operation.ACTIVATE, Operation.DEACTIVATE) else set()
    request_body.check_fields(body, frozenset({"product_ids", *platforms}))
    ids = request_body.texts(body, "product_ids")
    if not ids:
        raise missing_field("product_ids")
    if len(ids) > MAX_IDS:
        raise ApiError(12019120, f"There are too many product ids: at most {MAX_IDS} are allowed.")
    if len(set(ids)) != len(ids):
        raise invalid_field("product_ids", "each id once")
    return ids


def _change_status(product: Product, operation: Operation, now: float) -> None:
    if product.status not in _FROM[operation]:
        raise ApiError(12052901, f"The status {product.status} does not allow this operation.")
    if operation is Operation.ACTIVATE:
        product.status = Status.PENDING
        product.submit(product.newest, now)
    elif operation is Operation.DELETE:
        product.status = Status.DELETED
        product.end_review()
    elif operation is Operation.RECOVER:
        product.status, product.audit = Status.SELLER_DEACTIVATED, Audit.NONE
    else:
        product.status = Status.SELLER_DEACTIVATED
    product.updated = int(now)


def _error(operation: Operation, product_id: str, error: ApiError) -> ItemError:
    """Build the entry of `data.errors`: Activate wraps the reason in `extra_errors`, the others do not."""
    if operation is not Operation.ACTIVATE:
        return item_error(error.code, error.message, product_id=product_id)
    extra: list[ExtraError] = [{"code": error.code, "message": error.message}]
    return item_error(CHECK_FAILED, "Check failed", product_id=product_id, extra_errors=extra)
