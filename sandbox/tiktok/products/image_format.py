"""Detect the format and the size of an image from its first bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class UnsupportedImage(Exception):
    """The bytes are not an image in a format that TikTok accepts."""


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """The format of an image, and its size in pixels."""

    format: str
    width: int
    height: int


def read_format(data: bytes) -> ImageFormat:
    """Return the format and size of an image. Raises `UnsupportedImage`."""
    try:
        for magic, offset, read in _FORMATS:
            if data[offset : offset + len(magic)] == magic:
                return read(data)
    except (struct.error, IndexError) as error:
        raise UnsupportedImage("it ends within its header") from error
    raise UnsupportedImage("its format is not JPG, JPEG, PNG, WEBP, HEIC or BMP")


def _png(data: bytes) -> ImageFormat:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, name) != (13, b"IHDR"):
        raise UnsupportedImage("a PNG begins with IHDR")
    return ImageFormat("PNG", width, height)


def _jpeg(data: bytes) -> ImageFormat:
    offset = 2
    while True:
        marker, kind = data[offset], data[offset + 1]
        if marker != 0xFF or kind == 0xD9:
            raise UnsupportedImage("a JPEG without a frame")
        if kind == 0xFF:
            offset += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, offset + 5)
            return ImageFormat("JPEG", width, height)
        offset += (
            2 if 0xD0 <= kind <= 0xD8 or kind == 1 else 2 + struct.unpack_from(">H", data, offset + 2)[0]
        )


def _webp(data: bytes) -> ImageFormat:
    kind = data[12:16]
    if data[8:12] == b"WEBP" and kind == b"VP8X":
        width, height = (int.from_bytes(data[offset : offset + 3], "little") + 1 for offset in (24, 27))
        return ImageFormat("WEBP", width, height)
    if data[8:12] == b"WEBP" and kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return ImageFormat("WEBP", bits % 0x4000 + 1, bits // 0x4000 % 0x4000 + 1)
    if data[8:12] == b"WEBP" and kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return ImageFormat("WEBP", width % 0x4000, height % 0x4000)
    raise UnsupportedImage("it is RIFF, but no WEBP")


def _bmp(data: bytes) -> ImageFormat:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return ImageFormat("BMP", abs(width), abs(height))


def _heic(data: bytes) -> ImageFormat:
    if data[8:12] not in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"):
        raise UnsupportedImage("its brand is not one of HEIC's")
    sizes = [
        struct.unpack_from(">II", data, offset + 8)
        for offset in range(len(data) - 15)
        if data[offset : offset + 4] == b"ispe"
    ]
    if not sizes:
        raise UnsupportedImage("a HEIC without a size")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return ImageFormat("HEIC", width, height)


_FORMATS: Final[tuple[tuple[bytes, int, Callable[[bytes], ImageFormat]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"RIFF", 0, _webp),
    (b"BM", 0, _bmp),
    (b"ftyp", 4, _heic),
)
