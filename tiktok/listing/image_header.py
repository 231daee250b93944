"""Read the format and the size of an image from its header.

This is not an imaging library: the bytes come from an untrusted server, and only the format and size are needed, so no
image is ever decoded. Layouts: PNG (ISO 15948), JPEG (ITU T.81), WebP container (RFC 9649), BMP (Windows DIB headers),
HEIC (ISO 23008-12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_HEIC_SEARCHED: Final = 256 * 1024
_NO_FRAME: Final = frozenset({0xC4, 0xC8, 0xCC})
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The name of the format, and the size in pixels."""

    format: str
    width: int
    height: int


def read_header(image: bytes) -> ImageHeader | None:
    """Return the header of a JPEG, PNG, WEBP, BMP or HEIC image, None if the bytes are anything else or damaged."""
    for name, read in _READERS.items():
        size = read(image)
        if size is not None and min(size) > 0:
            return ImageHeader(name, *size)
    return None


def _png(image: bytes) -> tuple[int, int] | None:
    if image[:8] != b"\x89PNG\r\n\x1a\n" or image[12:16] != b"IHDR" or len(image) < 24:
        return None
    return _big(image[16:20]), _big(image[20:24])


def _jpeg(image: bytes) -> tuple[int, int] | None:
    if image[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(image):
        if image[at] != 0xFF:
            return None
        marker = image[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return _big(image[at + 7 : at + 9]), _big(image[at + 5 : at + 7])
        else:
            at += 2 + _big(image[at + 2 : at + 4])
    return None


def _webp(image: bytes) -> tuple[int, int] | None:
    if image[:4] != b"RIFF" or image[8:12] != b"WEBP" or len(image) < 30:
        return None
    kind = image[12:16]
    if kind == b"VP8X":
        return _little(image[24:27]) + 1, _little(image[27:30]) + 1
    if kind == b"VP8L" and image[20] == 0x2F:
        bits = _little(image[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and image[23:26] == b"\x9d\x01\x2a":
        return _little(image[26:28]) & 0x3FFF, _little(image[28:30]) & 0x3FFF
    return None


def _bmp(image: bytes) -> tuple[int, int] | None:
    if image[:2] != b"BM" or len(image) < 26:
        return None
    if _little(image[14:18]) == 12:
        return _little(image[18:20]), _little(image[20:22])
    width, height = (int.from_bytes(image[at : at + 4], "little", signed=True) for at in (18, 22))
    return width, abs(height)


def _heic(image: bytes) -> tuple[int, int] | None:
    """Return the size in the largest `ispe` box: the sizes of the tiles and the thumbnail have such boxes too."""
    if image[4:8] != b"ftyp" or image[8:12] not in _HEIC_BRANDS:
        return None
    sizes = []
    at = image.find(b"ispe", 0, _HEIC_SEARCHED)
    while 0 <= at <= len(image) - 16:
        sizes.append((_big(image[at + 8 : at + 12]), _big(image[at + 12 : at + 16])))
        at = image.find(b"ispe", at + 4, _HEIC_SEARCHED)
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")


_READERS: Final[dict[str, Callable[[bytes], tuple[int, int] | None]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "BMP": _bmp,
    "HEIC": _heic,
}
