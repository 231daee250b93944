"""Availability: activate, deactivate, delete and recover, up to twenty products a call, each judged alone."""

from __future__ import annotations

from typing import Any, Final

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.endpoints import Operation
from sandbox.tiktok.api.errors import CHECK_FAILED, Refused, is_invalid, is_required, item_error
from sandbox.tiktok.api.outcomes import Outcome, Touched, touched
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.products.catalog import Catalogue
from sandbox.tiktok.products.product import Audit, Product, Status
from sandbox.tiktok.shops import Shop

MOST_IDS: Final = 20
_FROM: Final = {
    Operation.ACTIVATE: frozenset({Status.SELLER_DEACTIVATED, Status.PLATFORM_DEACTIVATED}),
    Operation.DEACTIVATE: frozenset({Status.ACTIVATE}),
    Operation.DELETE: frozenset(Status) - {Status.FREEZE, Status.DELETED},
    Operation.RECOVER: frozenset({Status.DELETED}),
}


def move(catalogue: Catalogue, shop: Shop, operation: Operation, body: Body, now: float) -> Outcome:
    """Move each product; those that can't be moved are in `data.errors`. Raises `Refused` for a bad list."""
    errors: list[dict[str, Any]] = []
    moved: list[Touched] = []
    for product_id in _product_ids(body, operation):
        try:
            product = catalogue.find(shop, product_id, unknown=12052032, foreign=12052048)
            _move(product, operation, now)
        except Refused as refusal:
            errors.append(_error(operation, product_id, refusal))
            known = catalogue.products.get(product_id)
            ours = known is not None and known.shop_cipher == shop.shop_cipher
            moved.append(
                touched(known, refusal.code) if known and ours else Touched(product_id, code=refusal.code)
            )
        else:
            catalogue.track(product)
            moved.append(touched(product))
    return Outcome({"errors": errors} if errors else {}, tuple(moved))


def _product_ids(body: Body, operation: Operation) -> list[str]:
    platforms = {"listing_platforms"} if operation in (Operation.ACTIVATE, Operation.DEACTIVATE) else set()
    request_body.check_known(body, frozenset({"product_ids", *platforms}))
    ids = request_body.texts(body, "product_ids")
    if not ids:
        raise is_required("product_ids")
    if len(ids) > MOST_IDS:
        raise Refused(12019120, f"There are too many product ids: at most {MOST_IDS} are allowed.")
    if len(set(ids)) != len(ids):
        raise is_invalid("product_ids", "each id once")
    return ids


def _move(product: Product, operation: Operation, now: float) -> None:
    if product.status not in _FROM[operation]:
        raise Refused(12052901, f"The status {product.status} does not allow this operation.")
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


def _error(operation: Operation, product_id: str, refusal: Refused) -> dict[str, Any]:
    """Activate wraps the reason in `extra_errors`; the others tell it plainly."""
    if operation is not Operation.ACTIVATE:
        return item_error(refusal.code, refusal.message, product_id=product_id)
    extra = [{"code": refusal.code, "message": refusal.message}]
    return item_error(CHECK_FAILED, "Check failed", extra, product_id=product_id)
