"""Translate a product that was read from TikTok into the fields that we send. Pure.

TikTok returns other fields than it accepts: `price.sale_price` instead of `amount`, a chain of categories instead of an
id, urls next to uris. A field that TikTok does not return keeps its last sent value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.listing import Availability, Content, LastSent, ListingStatus, Money
from tiktok.documents import Document, child, children

_NOT_RETURNED = ("category_version",)
_AVAILABILITY = {
    ListingStatus.DELETED: Availability.DELETED,
    ListingStatus.SELLER_DEACTIVATED: Availability.DEACTIVATED,
}


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """A product on TikTok. `reasons` are the reasons of a failed audit; `skus` TikTok's SKU ids by `seller_sku`.

    `raw` contains the fields that we do not manage, in the shape of an edit: a full edit must repeat them, because
    TikTok clears what it omits.
    """

    product_id: str
    status: ListingStatus | None
    audit: str | None
    reasons: tuple[str, ...]
    skus: Mapping[str, str]
    last_sent: LastSent
    raw: Content


def remote_product(document: Document, last: LastSent) -> RemoteProduct:
    """Return the product in the data of *Get Product*. An unknown status is None."""
    status = next((status for status in ListingStatus if status.value == document.get("status")), None)
    audit = child(document, "audit").get("status")
    skus = {str(sku["seller_sku"]): sku for sku in children(document, "skus") if sku.get("seller_sku")}
    return RemoteProduct(
        product_id=str(document["id"]),
        status=status,
        audit=None if audit is None else str(audit),
        reasons=tuple(
            str(reason)
            for failed in children(document, "audit_failed_reasons")
            for reason in _list(failed.get("reasons"))
        ),
        skus={seller_sku: str(sku["id"]) for seller_sku, sku in skus.items()},
        last_sent=LastSent(
            content=_content(document, last),
            price={
                seller_sku: _money(child(sku, "price"))
                for seller_sku, sku in skus.items()
                if sku.get("price")
            },
            stock={
                seller_sku: {
                    str(row["warehouse_id"]): int(str(row["quantity"])) for row in children(sku, "inventory")
                }
                for seller_sku, sku in skus.items()
                if sku.get("inventory") is not None
            },
            availability=_AVAILABILITY.get(status, Availability.LIVE) if status else Availability.LIVE,
            zeroed=last.zeroed,
        ),
        raw=_unmanaged(document),
    )


def _content(document: Document, last: LastSent) -> dict[str, object]:
    content: dict[str, object] = {
        "title": document.get("title"),
        "description": document.get("description"),
        "category_id": _leaf(children(document, "category_chains")),
        "main_images": [{"uri": image["uri"]} for image in children(document, "main_images")],
        "package_weight": document.get("package_weight"),
        "package_dimensions": document.get("package_dimensions"),
        "brand_id": child(document, "brand").get("id"),
        "external_product_id": document.get("external_product_id"),
        "product_attributes": [
            {
                "id": str(attribute["id"]),
                "values": [{"name": value["name"]} for value in children(attribute, "values")],
            }
            for attribute in children(document, "product_attributes")
        ],
        "skus": [
            {name: sku[name] for name in ("seller_sku", "external_sku_id") if sku.get(name) is not None}
            for sku in children(document, "skus")
        ],
    }
    for name in _NOT_RETURNED:
        content[name] = (last.content or {}).get(name)
    return {name: value for name, value in content.items() if value is not None}


def _unmanaged(document: Document) -> dict[str, object]:
    """Return the fields that we do not manage, in the shape of an edit."""
    size_chart = child(document, "size_chart")
    fields = {
        "certifications": [
            _certification(certification) for certification in children(document, "certifications")
        ],
        "size_chart": {
            part: {name: found[name]}
            for part, name in (("image", "uri"), ("template", "id"))
            if (found := child(size_chart, part))
        },
        "video": {"id": child(document, "video")["id"]} if document.get("video") else None,
        "is_cod_allowed": document.get("is_cod_allowed"),
    }
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _certification(certification: Document) -> Document:
    kept = ("id", "expiration_date")
    return {
        **{name: certification[name] for name in kept if certification.get(name) is not None},
        "images": [{"uri": image["uri"]} for image in children(certification, "images")],
        "files": [
            {name: file[name] for name in ("id", "name", "format") if name in file}
            for file in children(certification, "files")
        ],
    }


def _leaf(chain: Sequence[Document]) -> str | None:
    return next((str(category["id"]) for category in chain if category.get("is_leaf")), None)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _money(price: Document) -> Money:
    amount = price.get("sale_price") or price.get("tax_exclusive_price") or price.get("amount")
    return Money(str(amount), str(price.get("currency")))
