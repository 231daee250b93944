"""Check an image against TikTok's limits before the call, and build the form that uploads it. Pure.

Limits: TikTok's *Upload Product Image* and *Create Product* references.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from urllib3.filepost import encode_multipart_formdata

from tiktok.documents import Document
from tiktok.listing.image_header import read_header

UPLOAD: Final = "upload_image"
"""The name of the call in logs and feeds."""
DEADLINE: Final = 15.0
"""Seconds for one upload."""
PATH: Final = "/product/202309/images/upload"
UNKNOWN_URI: Final = frozenset({12052300, 12052340, 12052722})
"""Error codes for a product with an image that no upload returned; 12052340 is for one in its description."""
MOST_BYTES: Final = 10 * 1024 * 1024
SHORTEST_SIDE, LONGEST_SIDE = 300, 4000
_SUFFIX: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "HEIC": "heic"}


class UseCase(StrEnum):
    """What an image is uploaded for, in TikTok's words."""

    MAIN = "MAIN_IMAGE"
    DESCRIPTION = "DESCRIPTION_IMAGE"


_LIMITS: Final = {
    UseCase.MAIN: (SHORTEST_SIDE, LONGEST_SIDE, "main images"),
    UseCase.DESCRIPTION: (100, LONGEST_SIDE, "images in a description"),
}
"""The shortest and the longest side in pixels, and the words for people."""


@dataclass(frozen=True, slots=True)
class DescriptionImage:
    """An image that was uploaded for a description: its address on TikTok, and its size in pixels."""

    url: str
    width: int
    height: int

    def uri(self) -> str:
        """Return it as one text: the address, with the size as its fragment."""
        return f"{self.url}#{self.width}x{self.height}"

    @classmethod
    def of_uri(cls, uri: str) -> DescriptionImage:
        """Return the image of such a text."""
        url, _, size = uri.rpartition("#")
        width, _, height = size.partition("x")
        return cls(url, int(width), int(height))

    def tag(self) -> str:
        """Return the HTML tag that shows it in a description."""
        return f'<img src="{self.url}" width="{self.width}" height="{self.height}">'


@dataclass(frozen=True, slots=True)
class ImageFault:
    """Why TikTok would reject an image, and what the merchant can do."""

    reason: str
    hint: str


def image_fault(image: bytes, use_case: UseCase = UseCase.MAIN) -> ImageFault | None:
    """Return why TikTok would reject these bytes as an image for this use, None if it would accept them."""
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
    shortest, longest, words = _LIMITS[use_case]
    if not all(shortest <= side <= longest for side in (header.width, header.height)):
        return ImageFault(
            f"has {header.width} × {header.height} pixels",
            f"TikTok accepts {words} of {shortest} to {longest} pixels a side: save another in Magento.",
        )
    return None


def upload_form(image: bytes, use_case: UseCase = UseCase.MAIN) -> tuple[str, bytes]:
    """Return the content type and the body of the upload. The boundary is the image's SHA-256 digest."""
    header = read_header(image)
    name = f"image.{_SUFFIX[header.format] if header else 'bin'}"
    boundary = hashlib.sha256(image).hexdigest()
    body, content_type = encode_multipart_formdata(
        [("use_case", use_case.value), ("data", (name, image, "application/octet-stream"))], boundary
    )
    return content_type, body


def uri_of(data: Document, use_case: UseCase = UseCase.MAIN) -> str:
    """Return the image uri in the data of an upload; for a description, the uri of `DescriptionImage`."""
    if use_case is UseCase.DESCRIPTION:
        url, width, height = (str(data[name]).strip() for name in ("url", "width", "height"))
        return DescriptionImage(url, int(width), int(height)).uri()
    return str(data["uri"]).strip()


def shown(image: bytes, use_case: UseCase = UseCase.MAIN) -> str:
    """Return the upload for the feed: size and format without the bytes."""
    header = read_header(image)
    size = f", {header.format} {header.width} × {header.height}" if header else ""
    return f"{use_case.value}, {len(image)} bytes{size}"
