"""Images: the check of their header against TikTok's limits, and the upload."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.tiktok.products.image_format import UnsupportedImage, read_format
from tests.tiktok.answering import failure, hang_up, success, trickle
from tests.tiktok.calling import Calling
from tests.tiktok.examples import APP_SECRET
from tiktok.client.errors import Rejected, Transient
from tiktok.client.signing import sign
from tiktok.listing.image_header import ImageHeader, read_header
from tiktok.listing.image_upload import MOST_BYTES, ImageFault, image_fault, upload_form

PATH = "/product/202309/images/upload"


def png(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(width: int, height: int, frame: int = 0xC0, before: bytes = b"") -> bytes:
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + before + segment(frame, size) + b"\xff\xd9"


def webp(kind: bytes, data: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body + bytes(12)


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, height) + bytes(28)


def heic(*sizes: tuple[int, int], brand: bytes = b"heic") -> bytes:
    boxes = b"".join(struct.pack(">I4sIII", 20, b"ispe", 0, *size) for size in sizes)
    return struct.pack(">I4s4s", 16, b"ftyp", brand) + bytes(4) + boxes


THUMBNAIL = segment(0xE1, b"Exif\x00\x00" + jpeg(160, 120))
EXTENDED = bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
LOSSLESS = b"\x2f" + struct.pack("<I", 639 | 479 << 14)
LOSSY = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 480 | 0x4000)

IMAGES: tuple[tuple[str, str, bytes], ...] = (
    ("a PNG", "PNG", png(640, 480)),
    ("a baseline JPEG", "JPEG", jpeg(640, 480)),
    ("a progressive JPEG", "JPEG", jpeg(640, 480, 0xC2)),
    ("a JPEG with tables before its frame", "JPEG", jpeg(640, 480, before=segment(0xC4, bytes(30)))),
    ("a JPEG with a thumbnail inside", "JPEG", jpeg(640, 480, before=THUMBNAIL)),
    ("a JPEG with fill bytes", "JPEG", jpeg(640, 480, before=b"\xff\xff" + segment(0xE0, b"JFIF\x00")[1:])),
    ("an extended WEBP", "WEBP", webp(b"VP8X", EXTENDED)),
    ("a lossless WEBP", "WEBP", webp(b"VP8L", LOSSLESS)),
    ("a lossy WEBP", "WEBP", webp(b"VP8 ", LOSSY)),
    ("a BMP", "BMP", bmp(640, 480)),
    ("a BMP from the top down", "BMP", bmp(640, -480)),
    ("an old BMP", "BMP", b"BM" + bytes(12) + struct.pack("<IHH", 12, 640, 480) + bytes(8)),
    ("a HEIC", "HEIC", heic((640, 480))),
    ("a HEIC of tiles", "HEIC", heic((320, 240), (640, 480), (160, 120))),
)


@pytest.mark.parametrize(("format_", "image"), [row[1:] for row in IMAGES], ids=[row[0] for row in IMAGES])
def test_the_header_contains_the_format_and_the_size(format_: str, image: bytes) -> None:
    assert read_header(image) == ImageHeader(format_, 640, 480)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg' width='640' height='480'/>",
        b"<!DOCTYPE html><title>404 Not Found</title>",
        b"\x89PNG\r\n\x1a\n",
        png(0, 480),
        b"\xff\xd8\xff",
        jpeg(640, 480)[:10],
        b"\xff\xd8\xff\xda\x00\x02" + bytes(40),
        heic((640, 480), brand=b"avif"),
        heic(),
        b"RIFF\x04\x00\x00\x00WAVE" + bytes(40),
    ],
)
def test_anything_else_has_no_header(image: bytes) -> None:
    assert read_header(image) is None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([row[2] for row in IMAGES]), st.data())
def test_damaged_images_are_read_like_tiktok_reads_them(image: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(image[: data.draw(st.integers(0, len(image)))])
    for _ in range(data.draw(st.integers(0, 3))):
        if spoilt:
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    ours = read_header(bytes(spoilt))
    try:
        theirs = read_format(bytes(spoilt))
    except UnsupportedImage:
        return
    assert ours is None or (ours.format, ours.width, ours.height) == (
        theirs.format,
        theirs.width,
        theirs.height,
    )


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"", "is empty"),
        (bytes(MOST_BYTES + 1), "is larger than 10 MB"),
        (b"GIF89a" + bytes(40), "is not a JPEG, PNG, WEBP, HEIC or BMP image"),
        (png(299, 800), "has 299 × 800 pixels"),
        (png(800, 4001), "has 800 × 4001 pixels"),
    ],
)
def test_an_image_that_tiktok_would_reject_is_found_before_the_call(image: bytes, reason: str) -> None:
    found = image_fault(image)
    assert isinstance(found, ImageFault)
    assert (found.reason, found.hint != "") == (reason, True)


@pytest.mark.parametrize("image", [png(300, 300), png(4000, 4000), png(300, 4000), jpeg(800, 600)])
def test_an_image_within_the_limits_has_no_fault(image: bytes) -> None:
    assert image_fault(image) is None


def uploaded(uri: str = "tos-1/abc\n") -> Any:
    return success(uri=uri, url="https://example.com/a", width=800, height=800, use_case="MAIN_IMAGE")


def test_the_upload_is_a_form_that_is_signed_without_its_body(calling: Callable[..., Calling]) -> None:
    call = calling(uploaded())
    assert call.shop.upload_image(png(800, 800), call.exchanges.append) == "tos-1/abc"
    (request,) = call.tiktok.requests
    assert (request.method, request.path) == ("POST", PATH)
    assert sorted(request.query) == ["app_key", "sign", "timestamp"]
    unsigned = {name: value for name, value in request.query.items() if name != "sign"}
    assert request.query["sign"] == sign(APP_SECRET, PATH, unsigned)
    form = message_from_bytes(
        b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
    )
    _, use_case, data = form.walk()
    assert use_case.get_payload(decode=True) == b"MAIN_IMAGE"
    assert data.get_payload(decode=True) == png(800, 800)
    assert data.get_param("filename", header="content-disposition") == "image.png"


def test_an_image_that_contains_the_boundary_of_another_is_complete() -> None:
    content_type, _ = upload_form(png(800, 800))
    image = png(801, 801) + f"\r\n--{content_type.partition('=')[2]}--\r\n".encode()
    other_type, body = upload_form(image)
    assert other_type != content_type
    assert image in body


def test_the_feed_describes_the_image_without_its_bytes(calling: Callable[..., Calling]) -> None:
    call = calling(uploaded())
    call.shop.upload_image(png(800, 600), call.exchanges.append)
    (exchange,) = call.exchanges
    assert (exchange.operation, exchange.request) == ("upload_image", "MAIN_IMAGE, 33 bytes, PNG 800 × 600")


@pytest.mark.parametrize("code", [12038002, 12038004, 12038015, 12038005, 12038014])
def test_a_rejected_image_has_a_hint(calling: Callable[..., Calling], code: int) -> None:
    call = calling(failure(code, "no"))
    with pytest.raises(Rejected) as refused:
        call.shop.upload_image(png(800, 800), call.exchanges.append)
    assert refused.value.hint


@pytest.mark.parametrize("reply", [hang_up, trickle])
def test_a_lost_upload_is_temporary_because_no_product_uses_the_image(
    calling: Callable[..., Calling], reply: Any
) -> None:
    call = calling(reply, image_deadline=0.5)
    with pytest.raises(Transient):
        call.shop.upload_image(png(800, 800), call.exchanges.append)


def test_a_large_image_may_take_longer_to_send(calling: Callable[..., Calling]) -> None:
    call = calling(uploaded())
    image = png(800, 800) + bytes(9 * 1024 * 1024)
    assert call.shop.upload_image(image, call.exchanges.append) == "tos-1/abc"
    assert len(call.tiktok.requests[0].body) > len(image)
