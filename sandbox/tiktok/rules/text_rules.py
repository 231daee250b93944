"""The rules for titles and descriptions.

Source: *Create Product*: lengths by region; no HTML entities, emoji or control characters, not only symbols, at most
nine equal characters in a row; a description has at most 10,000 characters and 30 images, all uploaded to TikTok and
with their width and height.
"""

from __future__ import annotations

import re
from typing import Final

from sandbox.tiktok.protocol.errors import ApiError

MAX_DESCRIPTION_LENGTH: Final = 10_000
MAX_IMAGES: Final = 30
MAX_IMAGE_SIDE: Final = 4000
IMAGE_HOST: Final = "https://p-sandbox.ibyteimg.com/"
_REGIONS_UP_TO_255: Final = frozenset({"DE", "ES", "FR", "GB", "IE", "IT", "JP", "UK", "US"})
_REGIONS_UP_TO_300: Final = frozenset({"BR", "MX"})
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a-\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd-\u25fe"
    "\u2b1b-\u2b1c\u2b50\u2b55\ufe0f]"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_EXCEPT_NEWLINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_REPEATED = re.compile(r"(\S)\1{9}")
_TAG = re.compile(r"<[^<>]*>")
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SIDES = tuple(
    re.compile(rf"\b{side}\s*=\s*[\"']([0-9]{{1,5}})[\"']", re.IGNORECASE) for side in ("width", "height")
)
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)


def title_lengths(region: str) -> tuple[int, int]:
    """Return the shortest and the longest title of a region, in characters."""
    if region in _REGIONS_UP_TO_300:
        return 1, 300
    return (1, 255) if region in _REGIONS_UP_TO_255 else (25, 255)


def check_title(title: str, region: str) -> None:
    """Raise `ApiError`: 12052261 empty, 12052051 too long, 12052931 against the rules."""
    shortest, longest = title_lengths(region)
    if not title.strip():
        raise ApiError(12052261, "The product name is empty.")
    if len(title) > longest:
        raise ApiError(
            12052051, f"The product name is too long: it has {len(title)} of {longest} characters."
        )
    if len(title) < shortest:
        raise ApiError(12052931, f"The product name needs at least {shortest} characters in this market.")
    violation = _violation(title, _CONTROL)
    if violation is None and not any(map(str.isalnum, title)):
        violation = "has symbols only"
    if violation:
        raise ApiError(12052931, f"The product name does not follow the rules: it {violation}.")


def check_description(description: str, image_uris: tuple[str, ...]) -> None:
    """Raise `ApiError`: 12052015 missing, 12052013 too long, 12052932 rules, 12052056, 12052340 and 12052341 images."""
    if not description.strip():
        raise ApiError(12052015, "The product description is missing.")
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise ApiError(
            12052013, f"The product description is longer than {MAX_DESCRIPTION_LENGTH} characters."
        )
    violation = _violation(description, _CONTROL_EXCEPT_NEWLINES)
    text = _TAG.sub("", description).strip()
    if violation is None and text and not any(map(str.isalnum, text)):
        violation = "has symbols only"
    if violation:
        raise ApiError(12052932, f"The product description does not follow the rules: it {violation}.")
    images = _IMAGE.findall(description)
    if len(images) > MAX_IMAGES:
        raise ApiError(12052056, f"The product description has more than {MAX_IMAGES} images.")
    for image in images:
        source = _SOURCE.search(image)
        if source is None or source[1].removeprefix(IMAGE_HOST) not in image_uris:
            raise ApiError(12052340, "An image of the description was not uploaded to TikTok Shop.")
        if not all(
            side_match and 1 <= int(side_match[1]) <= MAX_IMAGE_SIDE
            for side_match in (pattern.search(image) for pattern in _SIDES)
        ):
            raise ApiError(
                12052341, f"An image of the description needs a width and a height up to {MAX_IMAGE_SIDE}."
            )


def _violation(text: str, control: re.Pattern[str]) -> str | None:
    if _ENTITY.search(text):
        return "has an HTML entity"
    if _EMOJI.search(text):
        return "has an emoji"
    if control.search(text):
        return "has a control character"
    return "repeats a character more than nine times" if _REPEATED.search(text) else None
