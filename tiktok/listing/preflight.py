"""Pre-flight checks: find what TikTok would reject in a product's content before the call. Pure.

The content is in TikTok's own shapes. The limits are data in `limits`; `category` checks a category's own requirements.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from schemas.listing import Content, Part
from schemas.listing_template import ListingTemplate
from tiktok.documents import Document, children
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
_TAG: Final = re.compile(r"<[^<>]*>")
_TAG_OR_ENTITY: Final = re.compile(rf"<[^<>&]*&[^<>]*>|{_ENTITY.pattern}")
"""An entity, or a tag that may contain one."""
_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe"
    "\u2b1b\u2b1c\u2b50\u2b55\ufe0f]"
)
_SURROGATES: Final = "\ud800-\udfff"
_CONTROL: Final = re.compile(rf"[\x00-\x1f\x7f-\x9f{_SURROGATES}]")
_CONTROL_EXCEPT_LINES: Final = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_SURROGATES}]")
_TOO_MANY_EQUAL: Final = re.compile(rf"(\S)\1{{{MOST_EQUAL}}}")
_IMAGE: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"""\b(src|width|height)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_WHOLE: Final = re.compile(r"[1-9][0-9]*\Z")


@dataclass(frozen=True, slots=True)
class RefusedField:
    """A field that TikTok would reject: what is wrong, and what the merchant can do.

    `part` is the part of the listing that is not sent because of it; the other parts of an existing listing are.
    """

    field: str
    message: str
    hint: str
    part: Part = Part.CONTENT


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the product that is left out of its listing: what, why, and what the merchant can do.

    `name` is the id of a TikTok attribute, or the field that it is left out of.
    """

    name: str
    message: str
    hint: str

    def sentence(self) -> str:
        """Return the message for the merchant."""
        return f"{self.message} {self.hint}"


def without_entities(text: str) -> str:
    """Return an HTML text with its entities replaced by characters, because TikTok accepts no entities.

    The entities of < and > stay, because the characters would become markup. Inside a tag only ``&amp;`` is replaced,
    because a quote would end an attribute's value.
    """

    if "&" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("<"):
            return match[0].replace("&amp;", "&")
        character = html.unescape(match[0])
        return match[0] if character in ("<", ">") else character

    return _TAG_OR_ENTITY.sub(replace, text)


def faults_of(content: Content, template: ListingTemplate, region: str) -> Iterator[RefusedField]:
    """Yield what TikTok would reject in this content in this region, apart from the category's own requirements."""
    limits = limits_of(region)
    yield from _title_faults(content["title"], limits, region)
    yield from _description_faults(content["description"])
    if len(content["skus"]) > limits.most_skus:
        yield RefusedField(
            "skus",
            f"The product has {len(content['skus'])} variants; TikTok accepts {limits.most_skus} in {region}.",
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
        words = f"The name's length is {len(title)}; TikTok accepts {shortest} to {longest} characters in {region}."
        yield RefusedField("title", words, hint)
    for fault in _text_faults(title, _CONTROL):
        yield RefusedField("title", f"The name has {fault}, which TikTok does not accept.", hint)
    if title and not any(map(str.isalnum, title)):
        yield RefusedField("title", "The name consists of symbols only, which TikTok does not accept.", hint)


def _description_faults(description: str) -> Iterator[RefusedField]:
    if not description.strip():
        yield RefusedField("description", "The product has no description.", "Write one in Magento.")
    if len(description) > LONGEST_DESCRIPTION:
        yield RefusedField(
            "description",
            f"The description has {len(description)} characters; TikTok accepts {LONGEST_DESCRIPTION}.",
            "Shorten it in Magento.",
        )
    if is_symbols_only(description):
        yield RefusedField(
            "description",
            "The description consists of symbols only, which TikTok does not accept.",
            "Change the description in Magento.",
        )
    for fault in _text_faults(description, _CONTROL_EXCEPT_LINES):
        yield RefusedField(
            "description",
            f"The description has {fault}, which TikTok does not accept.",
            "Change the description in Magento.",
        )
    images = _IMAGE.findall(description)
    if len(images) > MOST_DESCRIPTION_IMAGES:
        yield RefusedField(
            "description",
            f"The description has {len(images)} images; TikTok accepts {MOST_DESCRIPTION_IMAGES}.",
            "Remove some of them in Magento.",
        )
    if not all(map(_is_uploaded, images)):
        yield RefusedField(
            "description",
            "The description has an image that is not uploaded to TikTok, or that has no width and height in pixels.",
            "Remove the image from the description in Magento.",
        )


def is_symbols_only(description: str) -> bool:
    """Return whether a description has text, and no letter or digit in it (TikTok's error 12052932)."""
    text = _TAG.sub("", description).strip()
    return bool(text) and not any(map(str.isalnum, text))


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


def _sku_faults(sku: Document, limits: Limits) -> Iterator[RefusedField]:
    form, name = limits.seller_sku, str(sku["seller_sku"])
    if not form.pattern.match(name):
        yield RefusedField(
            "seller_sku", f"TikTok does not accept the SKU {name!r}: {form.words}.", "Change it in Magento."
        )


def _image_faults(images: Sequence[Document], template: ListingTemplate) -> Iterator[RefusedField]:
    if not 1 <= len(images) <= MOST_MAIN_IMAGES:
        yield RefusedField(
            "main_images",
            f"The product has {len(images)} images; TikTok accepts 1 to {MOST_MAIN_IMAGES}.",
            f"Change its images in Magento, or the image of the listing template {template.title!r}.",
        )
    for image in images:
        if "://" in str(image["uri"]):
            yield RefusedField(
                "main_images",
                f"{image['uri']!r} is an address; TikTok accepts only the uri of an image that was uploaded to it.",
                f"Upload the image, and enter its uri in the listing template {template.title!r}.",
            )


def _attribute_faults(attributes: Sequence[Document], template: ListingTemplate) -> Iterator[RefusedField]:
    for attribute in attributes:
        lengths = [len(str(value["name"])) for value in children(attribute, "values")]
        if not lengths or not all(1 <= length <= LONGEST_VALUE for length in lengths):
            yield RefusedField(
                "product_attributes",
                f"The TikTok attribute {attribute['id']} has no value, an empty value, or a value of more than "
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
        words = f"TikTok does not accept a package weight of {value} {unit} in {region}."
        yield RefusedField("package_weight", words, hint)
    elif Decimal(value) <= 0:
        yield RefusedField("package_weight", "The package weight is 0.", hint)
    if size is None:
        return
    sides = [size[side] for side in ("length", "width", "height")]
    if size["unit"] not in limits.dimension_units or not all(map(_WHOLE.match, sides)):
        words = (
            f"TikTok does not accept package dimensions of {' x '.join(sides)} {size['unit']} in {region}."
        )
        yield RefusedField("package_dimensions", words, hint)
    elif (size["unit"] in IMPERIAL_UNITS) != (unit in IMPERIAL_UNITS):
        words = (
            f"The package has its weight in {unit} and its dimensions in {size['unit']}: "
            "TikTok accepts one system of units."
        )
        yield RefusedField("package_dimensions", words, hint)
