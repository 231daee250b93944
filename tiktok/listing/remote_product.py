"""Projection: what TikTok says that it holds, on the fields that we send. Pure.

TikTok reads other than it writes: `price.sale_price` for `amount`, a category chain for the id, urls beside the uris.
A field that can't be read back keeps what was last sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.listing import Availability, LastSent, ListingStatus, Money

_UNREADABLE = ("category_version",)
_AVAILABILITY = {
    ListingStatus.DELETED: Availability.DELETED,
    ListingStatus.SELLER_DEACTIVATED: Availability.DEACTIVATED,
}


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """A product as TikTok holds it. `reasons` are those of a failed audit.

    `raw` is what it holds beside the fields that we send, in the shape of an edit: a full edit must repeat it.
    """

    product_id: str
    status: ListingStatus | None
    audit: str | None
    reasons: tuple[str, ...]
    skus: Mapping[str, str]
    last_sent: LastSent
    raw: Mapping[str, Any]


def remote_product(document: Mapping[str, Any], last: LastSent) -> RemoteProduct:
    """Get Product's `data`, as what was last sent."""
    value = document.get("status")
    status = ListingStatus(value) if value in {known.value for known in ListingStatus} else None
    skus = [sku for sku in document.get("skus") or () if sku.get("seller_sku")]
    return RemoteProduct(
        product_id=str(document["id"]),
        status=status,
        audit=(document.get("audit") or {}).get("status"),
        reasons=tuple(
            str(reason)
            for failed in document.get("audit_failed_reasons") or ()
            for reason in failed.get("reasons") or ()
        ),
        skus={sku["seller_sku"]: str(sku["id"]) for sku in skus},
        last_sent=LastSent(
            content=_content(document, last),
            price={sku["seller_sku"]: _money(sku["price"]) for sku in skus if sku.get("price")},
            stock={
                sku["seller_sku"]: {
                    str(one["warehouse_id"]): int(one["quantity"]) for one in sku["inventory"]
                }
                for sku in skus
                if sku.get("inventory") is not None
            },
            availability=_AVAILABILITY.get(status, Availability.LIVE) if status else Availability.LIVE,
        ),
        raw=_beside(document),
    )


def _content(document: Mapping[str, Any], last: LastSent) -> dict[str, Any]:
    content: dict[str, Any] = {
        "title": document.get("title"),
        "description": document.get("description"),
        "category_id": _leaf(document.get("category_chains") or ()),
        "main_images": [{"uri": image["uri"]} for image in document.get("main_images") or ()],
        "package_weight": document.get("package_weight"),
        "package_dimensions": document.get("package_dimensions"),
        "brand_id": (document.get("brand") or {}).get("id"),
        "external_product_id": document.get("external_product_id"),
        "product_attributes": [
            {"id": str(one["id"]), "values": [{"name": value["name"]} for value in one.get("values") or ()]}
            for one in document.get("product_attributes") or ()
        ],
        "skus": [
            {name: sku[name] for name in ("seller_sku", "external_sku_id") if sku.get(name) is not None}
            for sku in document.get("skus") or ()
        ],
    }
    for name in _UNREADABLE:
        content[name] = (last.content or {}).get(name)
    return {name: value for name, value in content.items() if value is not None}


def _beside(document: Mapping[str, Any]) -> dict[str, Any]:
    beside = {
        "certifications": [
            {
                **{name: one[name] for name in ("id", "expiration_date") if one.get(name) is not None},
                "images": [{"uri": image["uri"]} for image in one.get("images") or ()],
                "files": [
                    {name: file[name] for name in ("id", "name", "format") if name in file}
                    for file in one.get("files") or ()
                ],
            }
            for one in document.get("certifications") or ()
        ],
        "size_chart": {
            part: {name: own[name]}
            for part, name in (("image", "uri"), ("template", "id"))
            if (own := (document.get("size_chart") or {}).get(part))
        },
        "video": {"id": document["video"]["id"]} if document.get("video") else None,
        "is_cod_allowed": document.get("is_cod_allowed"),
    }
    return {name: value for name, value in beside.items() if value not in (None, [], {})}


def _leaf(chain: Any) -> str | None:
    return next((str(one["id"]) for one in chain if one.get("is_leaf")), None)


def _money(price: Mapping[str, Any]) -> Money:
    amount = price.get("sale_price") or price.get("tax_exclusive_price") or price.get("amount")
    return Money(str(amount), str(price.get("currency")))
