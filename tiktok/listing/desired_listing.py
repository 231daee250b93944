"""Build the wanted listing of a product: what TikTok should contain, in TikTok's own shapes. Pure.

Everything that TikTok is known to reject is found before the call (`preflight`), so that the outcome "rejected" always
comes from TikTok itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from policies.attribute_changes import is_empty, members, type_of
from schemas.attributes import AttributeType
from schemas.listing import Availability, Content, Listing, Money
from schemas.listing_template import AttributeMapping, ListingTemplate
from schemas.product import Product
from schemas.shop import Shop
from tiktok.listing.preflight import RefusedField, faults_of, without_entities
from tiktok.listing.price_and_stock import Offer

NOT_CONNECTED = RefusedField(
    "shop", "TikTok Shop is not connected yet.", "Continue the set-up: the seller authorizes the app there."
)


@dataclass(frozen=True, slots=True)
class WantedListing:
    """What TikTok should contain.

    `price` and `stock` are by `seller_sku`; the stock of each SKU is a quantity by warehouse id, for every warehouse of
    the shop.
    """

    content: Content
    price: Mapping[str, Money]
    stock: Mapping[str, Mapping[str, int]]
    availability: Availability = Availability.LIVE


@dataclass(frozen=True, slots=True)
class Refusal:
    """The product can't be listed: outcome `refused_here`.

    `offer` is the wanted listing if only its content has faults, else None.
    """

    faults: tuple[RefusedField, ...]
    offer: WantedListing | None = None

    def without_content_changes(self, listing: Listing) -> WantedListing | None:
        """Return what is sent to an existing listing in spite of the faults, None if nothing can be sent.

        It has the wanted price and stock, and the last sent content.
        """
        content = listing.last_sent.content
        if self.offer is None or content is None or not self.offer.price.keys() <= listing.skus.keys():
            return None
        return replace(self.offer, content=content)

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence or two for each fault: what is wrong, and what to do."""
        return tuple(f"{fault.message} {fault.hint}" for fault in self.faults)

    def sentence(self) -> str:
        """Return all sentences as one text."""
        return " ".join(self.sentences())


def wanted_listing(
    product: Product,
    template: ListingTemplate,
    shop: Shop,
    offer: Offer,
    images: Sequence[str] | None = None,
) -> WantedListing | Refusal:
    """Return the wanted listing for a product, or why TikTok would reject it.

    `images` are the uris of uploaded images; None uses the template's own image.
    """
    if not shop.tiktok.connected:
        return Refusal((NOT_CONNECTED,))
    content = content_of(product, template, shop, images)
    faults = (*faults_of(content, template, shop.tiktok.region), *offer.faults)
    if offer.price is None or offer.stock is None or product.sku is None:
        return Refusal(faults)
    first, *others = shop.tiktok.warehouse_ids
    wanted = WantedListing(
        content=content,
        price={product.sku: offer.price},
        stock={product.sku: {first: offer.stock.sent, **dict.fromkeys(others, 0)}},
    )
    return Refusal(faults, wanted) if faults else wanted


def content_of(
    product: Product, template: ListingTemplate, shop: Shop, images: Sequence[str] | None = None
) -> Content:
    """Return the content part, without a check. `images` are uris; None uses the template's own image."""
    uris = ([template.image_uri] if template.image_uri else []) if images is None else images
    content: dict[str, object] = {
        "title": _title(product),
        "description": _description(product),
        "category_id": template.category_id,
        "category_version": template.category_version,
        "main_images": [{"uri": uri} for uri in uris],
        "package_weight": {"value": template.package_weight.value, "unit": template.package_weight.unit},
        "product_attributes": [
            attribute
            for mapping in template.attributes
            if (attribute := _attribute(product, mapping)) is not None
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


def _attribute(product: Product, mapping: AttributeMapping) -> dict[str, object] | None:
    if mapping.magento_attribute is None:
        names = [mapping.constant or ""]
    else:
        value = product.value(mapping.magento_attribute)
        if is_empty(value):
            return None
        multiple = isinstance(value, list | tuple) or (
            type_of(mapping.magento_attribute, {}) is AttributeType.MULTISELECT
        )
        options = sorted(members(value)) if multiple else _options(value, mapping)
        names = [mapping.values.get(option, option) for option in options]
    return {"id": mapping.tiktok_attribute_id, "values": [{"name": name} for name in names]}


def _options(value: object, mapping: AttributeMapping) -> list[str]:
    """Return the option ids of a value.

    A multiselect of unknown type arrives as ``"5459,5471"``. It is recognized by the mapping having every part.
    """
    text = str(value)
    parts = text.split(",")
    return sorted(parts) if len(parts) > 1 and all(part in mapping.values for part in parts) else [text]


def _title(product: Product) -> str:
    return " ".join(str(product.value("name") or "").split())


def _description(product: Product) -> str:
    for code in ("description", "short_description"):
        value = product.value(code)
        if not is_empty(value):
            return without_entities(str(value))
    return ""
