"""The files of the media folder, generated from their names: a JPEG for `.jpg` and `.jpeg`, else a PNG.

``mug-640x480.png`` is 640 by 480 pixels; a name without a size gives 800 by 800. The same name always gives the same
bytes.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from typing import Final

DEFAULT_SIZE: Final = (800, 800)
_SIZE: Final = re.compile(r"-([0-9]{1,4})x([0-9]{1,4})\.[a-z]+\Z")
_JPEG_NAME: Final = re.compile(r"\.jpe?g\Z")


def draw_image(file: str) -> tuple[str, bytes]:
    """Return the content type and the bytes of the file with this name."""
    size = _SIZE.search(file)
    width, height = (int(size[1]), int(size[2])) if size else DEFAULT_SIZE
    shade = hashlib.sha256(file.encode()).digest()
    if _JPEG_NAME.search(file):
        return "image/jpeg", _jpeg(width, height, shade[0])
    return "image/png", _png(width, height, shade[:3])


def _png(width: int, height: int, rgb: bytes) -> bytes:
    """Return a PNG of one color (ISO 15948): each line of pixels starts with filter 0."""
    pixels = zlib.compress((b"\x00" + rgb * width) * height, 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _jpeg(width: int, height: int, grey: int) -> bytes:
    """Return a gray JPEG (ITU T.81, baseline): the first block codes the gray, the others no difference."""
    difference = (grey - 128) or 1
    length = abs(difference).bit_length()
    code = difference if difference > 0 else difference + (1 << length) - 1
    blocks = -(-width // 8) * -(-height // 8)
    bits = "10" + f"{code:0{length}b}" + "0" + "00" * (blocks - 1)
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    segments = (
        (b"\xe0", b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        (b"\xdb", b"\x00" + bytes([8] * 64)),
        (b"\xc0", struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"),
        (b"\xc4", b"\x00" + _huffman(0, length)),
        (b"\xc4", b"\x10" + _huffman(0)),
        (b"\xda", b"\x01\x01\x00\x00\x3f\x00"),
    )
    return (
        b"\xff\xd8"
        + b"".join(b"\xff" + marker + struct.pack(">H", len(data) + 2) + data for marker, data in segments)
        + scan
        + b"\xff\xd9"
    )


def _huffman(*symbols: int) -> bytes:
    """Return a table that gives the first symbol one bit and the second two."""
    lengths = [1] * len(symbols) + [0] * (16 - len(symbols))
    return bytes(lengths) + bytes(symbols)
