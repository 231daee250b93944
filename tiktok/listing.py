"""The wanted listing: what TikTok should hold of a product, in TikTok's own shapes. Pure.

Everything that TikTok would refuse is found before the call (`tiktok.preflight`), so that "rejected" always means that
TikTok said no.
"""

from __future__ import annotations

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
from tiktok.limits import MOST_PIECES
from tiktok.preflight import RefusedField, faults_of, without_entities

_NO_CENTS: Final = frozenset({"JPY", "VND", "IDR"})


@dataclass(frozen=True, slots=True)
class WantedListing:
    """What TikTok should hold. `price` and `stock` go by `seller_sku`; stock names every warehouse of the shop."""

    content: Content
    price: Mapping[str, Money]
    stock: Mapping[str, Mapping[str, int]]
    availability: Availability = Availability.LIVE


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
    content = content_of(product, template, shop)
    faults = (*faults_of(content, template, shop.tiktok.region), *_offer_faults(product, price, pieces))
    if faults or price is None or pieces is None or product.sku is None:
        return Refusal(faults)
    first, *others = shop.tiktok.warehouse_ids
    return WantedListing(
        content=content,
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


def content_of(product: Product, template: ListingTemplate, shop: Shop) -> Content:
    """The content part, whether TikTok would take it or not."""
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
            {
                "seller_sku": product.sku or "",
                "external_sku_id": f"{shop.key}/{product.entity_id or product.sku}",
            }
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
            return without_entities(str(told))
    return ""


def _offer_faults(product: Product, price: str | None, pieces: int | None) -> Iterator[RefusedField]:
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
