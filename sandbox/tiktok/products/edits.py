"""Create, full edit and partial edit of a product. Source: *Create*, *Edit* and *Partial Edit Product*."""

from __future__ import annotations

from typing import Final

from sandbox.tiktok.catalog.catalog import Catalog, FirstReply
from sandbox.tiktok.catalog.product import Audit, Offer, Product, Sku, Status, Version
from sandbox.tiktok.products.outcomes import Outcome, product_outcome
from sandbox.tiktok.products.returned_fields import REQUEST_ONLY
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.errors import INVALID, ApiError, invalid_field
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.rules.content_rules import (
    FIELDS,
    REQUIRED,
    check_category_requirements,
    check_content,
    check_measuring_system,
    check_required,
    clear_unknown_brand,
)
from sandbox.tiktok.rules.sku_rules import check_skus, read_offer
from sandbox.tiktok.shops import Shop

_CREATE_ONLY: Final = frozenset({"idempotency_key", "is_not_for_sale", "primary_combined_product_id"})
_EDIT_ONLY: Final = frozenset({"inventory_mode", "replicated_products", "subscribe_info_edit"})
_PARTIAL_ONLY: Final = frozenset({"pod_info"}) | _EDIT_ONLY
_AUDITED: Final = frozenset({Status.ACTIVATE, Status.SELLER_DEACTIVATED, Status.PENDING})


def create(catalog: Catalog, shop: Shop, body: Body, now: float) -> Outcome:
    """Create a product. The same `idempotency_key` with the same body repeats the first response. Raises `ApiError`."""
    key = request_body.text(body, "idempotency_key", 128)
    if key and (first := catalog.first_replies.get((shop.shop_cipher, key))):
        return _replay(catalog, first, body)
    request_body.check_fields(body, FIELDS | _CREATE_ONLY)
    check_required(body)
    catalog.check_daily_listings(shop, now)
    accepted, warnings = clear_unknown_brand(body, shop)
    product = _new_product(catalog, shop, accepted, now)
    catalog.track(product)
    data = {"product_id": product.id, "skus": _sku_replies(product.newest), **_warnings(warnings)}
    if key:
        catalog.save_first_reply(shop.shop_cipher, key, FirstReply(dict(body), data))
    return Outcome(data, (product_outcome(product),))


def edit(catalog: Catalog, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Replace the whole product, except price and inventory of an existing SKU if omitted. Raises `ApiError`."""
    product = catalog.find(shop, product_id, unknown_code=12052260, foreign_code=12052048)
    request_body.check_fields(body, FIELDS | _EDIT_ONLY)
    check_required(body, REQUIRED)
    platforms = product.newest.content.get("listing_platforms")
    content = {**({} if platforms is None else {"listing_platforms": platforms}), **_content(body)}
    return _edit(catalog, shop, product, body, content, now, keep_offers=True)


def partial_edit(catalog: Catalog, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Replace each property that is sent; with `skus`, SKUs whose id is missing are deleted. Raises `ApiError`."""
    product = catalog.find(shop, product_id, unknown_code=12052260, foreign_code=12052048)
    request_body.check_fields(body, (FIELDS | _PARTIAL_ONLY) - {"category_id"})
    content = {**product.newest.content, **_content(body)}
    return _edit(catalog, shop, product, body, content, now, keep_offers=False)


def _replay(catalog: Catalog, first: FirstReply, body: Body) -> Outcome:
    if first.body != body:
        raise ApiError(INVALID, "Invalid parameter 'idempotency_key': it came before with another body.")
    product = catalog.products[str(first.data["product_id"])]
    product.creates += 1
    catalog.track(product)
    return Outcome(first.data, (product_outcome(product),), replay=True)


def _new_product(catalog: Catalog, shop: Shop, body: Body, now: float) -> Product:
    check_content(body, shop)
    check_measuring_system(body)
    skus = request_body.objects(body, "skus") or []
    check_skus(skus, shop)
    if any(sku.get("id") for sku in skus):
        raise invalid_field("skus.id", "no id before TikTok has given one")
    offers = [read_offer(sku, shop) for sku in skus]
    if body.get("external_product_id"):
        catalog.check_external_id(shop, body["external_product_id"])
    check_category_requirements(body, shop)
    is_draft = _is_draft(body)
    new_skus = tuple(Sku(catalog.next_id(), _sku_fields(catalog, sku)) for sku in skus)
    version = Version(catalog.generated_ids.complete(_content(body)), new_skus)
    product = Product(
        id=catalog.next_id(),
        shop_cipher=shop.shop_cipher,
        created=int(now),
        updated=int(now),
        status=Status.DRAFT,
        audit=Audit.NONE,
        current=version,
        offers={sku.id: offer for sku, offer in zip(new_skus, offers, strict=True)},
    )
    if not is_draft:
        product.submit(version, now)
    return product


def _edit(
    catalog: Catalog,
    shop: Shop,
    product: Product,
    body: Body,
    content: dict[str, object],
    now: float,
    *,
    keep_offers: bool,
) -> Outcome:
    is_draft = _is_draft(body)
    if product.status in (Status.FREEZE, Status.DELETED) or (is_draft and product.status is not Status.DRAFT):
        raise ApiError(12052901, f"The status {product.status} does not allow this operation.")
    content, warnings = clear_unknown_brand(content, shop)
    check_content(body, shop)
    check_measuring_system(content)
    skus, offers = _edited_skus(catalog, shop, product, body, keep_offers)
    if content.get("external_product_id"):
        catalog.check_external_id(shop, content["external_product_id"], except_product=product)
    check_category_requirements(content, shop)
    version = Version(catalog.generated_ids.complete(content), skus)
    offers_changed = offers != {sku_id: product.offers.get(sku_id) for sku_id in offers}
    is_unchanged = version == product.newest and product.status in _AUDITED
    product.offers.update(offers)
    product.updated = int(now)
    if is_draft:
        product.current = version
    elif not is_unchanged:
        product.submit(version, now)
    catalog.track(product)
    audit = (
        product.audit
        if not is_unchanged or product.audit is Audit.AUDITING
        else _audit_without_review(offers_changed)
    )
    data = {"product_id": product.id, "skus": _sku_replies(version), "audit": {"status": audit.value}}
    return Outcome({**data, **_warnings(warnings)}, (product_outcome(product),))


def _edited_skus(
    catalog: Catalog, shop: Shop, product: Product, body: Body, keep_offers: bool
) -> tuple[tuple[Sku, ...], dict[str, Offer]]:
    sent_skus = request_body.objects(body, "skus")
    if sent_skus is None:
        return product.newest.skus, {}
    check_skus(sent_skus, shop)
    checked: list[tuple[Body, str | None, Offer]] = []
    for sku in sent_skus:
        sku_id = sku.get("id")
        if sku_id and product.sku(sku_id) is None:
            raise ApiError(12052557, f"The SKU {sku_id} is not in this product.")
        previous = product.offers.get(sku_id) if sku_id and keep_offers else None
        checked.append((sku, sku_id, read_offer(sku, shop, previous)))
    skus, offers = [], {}
    for sku, sku_id, offer in checked:
        skus.append(Sku(sku_id or catalog.next_id(), _sku_fields(catalog, sku)))
        offers[skus[-1].id] = offer
    return tuple(skus), offers


def _sku_fields(catalog: Catalog, sku: Body) -> dict[str, object]:
    fields = {name: value for name, value in sku.items() if name not in ("id", "price", "inventory")}
    if fields.get("sales_attributes"):
        fields["sales_attributes"] = [
            catalog.generated_ids.sales_attribute(attribute) for attribute in fields["sales_attributes"]
        ]
    return fields


def _sku_replies(version: Version) -> list[dict[str, object]]:
    return [
        {
            "id": sku.id,
            **{name: sku.fields[name] for name in ("seller_sku", "external_sku_id") if sku.fields.get(name)},
            "sales_attributes": [
                {"id": attribute["id"], "value_id": attribute["value_id"]}
                for attribute in sku.fields.get("sales_attributes") or ()
            ],
        }
        for sku in version.skus
    ]


def _content(body: Body) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in REQUEST_ONLY and value is not None}


def _is_draft(body: Body) -> bool:
    mode = request_body.text(body, "save_mode") or "LISTING"
    if mode not in ("LISTING", "AS_DRAFT"):
        raise invalid_field("save_mode", "LISTING or AS_DRAFT")
    return mode == "AS_DRAFT"


def _audit_without_review(offers_changed: bool) -> Audit:
    """Return the audit of an edit of only price and stock, or of nothing: neither is audited."""
    return Audit.APPROVED if offers_changed else Audit.NONE


def _warnings(warnings: list[dict[str, str]]) -> dict[str, object]:
    return {"warnings": warnings} if warnings else {}
