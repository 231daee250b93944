"""Images: what TikTok takes as a main image, judged before the call, and the form that uploads one. Pure.

Limits: TikTok's *Upload Product Image* and *Create Product* references.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from urllib3.filepost import encode_multipart_formdata

from tiktok.listing.image_header import read_header

UPLOAD: Final = "upload_image"
"""What the upload is called in logs and feeds."""
DEADLINE: Final = 15.0
PATH: Final = "/product/202309/images/upload"
UNKNOWN_URI: Final = frozenset({12052300, 12052722})
"""Refusals of a product that say: no image was ever uploaded under this uri."""
MOST_BYTES: Final = 10 * 1024 * 1024
SHORTEST_SIDE, LONGEST_SIDE = 300, 4000
_USE_CASE: Final = "MAIN_IMAGE"
_SUFFIX: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "HEIC": "heic"}


@dataclass(frozen=True, slots=True)
class UnfitImage:
    """Why TikTok would not take an image, and what the merchant can do."""

    reason: str
    hint: str


def unfit(image: bytes) -> UnfitImage | None:
    """What TikTok would find wrong with these bytes as a main image; None where it would take them."""
    if not image:
        return UnfitImage("is empty", "Upload the image in Magento anew.")
    if len(image) > MOST_BYTES:
        return UnfitImage("is larger than 10 MB", "Save a smaller image in Magento.")
    header = read_header(image)
    if header is None:
        return UnfitImage(
            "is none of JPEG, PNG, WEBP, HEIC and BMP", "Save the image in one of these formats in Magento."
        )
    if not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in (header.width, header.height)):
        return UnfitImage(
            f"has {header.width} × {header.height} pixels",
            f"TikTok takes main images of {SHORTEST_SIDE} to {LONGEST_SIDE} pixels a side: save another in Magento.",
        )
    return None


def upload_form(image: bytes) -> tuple[str, bytes]:
    """The content type and the body of the upload; the boundary is made of the image's own digest."""
    header = read_header(image)
    name = f"image.{_SUFFIX[header.format] if header else 'bin'}"
    boundary = hashlib.sha256(image).hexdigest()
    body, content_type = encode_multipart_formdata(
        [("use_case", _USE_CASE), ("data", (name, image, "application/octet-stream"))], boundary
    )
    return content_type, body


def uri_of(data: Mapping[str, Any]) -> str:
    """The uri in an upload's answer."""
    return str(data["uri"]).strip()


def shown(image: bytes) -> str:
    """The upload in a feed: what was sent, without its bytes."""
    header = read_header(image)
    size = f", {header.format} {header.width} × {header.height}" if header else ""
    return f"{_USE_CASE}, {len(image)} bytes{size}"
