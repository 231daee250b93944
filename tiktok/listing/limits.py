"""TikTok's limits for a product, by region, as data.

Sources: Partner Center's *Create Product* reference (title, SKUs, package, images, attributes) and its error tables.
Which characters count as emoji follows Unicode, because TikTok publishes no list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST_DESCRIPTION: Final = 10_000
MOST_DESCRIPTION_IMAGES: Final = 30
WIDEST_IMAGE: Final = 4_000
"""Pixels of width and of height."""
MOST_MAIN_IMAGES: Final = 9
LONGEST_VALUE: Final = 2_000
"""Characters of one value of a product attribute."""
LONGEST_EXTERNAL_ID: Final = 999
MOST_EQUAL: Final = 9
"""Repetitions of one character in a row, in a title or a description."""
IMAGE_HOST: Final = ".ibyteimg.com"
"""The end of the host name in the `url` of an uploaded image."""

_SHORT, _LONG, _NOT_TOO_SHORT = (1, 255), (1, 300), (25, 255)
_TITLES: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("DE", "ES", "FR", "GB", "IE", "IT", "JP", "UK", "US"), _SHORT),
    **dict.fromkeys(("BR", "MX"), _LONG),
}
_STRICT_SKUS: Final = frozenset({"AT", "BE", "CZ", "DE", "ES", "FR", "GR", "HU", "IT", "NL", "PL", "PT"})
_MANY_SKUS: Final = _STRICT_SKUS | {"BR", "GB", "IE", "JP", "MX", "UK", "US"}
_GRAMS: Final = frozenset({"BR", "JP", "MX"})
_IMPERIAL: Final = frozenset({"US"})
IMPERIAL_UNITS: Final = frozenset({"POUND", "INCH"})


@dataclass(frozen=True, slots=True)
class SkuForm:
    """The pattern of a valid seller SKU, and its description for people."""

    pattern: re.Pattern[str]
    words: str


_ANY_SKU: Final = SkuForm(re.compile(r"\S{1,50}\Z"), "1 to 50 characters, no spaces")
_STRICT_SKU: Final = SkuForm(re.compile(r"[A-Za-z0-9_-]{6,50}\Z"), "6 to 50 letters, digits, - or _")


@dataclass(frozen=True, slots=True)
class Limits:
    """TikTok's limits in one region.

    `title` is the least and the largest number of characters, `weight_digits` the largest number of decimals by
    accepted unit of weight, `dimension_units` the accepted units of length.
    """

    title: tuple[int, int]
    seller_sku: SkuForm
    most_skus: int
    weight_digits: Mapping[str, int]
    dimension_units: frozenset[str]


def limits_of(region: str) -> Limits:
    """Return the limits of a region."""
    imperial = region in _IMPERIAL
    return Limits(
        title=_TITLES.get(region, _NOT_TOO_SHORT),
        seller_sku=_STRICT_SKU if region in _STRICT_SKUS else _ANY_SKU,
        most_skus=300 if region in _MANY_SKUS else 100,
        weight_digits={
            "KILOGRAM": 3,
            **({"POUND": 2} if imperial else {}),
            **({"GRAM": 0} if region in _GRAMS else {}),
        },
        dimension_units=frozenset({"CENTIMETER", "INCH"} if imperial else {"CENTIMETER"}),
    )
