"""Image uploads: which images are accepted, and that products can use only those."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.tiktok import Sandbox
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import Caller, Clock, Reply, sign

PATH = "/product/202309/images/upload"
TYPE = "multipart/form-data; boundary=frontier"
MAX_BYTES = 10 * 1024 * 1024


def png(width: int, height: int) -> bytes:
    """Return a PNG up to the end of its header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe\x00\x06\xff\xc0ab"
    return (
        b"\xff\xd8"
        + comment
        + b"\xff\xc2\x00\x0b\x08"
        + struct.pack(">HH", height, width)
        + b"\x01\x01\x11\x00"
    )


def webp(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + sides


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, -height)


def heic(width: int, height: int) -> bytes:
    sizes = b"".join(
        b"\x00\x00\x00\x14ispe\x00\x00\x00\x00" + struct.pack(">II", *size)
        for size in ((160, 120), (width, height))
    )
    return b"\x00\x00\x00\x18ftypheic" + bytes(12) + sizes


def form(data: bytes | None, use_case: str | None = "MAIN_IMAGE") -> bytes:
    parts = []
    if use_case is not None:
        parts.append(b'Content-Disposition: form-data; name="use_case"\r\n\r\n' + use_case.encode())
    if data is not None:
        head = b'Content-Disposition: form-data; name="data"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        parts.append(head + data)
    return b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + b"--frontier--\r\n"


def post(shop: Caller, body: bytes, content_type: str = TYPE, **more: str) -> Reply:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), **more}
    query["sign"] = sign(PATH, query)
    headers = {"x-tts-access-token": shop.token, "content-type": content_type}
    response = requests.post(f"{shop.url}{PATH}", params=query, data=body, headers=headers, timeout=20)
    document = response.json()
    return Reply(
        response.status_code,
        document["code"],
        document["message"],
        document["data"] or {},
        document["request_id"],
        response.headers,
    )


@pytest.mark.parametrize("make_image", [png, jpeg, webp, bmp, heic])
def test_each_image_format_is_accepted_with_its_size(shop: Caller, make_image: Any) -> None:
    document = post(shop, form(make_image(640, 480))).data
    assert {name: document[name] for name in ("width", "height", "use_case")} == {
        "width": 640,
        "height": 480,
        "use_case": "MAIN_IMAGE",
    }
    assert document["url"].endswith(document["uri"])


@pytest.mark.parametrize(
    ("data", "use_case", "expected"),
    [
        (None, "MAIN_IMAGE", (400, 36009004)),
        (b"", "MAIN_IMAGE", (200, 12038002)),
        (b"GIF89a" + bytes(40), "MAIN_IMAGE", (200, 12038004)),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "MAIN_IMAGE", (200, 12038004)),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "MAIN_IMAGE", (200, 12038004)),
        (png(800, 800) + bytes(MAX_BYTES), "MAIN_IMAGE", (200, 12038005)),
        (png(299, 800), "MAIN_IMAGE", (200, 12038014)),
        (png(300, 4001), "MAIN_IMAGE", (200, 12038014)),
        (png(99, 800), "DESCRIPTION_IMAGE", (200, 12038014)),
        (png(1023, 2000), "SIZE_CHART_IMAGE", (200, 12038014)),
        (png(800, 800), "PORTRAIT", (200, 11050001)),
    ],
)
def test_an_invalid_image_is_rejected(
    shop: Caller, data: bytes | None, use_case: str, expected: tuple[int, int]
) -> None:
    assert post(shop, form(data, use_case)).http_and_code == expected


@pytest.mark.parametrize(
    ("data", "use_case"),
    [
        (png(300, 300), "MAIN_IMAGE"),
        (png(4000, 4000), None),
        (png(100, 20_000), "DESCRIPTION_IMAGE"),
        (png(1024, 1024), "SIZE_CHART_IMAGE"),
        (png(800, 800) + bytes(MAX_BYTES - len(png(800, 800))), "MAIN_IMAGE"),
    ],
)
def test_images_at_the_limits_are_accepted(shop: Caller, data: bytes, use_case: str | None) -> None:
    assert post(shop, form(data, use_case)).http_and_code == (200, 0)


def test_a_main_image_with_a_wide_ratio_is_made_square(shop: Caller) -> None:
    document = post(shop, form(png(900, 400))).data
    assert (document["width"], document["height"]) == (900, 900)


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data", "text/plain; boundary=frontier"]
)
def test_an_upload_must_be_multipart(shop: Caller, content_type: str) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock()))}
    text = "" if content_type.startswith("multipart") else "{}"
    query["sign"] = sign(PATH, query, text)
    headers = {"x-tts-access-token": shop.token, "content-type": content_type}
    response = requests.post(f"{shop.url}{PATH}", params=query, data=b"{}", headers=headers, timeout=20)
    assert (response.status_code, response.json()["code"]) == (400, 36009023)


def test_an_upload_with_a_shop_cipher_is_rejected(shop: Caller) -> None:
    assert post(shop, form(png(800, 800)), shop_cipher=caller.CIPHER).http_and_code == (400, 36009004)


def test_a_product_can_only_use_uploaded_images(shop: Caller) -> None:
    uri = post(shop, form(png(800, 800))).data["uri"]
    assert shop.create(main_images=[{"uri": uri}]).http_and_code == (200, 0)
    assert shop.create(main_images=[{"uri": uri + "0"}]).http_and_code == (200, 12052300)
    assert shop.create(main_images=[{"uri": "https://example.com/a.png"}]).http_and_code == (200, 12052300)


def test_the_same_image_uploaded_twice_has_two_uris_and_one_digest(shop: Caller) -> None:
    uris = {post(shop, form(png(800, 800))).data["uri"] for _ in range(2)}
    first, second = (effect["body"] for effect in shop.effects())
    assert len(uris) == 2
    assert first["sha256"] == second["sha256"]
    assert "data" not in first


def test_uploads_survive_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    with Sandbox(clock=clock, data=tmp_path) as sandbox:
        uri = post(Caller(sandbox.url, clock), form(png(800, 800))).data["uri"]
    with Sandbox(clock=clock, data=tmp_path) as sandbox:
        assert Caller(sandbox.url, clock).create(main_images=[{"uri": uri}]).http_and_code == (200, 0)
