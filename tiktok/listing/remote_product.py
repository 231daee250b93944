"""Translate a product that was read from TikTok into the fields that we send. Pure.

TikTok returns other fields than it accepts: `price.sale_price` instead of `amount`, a chain of categories instead of an
id, urls next to uris. A field that TikTok does not return keeps its last sent value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.listing import Availability, Content, LastSent, ListingStatus, Money
from schemas.listing_template import ListingTemplate
from tiktok.documents import Document, child, children
from tiktok.listing.audits import PRE_APPROVED
from tiktok.listing.edit_fields import carried_product, carried_sku

LONGEST_REASON: Final = 60
"""Characters of a reason of TikTok's that are kept."""
_NOT_RETURNED = ("category_version",)
_MAY_BE_FOREIGN = ("brand_id", "package_dimensions")
"""Properties that a listing template may leave to the seller."""
_AVAILABILITY = {
    ListingStatus.DELETED: Availability.DELETED,
    ListingStatus.SELLER_DEACTIVATED: Availability.DEACTIVATED,
}


@dataclass(frozen=True, slots=True)
class Ownership:
    """What of a TikTok product is ours; the rest is the seller's.

    `seller_sku` is the product's SKU in Magento, and `sku_ids` are the TikTok ids of the listing's SKUs: they decide if
    TikTok has one of them. Of the properties that a listing template may leave out, and of the product attributes,
    those are ours that were sent, or that `template` sets.
    """

    seller_sku: str | None = None
    sku_ids: frozenset[str] = frozenset()
    template: ListingTemplate | None = None

    def own_skus(self, skus: Sequence[Document]) -> Sequence[Document]:
        """Return the SKUs that are ours."""
        by_id = [sku for sku in skus if str(sku.get("id")) in self.sku_ids]
        return by_id or [
            sku for sku in skus if sku.get("seller_sku") and sku["seller_sku"] == self.seller_sku
        ]

    def is_set_by_template(self, name: str) -> bool:
        """Whether the listing template sets this property."""
        return self.template is not None and getattr(self.template, name) is not None

    @property
    def mapped_attributes(self) -> frozenset[str]:
        """The ids of the product attributes that the listing template maps."""
        mappings = () if self.template is None else self.template.attributes
        return frozenset(mapping.tiktok_attribute_id for mapping in mappings)


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """A product on TikTok. `reasons` are the reasons of a failed audit.

    `pre_approved` is why a product that passed its audit waits for the seller: TikTok's first reason, empty if it names
    none; None if it doesn't wait so.

    `skus` and `last_sent` are of what is ours: `skus` has TikTok's SKU ids by `seller_sku`. `raw` contains everything
    that an edit may have to repeat, in the shape of an edit, `raw["skus"]` every SKU in TikTok's order. `unknown` and
    `unknown_of_skus` are the names of fields that TikTok returned and no edit can repeat.
    """

    product_id: str
    status: ListingStatus | None
    audit: str | None
    reasons: tuple[str, ...]
    skus: Mapping[str, str]
    last_sent: LastSent
    raw: Content
    unknown: tuple[str, ...] = ()
    unknown_of_skus: tuple[str, ...] = ()
    pre_approved: str | None = None

    @property
    def foreign_skus(self) -> tuple[str, ...]:
        """The names of the SKUs that are not ours: the seller SKU, or the id of one that has none."""
        own = set(self.skus.values())
        return tuple(
            str(sku.get("seller_sku") or sku["id"])
            for sku in self.raw.get("skus", ())
            if str(sku["id"]) not in own
        )


def remote_product(document: Document, last: LastSent, ownership: Ownership) -> RemoteProduct:
    """Return the product in the data of *Get Product*. An unknown status is None.

    `last` tells which properties were sent, and fills in those that TikTok does not return.
    """
    status = next((status for status in ListingStatus if status.value == document.get("status")), None)
    audited = child(document, "audit")
    audit = audited.get("status")
    every_sku = children(document, "skus")
    skus = {str(sku["seller_sku"]): sku for sku in ownership.own_skus(every_sku) if sku.get("seller_sku")}
    carried, carried_skus = carried_product(document), [carried_sku(sku) for sku in every_sku]
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
            content=_content(document, list(skus.values()), last, ownership),
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
        raw={**carried.fields, "skus": [dict(sku.fields) for sku in carried_skus]},
        unknown=carried.unknown,
        unknown_of_skus=tuple(dict.fromkeys(name for sku in carried_skus for name in sku.unknown)),
        pre_approved=_first_reason(audited) if audit == PRE_APPROVED else None,
    )


def _first_reason(audited: Document) -> str:
    reasons = _list(audited.get("pre_approved_reasons"))
    return str(reasons[0])[:LONGEST_REASON] if reasons else ""


def _content(
    document: Document, own_skus: Sequence[Document], last: LastSent, ownership: Ownership
) -> dict[str, object]:
    sent = last.content or {}
    mapped = ownership.mapped_attributes | attribute_ids(sent)
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
            if str(attribute["id"]) in mapped
        ],
        "skus": [
            {name: sku[name] for name in ("seller_sku", "external_sku_id") if sku.get(name) is not None}
            for sku in own_skus
        ],
    }
    for name in _NOT_RETURNED:
        content[name] = sent.get(name)
    foreign = {
        name for name in _MAY_BE_FOREIGN if name not in sent and not ownership.is_set_by_template(name)
    }
    return {name: value for name, value in content.items() if value is not None and name not in foreign}


def attribute_ids(content: Content) -> frozenset[str]:
    """Return the ids of the product attributes in this content."""
    return frozenset(str(attribute["id"]) for attribute in content.get("product_attributes") or ())


def _leaf(chain: Sequence[Document]) -> str | None:
    return next((str(category["id"]) for category in chain if category.get("is_leaf")), None)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _money(price: Document) -> Money:
    amount = price.get("sale_price") or price.get("tax_exclusive_price") or price.get("amount")
    return Money(str(amount), str(price.get("currency")))
