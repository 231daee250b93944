"""Get Product and Search Products. TikTok returns other structures than those that it accepts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Final

from sandbox.tiktok.catalog.catalog import Catalog
from sandbox.tiktok.catalog.product import Offer, Product, Sku, Status, Version
from sandbox.tiktok.products.outcomes import Outcome, product_outcome
from sandbox.tiktok.products.returned_fields import returned_content, returned_sku_fields
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.errors import ApiError, invalid_field, missing_field
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.rules.text_rules import IMAGE_HOST
from sandbox.tiktok.shops import Shop

MAX_RESULTS: Final = 10_000
_FILTERS: Final = frozenset(
    [
        *("status", "seller_skus", "sku_ids", "create_time_ge", "create_time_le", "update_time_ge"),
        *("update_time_le", "audit_status", "category_version", "listing_quality_tiers", "locale"),
        *("listing_platforms", "return_draft_version", "sns_filter", "include_live_quick_products"),
    ]
)


def get(catalog: Catalog, shop: Shop, product_id: str, query: Mapping[str, str]) -> Outcome:
    """Return the product as buyers see it; with `return_under_review_version=true`, the version being audited.

    Raises `ApiError`: 12019150 unknown, 12052547 no version under review.
    """
    product = catalog.find(shop, product_id)
    version = product.current
    if _flag(query, "return_under_review_version"):
        if product.review is None:
            raise ApiError(12052547, "The product has no version under review.")
        version = product.review
    return Outcome(_document(product, version, shop), (product_outcome(product),))


def search(catalog: Catalog, shop: Shop, body: Body, query: Mapping[str, str]) -> Outcome:
    """Return a page of the products that match every filter, oldest first. Raises `ApiError`."""
    request_body.check_fields(body, _FILTERS)
    size, after_id = page_size(query), id_before_page(query.get("page_token", ""))
    matching = _matching(catalog, shop, body)
    remaining = [product for product in matching if int(product.id) > after_id]
    page = remaining[:size]
    if len(matching) - len(remaining) + len(page) > MAX_RESULTS:
        raise ApiError(12052180, f"A search gives at most {MAX_RESULTS} results.")
    data: dict[str, object] = {
        "total_count": len(matching),
        "products": [_summary(product, shop) for product in page],
    }
    if len(remaining) > len(page):
        data["next_page_token"] = token_after_id(page[-1].id)
    return Outcome(data, tuple(product_outcome(product) for product in page))


def _matching(catalog: Catalog, shop: Shop, body: Body) -> list[Product]:
    status = request_body.text(body, "status") or "ALL"
    if status != "ALL" and status not in set(Status):
        raise invalid_field("status", "a product status or ALL")
    names, sku_ids = request_body.texts(body, "seller_skus"), request_body.texts(body, "sku_ids")
    if len(names) > 10:
        raise ApiError(12019027, "There are more than 10 seller_skus.")
    if len(sku_ids) > 10:
        raise ApiError(12019087, "There are more than 10 sku_ids.")
    audits = request_body.texts(body, "audit_status")
    time_bounds = {
        name: request_body.integer(body, name) for name in _FILTERS if name.endswith(("_time_ge", "_time_le"))
    }
    candidates: Iterable[Product] = (
        catalog.find_by_names(shop, names) if names else catalog.shop_products(shop)
    )
    return [
        product
        for product in candidates
        if status in ("ALL", product.status)
        and (not names or not set(names).isdisjoint(product.seller_skus))
        and (not sku_ids or any(product.sku(sku_id) for sku_id in sku_ids))
        and (not audits or product.audit in audits)
        and _within(product.created, time_bounds["create_time_ge"], time_bounds["create_time_le"])
        and _within(product.updated, time_bounds["update_time_ge"], time_bounds["update_time_le"])
    ]


def _within(moment: int, first: int | None, last: int | None) -> bool:
    return (first is None or moment >= first) and (last is None or moment <= last)


def page_size(query: Mapping[str, str]) -> int:
    """Return the number of entries on a page. Raises `ApiError`: 36009004 missing, 12019109 not 1 to 100."""
    size = query.get("page_size")
    if not size:
        raise missing_field("page_size")
    if not (size.isascii() and size.isdigit() and len(size) <= 3 and 1 <= int(size) <= 100):
        raise ApiError(12019109, "The page size is invalid: 1 to 100 is expected.")
    return int(size)


def token_after_id(last_id: str) -> str:
    """Return the token of the page after this id."""
    return base64.b64encode(f"after={last_id}".encode()).decode()


def id_before_page(page_token: str) -> int:
    """Return the id that the page starts after. Raises `ApiError` 12019108."""
    try:
        decoded = base64.b64decode(page_token, validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = "after=?"
    after_id = decoded.removeprefix("after=")
    if page_token and not (after_id.isascii() and after_id.isdigit()):
        raise ApiError(12019108, "The page token is invalid.")
    return int(after_id or 0)


def _flag(query: Mapping[str, str], name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in ("true", "false"):
        raise invalid_field(name, "true or false")
    return value == "true"


def _document(product: Product, version: Version, shop: Shop) -> dict[str, object]:
    content = version.content
    document: dict[str, object] = {
        "id": product.id,
        "status": product.status.value,
        "product_status": _without_audit(product),
        "audit": {"status": product.audit.value},
        "category_chains": _chain(str(content.get("category_id")), shop),
        "main_images": [_image(image["uri"]) for image in content.get("main_images") or ()],
        "skus": [_sku(sku, product.offers[sku.id], content) for sku in version.skus],
        "has_draft": product.status is Status.DRAFT,
        "create_time": product.created,
        "update_time": product.updated,
        **returned_content(content),
    }
    if brand := content.get("brand_id"):
        document["brand"] = {"id": brand, "name": f"Brand {brand}"}
    if product.failed_reasons:
        document["audit_failed_reasons"] = [
            {
                "listing_platform": "TIKTOK_SHOP",
                "position": "Product",
                "reasons": product.failed_reasons,
                "suggestions": ["Edit the product and submit it again."],
            }
        ]
    return document


def _summary(product: Product, shop: Shop) -> dict[str, object]:
    return {
        "id": product.id,
        "title": product.current.content.get("title"),
        "status": product.status.value,
        "audit": {"status": product.audit.value},
        "skus": [
            {
                name: value
                for name, value in _sku(sku, product.offers[sku.id], {}).items()
                if name in ("id", "seller_sku", "price", "inventory", "status_info")
            }
            for sku in product.current.skus
        ],
        "sales_regions": [shop.region],
        "create_time": product.created,
        "update_time": product.updated,
        "has_draft": product.status is Status.DRAFT,
    }


def _sku(sku: Sku, offer: Offer, content: Mapping[str, object]) -> dict[str, object]:
    """The price is written as `amount` and read as `sale_price`."""
    return {
        "id": sku.id,
        **returned_sku_fields(sku.fields, content),
        "price": {
            "currency": offer.currency,
            "sale_price": offer.amount,
            "tax_exclusive_price": offer.amount,
        },
        "inventory": [
            {"warehouse_id": warehouse, "quantity": quantity, **offer.backorders.get(warehouse, {})}
            for warehouse, quantity in offer.quantities.items()
        ],
        "status_info": {"status": "NORMAL"},
    }


def _chain(category_id: str, shop: Shop) -> list[dict[str, object]]:
    return [
        {"id": node.id, "parent_id": node.parent_id, "local_name": node.name, "is_leaf": node.is_leaf}
        for node in shop.chain(category_id)
    ]


def _image(uri: str) -> dict[str, object]:
    url = IMAGE_HOST + uri
    return {"uri": uri, "urls": [url], "thumb_urls": [f"{url}?thumb=1"], "width": 800, "height": 800}


def _without_audit(product: Product) -> str:
    return "INITIAL" if product.status in (Status.PENDING, Status.FAILED) else product.status.value
