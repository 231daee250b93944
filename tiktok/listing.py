"""The wanted listing: what TikTok should hold of a product, in TikTok's own shapes. Pure.

Everything that TikTok would refuse is found here, before the call, so that "rejected" always means that TikTok said
no. Limits: TikTok's *Create Product* reference; they differ by region.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

from policies.changes import as_number, is_empty, members, type_of
from schemas.attributes import AttributeType
from schemas.listing import Availability, Content, Money
from schemas.listing_template import AttributeMapping, ListingTemplate
from schemas.product import Product
from schemas.shop import Shop

MOST_PIECES = 99_999
LONGEST_DESCRIPTION = 10_000
_LONG_TITLES: Final = frozenset({"BR", "MX"})
_SHORT_TITLES: Final = frozenset({"DE", "ES", "FR", "GB", "IE", "IT", "JP", "UK", "US"})
_STRICT_SKUS: Final = frozenset({"AT", "BE", "CZ", "DE", "ES", "FR", "GR", "HU", "IT", "NL", "PL", "PT"})
_STRICT_SKU = re.compile(r"[A-Za-z0-9_-]{6,50}\Z")
_SKU = re.compile(r"\S{1,50}\Z")
_NO_CENTS: Final = frozenset({"JPY", "VND", "IDR"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REPEATED = re.compile(r"(.)\1{9,}")
_WEIGHT_DIGITS: Final[Mapping[str, int]] = {"KILOGRAM": 3, "POUND": 2, "GRAM": 0}
_WEIGHT_REGIONS: Final[Mapping[str, frozenset[str]]] = {
    "POUND": frozenset({"US"}),
    "GRAM": frozenset({"BR", "JP", "MX"}),
}


@dataclass(frozen=True, slots=True)
class WantedListing:
    """What TikTok should hold. `price` and `stock` go by `seller_sku`; stock names every warehouse of the shop."""

    content: Content
    price: Mapping[str, Money]
    stock: Mapping[str, Mapping[str, int]]
    availability: Availability = Availability.LIVE


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One thing that TikTok would refuse, and what the merchant can do about it."""

    field: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The product can't be listed as it is: outcome `refused_here`."""

    faults: tuple[RefusedField, ...]

    def sentence(self) -> str:
        """All of it in one line."""
        return " ".join(f"{fault.message} {fault.hint}" for fault in self.faults)


def wanted_listing(product: Product, template: ListingTemplate, shop: Shop) -> WantedListing | Refusal:
    """What TikTok should hold of this product, made of this template; or why it would refuse it."""
    price, pieces = price_of(product, shop.tiktok.currency), pieces_of(product)
    faults = tuple(_faults(product, template, shop, price, pieces))
    if faults or price is None or pieces is None or product.sku is None:
        return Refusal(faults)
    first, *others = shop.tiktok.warehouse_ids
    return WantedListing(
        content=_content(product, template, shop),
        price={product.sku: Money(price, shop.tiktok.currency)},
        stock={product.sku: {first: pieces, **dict.fromkeys(others, 0)}},
    )


def price_of(product: Product, currency: str) -> str | None:
    """Magento's price as TikTok's amount; None where it was never told or is no price, once rounded."""
    number = as_number(product.value("price"))
    if number is None or not 0 < number < 10**9:
        return None
    digit = Decimal(1) if currency in _NO_CENTS else Decimal("0.01")
    amount = number.quantize(digit, ROUND_HALF_UP)
    return str(amount) if amount > 0 else None


def pieces_of(product: Product) -> int | None:
    """Whole pieces to sell, 0 to 99,999; None where neither quantity nor stock status was ever told.

    "Out of stock" is 0 whatever the quantity says; a negative quantity (backorders) is 0.
    """
    status = product.value("stock_status")
    if not is_empty(status) and str(status).lower() in ("0", "false"):
        return 0
    number = as_number(product.value("quantity"))
    if number is None:
        return None
    return int(min(max(number.to_integral_value(ROUND_FLOOR), Decimal(0)), Decimal(MOST_PIECES)))


def _content(product: Product, template: ListingTemplate, shop: Shop) -> Content:
    content: dict[str, Any] = {
        "title": _title(product),
        "description": _description(product),
        "category_id": template.category_id,
        "category_version": template.category_version,
        "main_images": [{"uri": template.image_uri}],
        "package_weight": {"value": template.package_weight.value, "unit": template.package_weight.unit},
        "product_attributes": [
            told for mapping in template.attributes if (told := _attribute(product, mapping)) is not None
        ],
        "external_product_id": f"{shop.key}/{product.entity_id or product.sku}",
        "skus": [
            {"seller_sku": product.sku, "external_sku_id": f"{shop.key}/{product.entity_id or product.sku}"}
        ],
    }
    if template.brand_id is not None:
        content["brand_id"] = template.brand_id
    if (size := template.package_dimensions) is not None:
        content["package_dimensions"] = {
            "length": size.length,
            "width": size.width,
            "height": size.height,
            "unit": size.unit,
        }
    return content


def _attribute(product: Product, mapping: AttributeMapping) -> dict[str, Any] | None:
    if mapping.magento_attribute is None:
        words = [mapping.constant or ""]
    else:
        told = product.value(mapping.magento_attribute)
        if is_empty(told):
            return None
        several = isinstance(told, list | tuple) or (
            type_of(mapping.magento_attribute, {}) is AttributeType.MULTISELECT
        )
        options = sorted(members(told)) if several else _options(told, mapping)
        words = [mapping.values.get(option, option) for option in options]
    return {"id": mapping.tiktok_attribute_id, "values": [{"name": word} for word in words]}


def _options(told: object, mapping: AttributeMapping) -> list[str]:
    """A multiselect comes as ``"5459,5471"``: known as such where every part has a word of its own."""
    text = str(told)
    parts = text.split(",")
    return sorted(parts) if len(parts) > 1 and all(part in mapping.values for part in parts) else [text]


def _title(product: Product) -> str:
    return " ".join(str(product.value("name") or "").split())


def _description(product: Product) -> str:
    for code in ("description", "short_description"):
        told = product.value(code)
        if not is_empty(told):
            return str(told)
    return ""


def _faults(
    product: Product, template: ListingTemplate, shop: Shop, price: str | None, pieces: int | None
) -> Iterator[RefusedField]:
    region = shop.tiktok.region
    yield from _title_faults(_title(product), region)
    description = _description(product)
    if not description:
        yield RefusedField("description", "The product has no description.", "Write one in Magento.")
    elif len(description) > LONGEST_DESCRIPTION:
        yield RefusedField(
            "description",
            f"The description has {len(description)} characters; TikTok takes {LONGEST_DESCRIPTION}.",
            "Shorten it in Magento.",
        )
    sku, pattern = product.sku or "", _STRICT_SKU if region in _STRICT_SKUS else _SKU
    if not pattern.match(sku):
        allowed = (
            "6 to 50 letters, digits, - or _" if pattern is _STRICT_SKU else "1 to 50 characters, no spaces"
        )
        yield RefusedField(
            "seller_sku", f"TikTok does not take the SKU {sku!r}: {allowed}.", "Change it in Magento."
        )
    if price is None:
        yield RefusedField(
            "price",
            f"The price {product.value('price')!r} is not a price above zero.",
            "Set the price in Magento.",
        )
    if pieces is None:
        yield RefusedField(
            "quantity",
            f"The quantity is {product.value('quantity')!r}.",
            "Save the product's stock in Magento, so that its webhook tells it.",
        )
    yield from _weight_faults(template, region)


def _title_faults(title: str, region: str) -> Iterator[RefusedField]:
    shortest, longest = (
        (1, 300) if region in _LONG_TITLES else (1, 255) if region in _SHORT_TITLES else (25, 255)
    )
    if not shortest <= len(title) <= longest:
        yield RefusedField(
            "title",
            f"The name has {len(title)} characters; TikTok takes {shortest} to {longest} in {region}.",
            "Change the name in Magento.",
        )
    if _CONTROL.search(title) or _REPEATED.search(title) or (title and not any(map(str.isalnum, title))):
        yield RefusedField(
            "title",
            "TikTok takes no control characters, no ten equal characters in a row and no name of symbols alone.",
            "Change the name in Magento.",
        )


def _weight_faults(template: ListingTemplate, region: str) -> Iterator[RefusedField]:
    weight = template.package_weight
    digits = len(weight.value.partition(".")[2])
    if digits > _WEIGHT_DIGITS[weight.unit] or region not in _WEIGHT_REGIONS.get(weight.unit, {region}):
        yield RefusedField(
            "package_weight",
            f"TikTok does not take a package weight of {weight.value} {weight.unit} in {region}.",
            f"Change it in the listing template {template.title!r}.",
        )
    elif Decimal(weight.value) <= 0:
        yield RefusedField(
            "package_weight",
            "The package weight is 0.",
            f"Set it in the listing template {template.title!r}.",
        )
