"""Pictures: the format and size of uploaded bytes, told by their first ones. Raises `BadPicture` for anything else."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class BadPicture(Exception):
    """The bytes are no image in a format that TikTok takes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A format that TikTok takes, and the size in pixels."""

    format: str
    width: int
    height: int


def picture(data: bytes) -> Picture:
    """What the bytes are. Raises `BadPicture`."""
    try:
        for magic, at, read in _KINDS:
            if data[at : at + len(magic)] == magic:
                return read(data)
    except (struct.error, IndexError) as error:
        raise BadPicture("it ends within its header") from error
    raise BadPicture("its format is none of JPG, JPEG, PNG, WEBP, HEIC, BMP")


def _png(data: bytes) -> Picture:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, name) != (13, b"IHDR"):
        raise BadPicture("a PNG begins with IHDR")
    return Picture("PNG", width, height)


def _jpeg(data: bytes) -> Picture:
    at = 2
    while True:
        mark, kind = data[at], data[at + 1]
        if mark != 0xFF or kind == 0xD9:
            raise BadPicture("a JPEG without a frame")
        if kind == 0xFF:
            at += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Picture("JPEG", width, height)
        at += 2 if 0xD0 <= kind <= 0xD8 or kind == 1 else 2 + struct.unpack_from(">H", data, at + 2)[0]


def _webp(data: bytes) -> Picture:
    kind = data[12:16]
    if data[8:12] == b"WEBP" and kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return Picture("WEBP", width, height)
    if data[8:12] == b"WEBP" and kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Picture("WEBP", bits % 0x4000 + 1, bits // 0x4000 % 0x4000 + 1)
    if data[8:12] == b"WEBP" and kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Picture("WEBP", width % 0x4000, height % 0x4000)
    raise BadPicture("it is RIFF, but no WEBP")


def _bmp(data: bytes) -> Picture:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Picture("BMP", abs(width), abs(height))


def _heic(data: bytes) -> Picture:
    if data[8:12] not in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"):
        raise BadPicture("its brand is none of HEIC's")
    sizes = [
        struct.unpack_from(">II", data, at + 8)
        for at in range(len(data) - 15)
        if data[at : at + 4] == b"ispe"
    ]
    if not sizes:
        raise BadPicture("a HEIC without a size")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Picture("HEIC", width, height)


_KINDS: Final[tuple[tuple[bytes, int, Callable[[bytes], Picture]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"RIFF", 0, _webp),
    (b"BM", 0, _bmp),
    (b"ftyp", 4, _heic),
)
