"""Check a main image against TikTok's limits before the call, and build the form that uploads it. Pure.

Limits: TikTok's *Upload Product Image* and *Create Product* references.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from urllib3.filepost import encode_multipart_formdata

from tiktok.documents import Document
from tiktok.listing.image_header import read_header

UPLOAD: Final = "upload_image"
"""The name of the call in logs and feeds."""
DEADLINE: Final = 15.0
"""Seconds for one upload."""
PATH: Final = "/product/202309/images/upload"
UNKNOWN_URI: Final = frozenset({12052300, 12052722})
"""Error codes for a product with an image uri that no upload returned."""
MOST_BYTES: Final = 10 * 1024 * 1024
SHORTEST_SIDE, LONGEST_SIDE = 300, 4000
_USE_CASE: Final = "MAIN_IMAGE"
_SUFFIX: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "HEIC": "heic"}


@dataclass(frozen=True, slots=True)
class ImageFault:
    """Why TikTok would reject an image, and what the merchant can do."""

    reason: str
    hint: str


def image_fault(image: bytes) -> ImageFault | None:
    """Return why TikTok would reject these bytes as a main image, None if it would accept them."""
    if not image:
        return ImageFault("is empty", "Upload the image again in Magento.")
    if len(image) > MOST_BYTES:
        return ImageFault("is larger than 10 MB", "Save a smaller image in Magento.")
    header = read_header(image)
    if header is None:
        return ImageFault(
            "is not a JPEG, PNG, WEBP, HEIC or BMP image",
            "Save the image in one of these formats in Magento.",
        )
    if not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in (header.width, header.height)):
        return ImageFault(
            f"has {header.width} × {header.height} pixels",
            f"TikTok accepts main images of {SHORTEST_SIDE} to {LONGEST_SIDE} pixels a side: save another in Magento.",
        )
    return None


def upload_form(image: bytes) -> tuple[str, bytes]:
    """Return the content type and the body of the upload. The boundary is the image's SHA-256 digest."""
    header = read_header(image)
    name = f"image.{_SUFFIX[header.format] if header else 'bin'}"
    boundary = hashlib.sha256(image).hexdigest()
    body, content_type = encode_multipart_formdata(
        [("use_case", _USE_CASE), ("data", (name, image, "application/octet-stream"))], boundary
    )
    return content_type, body


def uri_of(data: Document) -> str:
    """Return the image uri in the data of an upload."""
    return str(data["uri"]).strip()


def shown(image: bytes) -> str:
    """Return the upload for the feed: size and format without the bytes."""
    header = read_header(image)
    size = f", {header.format} {header.width} × {header.height}" if header else ""
    return f"{_USE_CASE}, {len(image)} bytes{size}"
