"""Build the wanted listing of a product: what TikTok should contain, in TikTok's own shapes. Pure.

Everything that TikTok is known to reject is found before the call (`preflight`), so that the outcome "rejected" always
comes from TikTok itself. Content, price and stock stand alone: a fault in one of them holds back that part of an
existing listing, and no other. A new listing needs all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from policies.attribute_changes import is_empty
from schemas.listing import Availability, Content, Money, Part
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.shop import MagentoConnection, Shop
from tiktok.listing.attribute_labels import mapped_attributes
from tiktok.listing.description import (
    DESCRIPTION_ATTRIBUTES,
    DescriptionImages,
    PreviewedImages,
    as_text,
    cleaned_text,
    is_of_store,
    left_out_words,
)
from tiktok.listing.preflight import LeftOut, RefusedField, faults_of
from tiktok.listing.price_and_stock import Offer

NOT_CONNECTED = RefusedField(
    "shop", "TikTok Shop is not connected yet.", "Continue the set-up: the seller authorizes the app there."
)
PREVIEW: Final = PreviewedImages()
_TEXTS: Final = {"name": "title", "description": "description", "short_description": "description"}
"""Magento's attributes that must be texts -> the field of the content that each fills."""
_SHAPES: Final = {list: "a list", tuple: "a list", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class WantedListing:
    """What TikTok should contain.

    `price` and `stock` are by `seller_sku`; the stock of each SKU is a quantity by warehouse id, of our warehouse alone
    (`tiktok.listing.warehouses`). `left_out` is what the content does without.
    """

    content: Content
    price: Mapping[str, Money]
    stock: Mapping[str, Mapping[str, int]]
    availability: Availability = Availability.LIVE
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ListingParts:
    """What an existing listing should contain, as far as it can be sent; a part that can't be sent is None."""

    content: Content | None = None
    price: Mapping[str, Money] | None = None
    stock: Mapping[str, Mapping[str, int]] | None = None
    availability: Availability = Availability.LIVE
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)


Sendable: TypeAlias = WantedListing | ListingParts


@dataclass(frozen=True, slots=True)
class Refusal:
    """The product can't be listed as it is: outcome `refused_here`.

    `parts` is what can be sent to an existing listing in spite of the faults, None if nothing can.
    """

    faults: tuple[RefusedField, ...]
    parts: ListingParts | None = None

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
    in_description: DescriptionImages | PreviewedImages = PREVIEW,
) -> WantedListing | Refusal:
    """Return the wanted listing for a product, or why TikTok would reject it.

    `images` are the uris of uploaded images; None uses the template's own image. `in_description` are the images that
    were uploaded for the description, or those of a preview.
    """
    if not shop.tiktok.connected:
        return Refusal((NOT_CONNECTED,))
    content, left_out = content_of(product, template, shop, images, in_description)
    unread = tuple(_unread_texts(product))
    fields = {fault.field for fault in unread}
    rest = (fault for fault in faults_of(content, template, shop.tiktok.region) if fault.field not in fields)
    faults = (*unread, *rest, *offer.faults)
    sku = product.sku or ""
    price = None if offer.price is None else {sku: offer.price}
    stock = None if offer.stock is None else {sku: {shop.tiktok.warehouse_id: offer.stock.sent}}
    if not faults and price is not None and stock is not None and product.sku is not None:
        return WantedListing(content, price, stock, left_out=left_out)
    has_faults = product.sku is None or any(fault.part is Part.CONTENT for fault in faults)
    return Refusal(faults, ListingParts(None if has_faults else content, price, stock, left_out=left_out))


def content_of(
    product: Product,
    template: ListingTemplate,
    shop: Shop,
    images: Sequence[str] | None = None,
    in_description: DescriptionImages | PreviewedImages = PREVIEW,
) -> tuple[Content, tuple[LeftOut, ...]]:
    """Return the content part, without a check, and what it does without. For the images see `wanted_listing`."""
    uris = ([template.image_uri] if template.image_uri else []) if images is None else images
    description, images_left_out = _description(product, shop.magento, in_description)
    attributes, attributes_left_out = mapped_attributes(product, template, shop.magento.attribute_types)
    content: dict[str, object] = {
        "title": _title(product),
        "description": description,
        "category_id": template.category_id,
        "category_version": template.category_version,
        "main_images": [{"uri": uri} for uri in uris],
        "package_weight": {"value": template.package_weight.value, "unit": template.package_weight.unit},
        "product_attributes": attributes,
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
    return content, (*images_left_out, *attributes_left_out)


def _unread_texts(product: Product) -> Iterator[RefusedField]:
    """Yield the texts of the product that Magento sent in another form, which nobody could read on TikTok."""
    for code, name in _TEXTS.items():
        value = product.value(code)
        if not is_empty(value) and as_text(value) is None:
            shape = _SHAPES.get(type(value), "an object")
            yield RefusedField(
                name,
                f"Magento sent {shape} as the {code.replace('_', ' ')}, not a text.",
                f"Save the product's {code.replace('_', ' ')} in Magento as a text.",
            )
        if name == "description" and as_text(value):
            return


def _title(product: Product) -> str:
    return " ".join((as_text(product.value("name")) or "").split())


def _description(
    product: Product, magento: MagentoConnection, images: DescriptionImages | PreviewedImages
) -> tuple[str, tuple[LeftOut, ...]]:
    """Return the description that TikTok accepts, and its images that are left out.

    The short description replaces one that shows nothing. An image of the store that was not uploaded is not named
    here, because its upload says why.
    """
    left_out: tuple[LeftOut, ...] = ()
    for code in DESCRIPTION_ATTRIBUTES:
        cleaned = cleaned_text(as_text(product.value(code)) or "")
        foreign = [address for address in cleaned.images if not is_of_store(address, magento)]
        if foreign:
            left_out = (*left_out, _images_left_out(code, foreign))
        own = [address for address in cleaned.images if address not in foreign]
        if found := images.description_of(cleaned, own):
            return found, left_out
    return "", left_out


def _images_left_out(code: str, addresses: Sequence[str]) -> LeftOut:
    return LeftOut(
        "description",
        f"Images of the {code.replace('_', ' ')} were left out: {left_out_words(addresses)}.",
        "Add them to the product's media gallery in Magento.",
    )
