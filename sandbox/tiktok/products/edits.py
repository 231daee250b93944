"""Edits: create, full edit and partial edit of a product. Source: *Create*, *Edit* and *Partial Edit Product*."""

from __future__ import annotations

from typing import Any, Final

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.errors import INVALID, Refused, is_invalid
from sandbox.tiktok.api.outcomes import Outcome, touched
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.products.catalog import Catalogue, FirstReply
from sandbox.tiktok.products.product import Audit, Offer, Product, Sku, Status, Version
from sandbox.tiktok.rules.content_rules import (
    FIELDS,
    REQUIRED,
    check_category_demands,
    check_content,
    check_one_system,
    check_required,
    clear_unknown_brand,
)
from sandbox.tiktok.rules.sku_rules import check_skus, read_offer
from sandbox.tiktok.shops import Shop

_CREATE_ONLY: Final = frozenset({"idempotency_key", "is_not_for_sale", "primary_combined_product_id"})
_EDIT_ONLY: Final = frozenset({"inventory_mode", "replicated_products", "subscribe_info_edit"})
_PARTIAL_ONLY: Final = frozenset({"is_blind_box", "pod_info"}) | _EDIT_ONLY
_NO_CONTENT: Final = frozenset({"idempotency_key", "save_mode", "skus"})
_AUDITED: Final = frozenset({Status.ACTIVATE, Status.SELLER_DEACTIVATED, Status.PENDING})


def create(catalogue: Catalogue, shop: Shop, body: Body, now: float) -> Outcome:
    """A new product. The same `idempotency_key` with the same body is answered as the first time. Raises `Refused`."""
    key = request_body.text(body, "idempotency_key", 128)
    if key and (first := catalogue.first_replies.get((shop.shop_cipher, key))):
        return _replay(catalogue, first, body)
    request_body.check_known(body, FIELDS | _CREATE_ONLY)
    check_required(body)
    catalogue.check_daily_listings(shop, now)
    kept, warnings = clear_unknown_brand(body, shop)
    product = _new_product(catalogue, shop, kept, now)
    catalogue.track(product)
    data = {"product_id": product.id, "skus": _sku_replies(product.newest), **_warned(warnings)}
    if key:
        catalogue.remember(shop.shop_cipher, key, FirstReply(dict(body), data))
    return Outcome(data, (touched(product),))


def edit(catalogue: Catalogue, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """A full edit: everything overwrites, blanks included; price and inventory of a known SKU survive omission."""
    product = catalogue.find(shop, product_id, unknown=12052260, foreign=12052048)
    request_body.check_known(body, FIELDS | _EDIT_ONLY)
    check_required(body, REQUIRED)
    return _edit(catalogue, shop, product, body, _content(body), now, keep_offers=True)


def partial_edit(catalogue: Catalogue, shop: Shop, product_id: str, body: Body, now: float) -> Outcome:
    """Each property that is sent replaces the whole property; SKUs whose id is missing in `skus` are deleted."""
    product = catalogue.find(shop, product_id, unknown=12052260, foreign=12052048)
    request_body.check_known(body, (FIELDS | _PARTIAL_ONLY) - {"category_id"})
    content = {**product.newest.content, **_content(body)}
    return _edit(catalogue, shop, product, body, content, now, keep_offers=False)


def _replay(catalogue: Catalogue, first: FirstReply, body: Body) -> Outcome:
    if first.body != body:
        raise Refused(INVALID, "Invalid parameter 'idempotency_key': it came before with another body.")
    product = catalogue.products[first.data["product_id"]]
    product.creates += 1
    catalogue.track(product)
    return Outcome(first.data, (touched(product),), replay=True)


def _new_product(catalogue: Catalogue, shop: Shop, body: Body, now: float) -> Product:
    check_content(body, shop)
    check_one_system(body)
    skus = request_body.objects(body, "skus") or []
    check_skus(skus, shop)
    if any(sku.get("id") for sku in skus):
        raise is_invalid("skus.id", "no id before TikTok has given one")
    offers = [read_offer(sku, shop) for sku in skus]
    if body.get("external_product_id"):
        catalogue.check_external_id(shop, body["external_product_id"])
    check_category_demands(body, shop)
    draft = _is_draft(body)
    made = tuple(Sku(catalogue.next_id(), _sku_fields(catalogue, sku)) for sku in skus)
    version = Version(catalogue.naming.complete(_content(body)), made)
    product = Product(
        id=catalogue.next_id(),
        shop_cipher=shop.shop_cipher,
        created=int(now),
        updated=int(now),
        status=Status.DRAFT,
        audit=Audit.NONE,
        current=version,
        offers={sku.id: offer for sku, offer in zip(made, offers, strict=True)},
    )
    if not draft:
        product.submit(version, now)
    return product


def _edit(
    catalogue: Catalogue,
    shop: Shop,
    product: Product,
    body: Body,
    content: dict[str, Any],
    now: float,
    *,
    keep_offers: bool,
) -> Outcome:
    draft = _is_draft(body)
    if product.status in (Status.FREEZE, Status.DELETED) or (draft and product.status is not Status.DRAFT):
        raise Refused(12052901, f"The status {product.status} does not allow this operation.")
    content, warnings = clear_unknown_brand(content, shop)
    check_content(body, shop)
    check_one_system(content)
    skus, offers = _edited_skus(catalogue, shop, product, body, keep_offers)
    if content.get("external_product_id"):
        catalogue.check_external_id(shop, content["external_product_id"], but=product)
    check_category_demands(content, shop)
    version = Version(catalogue.naming.complete(content), skus)
    moved = offers != {sku_id: product.offers.get(sku_id) for sku_id in offers}
    same = version == product.newest and product.status in _AUDITED
    product.offers.update(offers)
    product.updated = int(now)
    if draft:
        product.current = version
    elif not same:
        product.submit(version, now)
    catalogue.track(product)
    audit = product.audit if not same or product.audit is Audit.AUDITING else _unaudited(moved)
    data = {"product_id": product.id, "skus": _sku_replies(version), "audit": {"status": audit.value}}
    return Outcome({**data, **_warned(warnings)}, (touched(product),))


def _edited_skus(
    catalogue: Catalogue, shop: Shop, product: Product, body: Body, keep_offers: bool
) -> tuple[tuple[Sku, ...], dict[str, Offer]]:
    sent = request_body.objects(body, "skus")
    if sent is None:
        return product.newest.skus, {}
    check_skus(sent, shop)
    read: list[tuple[Body, str | None, Offer]] = []
    for sku in sent:
        known = sku.get("id")
        if known and product.sku(known) is None:
            raise Refused(12052557, f"The SKU {known} is not in this product.")
        kept = product.offers.get(known) if known and keep_offers else None
        read.append((sku, known, read_offer(sku, shop, kept)))
    skus, offers = [], {}
    for sku, known, offer in read:
        skus.append(Sku(known or catalogue.next_id(), _sku_fields(catalogue, sku)))
        offers[skus[-1].id] = offer
    return tuple(skus), offers


def _sku_fields(catalogue: Catalogue, sku: Body) -> dict[str, Any]:
    kept = {name: value for name, value in sku.items() if name not in ("id", "price", "inventory")}
    if kept.get("sales_attributes"):
        kept["sales_attributes"] = [catalogue.naming.sales_attribute(one) for one in kept["sales_attributes"]]
    return kept


def _sku_replies(version: Version) -> list[dict[str, Any]]:
    return [
        {
            "id": sku.id,
            **{name: sku.fields[name] for name in ("seller_sku", "external_sku_id") if sku.fields.get(name)},
            "sales_attributes": [
                {"id": one["id"], "value_id": one["value_id"]}
                for one in sku.fields.get("sales_attributes") or ()
            ],
        }
        for sku in version.skus
    ]


def _content(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _NO_CONTENT and value is not None}


def _is_draft(body: Body) -> bool:
    mode = request_body.text(body, "save_mode") or "LISTING"
    if mode not in ("LISTING", "AS_DRAFT"):
        raise is_invalid("save_mode", "LISTING or AS_DRAFT")
    return mode == "AS_DRAFT"


def _unaudited(moved: bool) -> Audit:
    """Price and stock alone see no audit; and where nothing differs there is none."""
    return Audit.APPROVED if moved else Audit.NONE


def _warned(warnings: list[dict[str, str]]) -> dict[str, Any]:
    return {"warnings": warnings} if warnings else {}
