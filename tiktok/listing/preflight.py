"""Pre-flight: what TikTok would refuse in a product's content, found before the call. Pure.

Asked of the content in TikTok's own shapes; the limits stand in `limits`, a category's own in `category`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from schemas.listing import Content
from schemas.listing_template import ListingTemplate
from tiktok.listing.limits import (
    IMAGE_HOST,
    IMPERIAL_UNITS,
    LONGEST_DESCRIPTION,
    LONGEST_EXTERNAL_ID,
    LONGEST_VALUE,
    MOST_DESCRIPTION_IMAGES,
    MOST_EQUAL,
    MOST_MAIN_IMAGES,
    WIDEST_IMAGE,
    Limits,
    limits_of,
)

_ENTITY: Final = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_TAG_OR_ENTITY: Final = re.compile(rf"<[^<>]*>|{_ENTITY.pattern}")
_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe"
    "\u2b1b\u2b1c\u2b50\u2b55\ufe0f]"
)
_HALF_A_CHARACTER: Final = "\ud800-\udfff"
_CONTROL: Final = re.compile(rf"[\x00-\x1f\x7f-\x9f{_HALF_A_CHARACTER}]")
_CONTROL_BUT_LINES: Final = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_HALF_A_CHARACTER}]")
_TOO_MANY_EQUAL: Final = re.compile(rf"(\S)\1{{{MOST_EQUAL}}}")
_IMAGE: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"""\b(src|width|height)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_WHOLE: Final = re.compile(r"[1-9][0-9]*\Z")


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One thing that TikTok would refuse, and what the merchant can do about it."""

    field: str
    message: str
    hint: str


def without_entities(text: str) -> str:
    """An HTML text with its entities as the characters that they stand for, since TikTok takes no entities.

    Those of < and > stay, for they would become markup; inside a tag only ``&amp;`` goes, for quotes end a value there.
    """

    def plain(found: re.Match[str]) -> str:
        if found[0].startswith("<"):
            return found[0].replace("&amp;", "&")
        character = html.unescape(found[0])
        return found[0] if character in ("<", ">") else character

    return _TAG_OR_ENTITY.sub(plain, text)


def faults_of(content: Content, template: ListingTemplate, region: str) -> Iterator[RefusedField]:
    """What TikTok would refuse of this content in this region, the category's own demands left aside."""
    limits = limits_of(region)
    yield from _title_faults(content["title"], limits, region)
    yield from _description_faults(content["description"])
    if len(content["skus"]) > limits.most_skus:
        yield RefusedField(
            "skus",
            f"The product has {len(content['skus'])} variants; TikTok takes {limits.most_skus} in {region}.",
            "Split the product in Magento.",
        )
    for sku in content["skus"]:
        yield from _sku_faults(sku, limits)
    yield from _image_faults(content["main_images"], template)
    yield from _attribute_faults(content["product_attributes"], template)
    yield from _package_faults(content, template, limits, region)
    if len(content.get("external_product_id") or "") > LONGEST_EXTERNAL_ID:
        yield RefusedField(
            "external_product_id", "The product's id is too long.", "Shorten the SKU in Magento."
        )


def _title_faults(title: str, limits: Limits, region: str) -> Iterator[RefusedField]:
    hint = "Change the name in Magento."
    shortest, longest = limits.title
    if not shortest <= len(title) <= longest:
        words = f"The name has {len(title)} characters; TikTok takes {shortest} to {longest} in {region}."
        yield RefusedField("title", words, hint)
    for fault in _text_faults(title, _CONTROL):
        yield RefusedField("title", f"The name has {fault}, which TikTok does not take.", hint)
    if title and not any(map(str.isalnum, title)):
        yield RefusedField("title", "The name is of symbols alone, which TikTok does not take.", hint)


def _description_faults(description: str) -> Iterator[RefusedField]:
    if not description.strip():
        yield RefusedField("description", "The product has no description.", "Write one in Magento.")
    if len(description) > LONGEST_DESCRIPTION:
        yield RefusedField(
            "description",
            f"The description has {len(description)} characters; TikTok takes {LONGEST_DESCRIPTION}.",
            "Shorten it in Magento.",
        )
    for fault in _text_faults(description, _CONTROL_BUT_LINES):
        yield RefusedField(
            "description",
            f"The description has {fault}, which TikTok does not take.",
            "Change the description in Magento.",
        )
    images = _IMAGE.findall(description)
    if len(images) > MOST_DESCRIPTION_IMAGES:
        yield RefusedField(
            "description",
            f"The description has {len(images)} images; TikTok takes {MOST_DESCRIPTION_IMAGES}.",
            "Take some out in Magento.",
        )
    if not all(map(_is_uploaded, images)):
        yield RefusedField(
            "description",
            "The description has an image that is not on TikTok, or comes without its width and height in pixels.",
            "Take it out of the description in Magento.",
        )


def _text_faults(text: str, control: re.Pattern[str]) -> Iterator[str]:
    if (entity := _ENTITY.search(text)) is not None:
        yield f"the HTML entity {entity[0]!r}"
    if (emoji := _EMOJI.search(text)) is not None:
        yield f"an emoji (U+{ord(emoji[0]):04X})"
    if (character := control.search(text)) is not None:
        yield f"a control character (U+{ord(character[0]):04X})"
    if _TOO_MANY_EQUAL.search(text):
        yield f"more than {MOST_EQUAL} equal characters in a row"


def _is_uploaded(image: str) -> bool:
    fields = {name.lower(): value for name, value in reversed(_PROPERTY.findall(image))}
    try:
        address = urlsplit(fields.get("src", ""))
    except ValueError:
        return False
    sized = all(
        _WHOLE.match(fields.get(side, "")) and Decimal(fields[side]) <= WIDEST_IMAGE
        for side in ("width", "height")
    )
    return sized and address.scheme == "https" and (address.hostname or "").endswith(IMAGE_HOST)


def _sku_faults(sku: Mapping[str, Any], limits: Limits) -> Iterator[RefusedField]:
    form, name = limits.seller_sku, sku["seller_sku"]
    if not form.pattern.match(name):
        yield RefusedField(
            "seller_sku", f"TikTok does not take the SKU {name!r}: {form.words}.", "Change it in Magento."
        )


def _image_faults(images: list[Mapping[str, Any]], template: ListingTemplate) -> Iterator[RefusedField]:
    if not 1 <= len(images) <= MOST_MAIN_IMAGES:
        yield RefusedField(
            "main_images",
            f"The product has {len(images)} images; TikTok takes 1 to {MOST_MAIN_IMAGES}.",
            f"Change its images in Magento, or the image of the listing template {template.title!r}.",
        )
    for image in images:
        if "://" in image["uri"]:
            yield RefusedField(
                "main_images",
                f"{image['uri']!r} is an address; TikTok takes the uri of an image that was uploaded to it.",
                f"Upload it, and put its uri into the listing template {template.title!r}.",
            )


def _attribute_faults(
    attributes: list[Mapping[str, Any]], template: ListingTemplate
) -> Iterator[RefusedField]:
    for attribute in attributes:
        lengths = [len(value["name"]) for value in attribute["values"]]
        if not lengths or not all(1 <= length <= LONGEST_VALUE for length in lengths):
            yield RefusedField(
                "product_attributes",
                f"The TikTok attribute {attribute['id']} has a value without or with more than "
                f"{LONGEST_VALUE} characters.",
                f"Change its mapping in the listing template {template.title!r}, or the value in Magento.",
            )


def _package_faults(
    content: Content, template: ListingTemplate, limits: Limits, region: str
) -> Iterator[RefusedField]:
    weight, size = content["package_weight"], content.get("package_dimensions")
    value, unit = weight["value"], weight["unit"]
    hint = f"Change it in the listing template {template.title!r}."
    digits = limits.weight_digits.get(unit, -1)
    if not _NUMBER.match(value) or len(value.partition(".")[2]) > digits:
        words = f"TikTok does not take a package weight of {value} {unit} in {region}."
        yield RefusedField("package_weight", words, hint)
    elif Decimal(value) <= 0:
        yield RefusedField("package_weight", "The package weight is 0.", hint)
    if size is None:
        return
    sides = [size[side] for side in ("length", "width", "height")]
    if size["unit"] not in limits.dimension_units or not all(map(_WHOLE.match, sides)):
        words = f"TikTok does not take package dimensions of {' x '.join(sides)} {size['unit']} in {region}."
        yield RefusedField("package_dimensions", words, hint)
    elif (size["unit"] in IMPERIAL_UNITS) != (unit in IMPERIAL_UNITS):
        words = f"The package is weighed in {unit} and measured in {size['unit']}: TikTok takes one system."
        yield RefusedField("package_dimensions", words, hint)
