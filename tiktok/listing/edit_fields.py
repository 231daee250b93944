"""What each field of TikTok's *Edit Product* is to us, and how what *Get Product* returns becomes an edit again. Pure.

A full edit clears what it omits, and an edit with SKUs clears what it omits of each SKU. So each field is either ours,
or it is carried: an edit repeats what TikTok returned. TikTok returns some fields in another shape than it accepts.

Source: *Edit Product* 202509 (37 fields of a product, 17 of a SKU) and *Get Product* 202309, as the reference
describes them. A field that is returned and that this table does not know can't be repeated: the edit is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tiktok.documents import Document, child, children

AUCTION_TAG: Final = "AUCTION"


class Rule(Enum):
    """What a field of an edit is to us."""

    OURS = "its value comes from Magento, the listing template or our record of the listing"
    OURS_IF_SET = "ours if the listing template sets it or has set it; carried else"
    CARRIED = "the seller's: an edit repeats what TikTok returned"
    OMITTED = "TikTok keeps it, or returns nothing to repeat: it is never sent"


@dataclass(frozen=True, slots=True)
class EditField:
    """A field of an edit. `shape` makes its value from the product, or the SKU, that was read; None omits it."""

    rule: Rule
    shape: Callable[[Document, str], object] | None = None


@dataclass(frozen=True, slots=True)
class CarriedFields:
    """What was read, in the shape of an edit, and the names of the fields that were returned and have no such shape."""

    fields: Document
    unknown: tuple[str, ...] = ()


def _same(read: Document, name: str) -> object:
    return read.get(name)


def _only(**names: object) -> Callable[[Document, str], object]:
    """Return a shape that keeps these names of an object, or of each object in a list. A value names what is within."""
    return lambda read, name: _pruned(read.get(name), names)


def _pruned(value: object, names: Mapping[str, object]) -> object:
    if isinstance(value, list):
        return [_pruned(entry, names) for entry in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _pruned(value[name], within) if isinstance(within, Mapping) else value[name]
        for name, within in names.items()
        if value.get(name) is not None
    }


def _ids(under: str) -> Callable[[Document, str], object]:
    return lambda read, _: [str(entry["id"]) for entry in children(read, under)]


def _brand(read: Document, _: str) -> object:
    return child(read, "brand").get("id")


def _subscription(read: Document, _: str) -> object:
    found = child(read, "subscribe_info")
    status, discounts = found.get("subscribe_status"), children(found, "subscribe_discount_details")
    return {"subscribe_status": status, "discount_details": list(discounts)} if status else None


def _selling_format(read: Document, _: str) -> object:
    return "FIXED_PRICE_AND_LIVE_AUCTION" if read.get("product_tags") == [AUCTION_TAG] else None


def _order_limit(read: Document, name: str) -> object:
    """The limit is written to the product, and returned with each SKU."""
    return next((sku[name] for sku in children(read, "skus") if sku.get(name)), None)


def _price(sku: Document, name: str) -> object:
    price = child(sku, name)
    amount = price.get("sale_price") or price.get("tax_exclusive_price") or price.get("amount")
    money = {"amount": str(amount), "currency": price.get("currency")} if amount else {}
    return {**money, **({"starting_bid_price": bid} if (bid := price.get("starting_bid_price")) else {})}


_URI: Final = {"uri": True}
_SIZE: Final = {"length": True, "width": True, "height": True, "unit": True}
_WEIGHT: Final = {"value": True, "unit": True}
_MONEY: Final = {"amount": True, "currency": True}
_OURS: Final = EditField(Rule.OURS)
_OMITTED: Final = EditField(Rule.OMITTED)
_CARRIED: Final = EditField(Rule.CARRIED, _same)

PRODUCT_FIELDS: Final[Mapping[str, EditField]] = {
    "title": _OURS,
    "description": _OURS,
    "category_id": _OURS,
    "category_version": _OURS,
    "main_images": _OURS,
    "package_weight": _OURS,
    "external_product_id": _OURS,
    # Entry by entry: our SKU, and the attributes that the template maps, are ours; the others are carried.
    "skus": _OURS,
    "product_attributes": EditField(
        Rule.OURS_IF_SET,
        _only(
            id=True,
            values={
                "id": True,
                "name": True,
                "metric_standard_info": {
                    "id": True,
                    "metric_value_module_infos": {"id": True, "value": True, "unit_id": True},
                },
            },
        ),
    ),
    "brand_id": EditField(Rule.OURS_IF_SET, _brand),
    "package_dimensions": EditField(Rule.OURS_IF_SET, _only(**_SIZE)),
    "certifications": EditField(
        Rule.CARRIED,
        _only(id=True, images=_URI, files={"id": True, "name": True, "format": True}, expiration_date=True),
    ),
    "size_chart": EditField(Rule.CARRIED, _only(image=_URI, template={"id": True})),
    "video": EditField(Rule.CARRIED, _only(id=True)),
    "is_cod_allowed": _CARRIED,
    "delivery_option_ids": EditField(Rule.CARRIED, _ids("delivery_options")),
    "manufacturer_ids": _CARRIED,
    "responsible_person_ids": _CARRIED,
    "shipping_insurance_requirement": _CARRIED,
    "is_pre_owned": _CARRIED,
    "minimum_order_quantity": _CARRIED,
    "purchase_order_quantity_limit": EditField(Rule.CARRIED, _order_limit),
    "subscribe_info_edit": EditField(Rule.CARRIED, _subscription),
    "shipping_template_id": _CARRIED,
    "scheduled_sale": EditField(Rule.CARRIED, _only(is_enabled_scheduled_sale=True, schedule_sale_time=True)),
    "search_terms": _CARRIED,
    "key_product_features": _CARRIED,
    "selling_format": EditField(Rule.CARRIED, _selling_format),
    # TikTok keeps the platforms of an edit that names none.
    "listing_platforms": _OMITTED,
    # They say how to carry out a request, and are no content.
    "save_mode": _OMITTED,
    "locale": _OMITTED,
    "auto_translate_enabled": _OMITTED,
    "replicated_products": _OMITTED,
    # Superseded by `selling_format`.
    "product_tag_operations": _OMITTED,
    # Get Product does not return them.
    "inventory_mode": _OMITTED,
    "is_live_quick": _OMITTED,
    "is_blind_box": _OMITTED,
}
SKU_FIELDS: Final[Mapping[str, EditField]] = {
    "id": EditField(Rule.OURS, _same),
    "seller_sku": EditField(Rule.OURS, _same),
    "external_sku_id": EditField(Rule.OURS, _same),
    "price": EditField(Rule.OURS, _price),
    "inventory": EditField(
        Rule.OURS, _only(warehouse_id=True, quantity=True, backorder_quantity=True, handling_time=True)
    ),
    "sales_attributes": EditField(
        Rule.CARRIED,
        _only(
            id=True,
            name=True,
            value_id=True,
            value_name=True,
            sku_img=_URI,
            supplementary_sku_images=_URI,
        ),
    ),
    "identifier_code": EditField(Rule.CARRIED, _only(code=True, type=True)),
    "combined_skus": EditField(Rule.CARRIED, _only(product_id=True, sku_id=True, sku_count=True)),
    "sku_unit_count": _CARRIED,
    "external_urls": _CARRIED,
    "extra_identifier_codes": _CARRIED,
    "pre_sale": EditField(
        Rule.CARRIED,
        _only(type=True, fulfillment_type={"handling_duration_days": True, "release_date": True}),
    ),
    "list_price": EditField(Rule.CARRIED, _only(**_MONEY)),
    "external_list_prices": EditField(Rule.CARRIED, _only(source=True, **_MONEY)),
    "fees": EditField(Rule.CARRIED, _only(type=True, amount=True, additional_attribute=True)),
    "sku_dimensions": EditField(Rule.CARRIED, _only(**_SIZE)),
    "sku_weight": EditField(Rule.CARRIED, _only(**_WEIGHT)),
}
"""The rule of a SKU of ours. Of a SKU that is not ours, every field is carried."""

_READ_ONLY: Final = frozenset(
    [
        *("id", "status", "product_status", "audit", "audit_failed_reasons", "create_time", "update_time"),
        *("has_draft", "is_replicated", "is_not_for_sale", "listing_quality_tier", "product_types"),
        *("integrated_platform_statuses", "global_product_association", "prescription_requirement"),
        *("primary_combined_product_id", "product_families", "recommended_categories", "category_chains"),
    ]
)
"""Fields of *Get Product* that no edit changes, so that none can clear them."""
_READ_AS: Final = frozenset({"brand", "delivery_options", "subscribe_info", "product_tags", "skus"})
"""Fields of *Get Product* that an edit takes under another name, by the shapes above."""
_SKU_READ_ONLY: Final = frozenset({"global_listing_policy", "status_info", "purchase_order_quantity_limit"})


def carried_product(read: Document) -> CarriedFields:
    """Return the product's own fields, without its SKUs: those that are not ours, or need not be."""
    return CarriedFields(_shaped(read, PRODUCT_FIELDS), tuple(sorted(_unknown_of_product(read))))


def carried_sku(sku: Document) -> CarriedFields:
    """Return a SKU with all its fields."""
    unknown = _unknown(sku, SKU_FIELDS.keys() | _SKU_READ_ONLY)
    return CarriedFields(_shaped(sku, SKU_FIELDS), tuple(sorted(unknown)))


def _shaped(read: Document, fields: Mapping[str, EditField]) -> Document:
    shaped = {name: field.shape(read, name) for name, field in fields.items() if field.shape is not None}
    return {name: value for name, value in shaped.items() if not _is_empty(value)}


def _unknown_of_product(read: Document) -> Iterator[str]:
    yield from _unknown(read, PRODUCT_FIELDS.keys() | _READ_ONLY | _READ_AS)
    if read.get("product_tags") not in (None, [], [AUCTION_TAG]):
        yield "product_tags"
    limits = [sku.get("purchase_order_quantity_limit") for sku in children(read, "skus")]
    if any(limit != limits[0] for limit in limits):
        yield "purchase_order_quantity_limit"


def _unknown(read: Document, listed: frozenset[str] | set[str]) -> Iterator[str]:
    return (name for name, value in read.items() if name not in listed and not _is_empty(value))


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})
