"""The media folder: real image files for the products that refer to them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from sandbox.magento.catalog.sample_images import draw_image

FOLDER = "/media/catalog/product"


def base_image(store: Store) -> str:
    return str(store.product("24-MB01").value("image"))


def test_the_base_image_of_a_product_exists(store: Store, client: FlaskClient) -> None:
    response = client.get(FOLDER + base_image(store))
    assert (response.status_code, response.content_type) == (200, "image/png")
    assert response.data[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_file_that_no_product_refers_to_returns_404(client: FlaskClient) -> None:
    assert client.get(f"{FOLDER}/n/o/nobody.png").status_code == 404


def test_a_request_with_a_matching_etag_returns_304(store: Store, client: FlaskClient) -> None:
    path = FOLDER + base_image(store)
    etag = client.get(path).headers["etag"]
    second = client.get(path, headers={"if-none-match": etag})
    assert (second.status_code, second.data) == (304, b"")


@pytest.mark.parametrize(
    ("gallery", "files"),
    [
        (["/m/u/front.jpg", "/m/u/back.png"], ["/m/u/front.jpg", "/m/u/back.png"]),
        (["/m/u/back.png", "/m/u/front.jpg"], ["/m/u/back.png", "/m/u/front.jpg"]),
    ],
)
def test_the_gallery_has_its_order_and_its_files_exist(
    store: Store, client: FlaskClient, gallery: list[str], files: list[str]
) -> None:
    store.save("24-MB01", {"gallery": gallery})
    entries: list[dict[str, Any]] = client.get(
        "/rest/V1/products/24-MB01", headers={"authorization": "Bearer an-access-token"}
    ).get_json()["media_gallery_entries"]
    assert [entry["file"] for entry in sorted(entries, key=lambda entry: entry["position"])] == files
    assert [client.get(FOLDER + file).status_code for file in files] == [200, 200]


def test_a_png_has_every_pixel_of_the_size_in_its_name() -> None:
    content_type, body = draw_image("/m/u/mug-640x480.png")
    width, height = struct.unpack(">II", body[16:24])
    length = struct.unpack(">I", body[33:37])[0]
    assert (content_type, width, height) == ("image/png", 640, 480)
    assert len(zlib.decompress(body[41 : 41 + length])) == 480 * (1 + 3 * 640)


def test_a_jpeg_has_its_markers_and_the_size_in_its_name() -> None:
    content_type, body = draw_image("/m/u/mug-640x480.jpg")
    frame = body.index(b"\xff\xc0")
    assert (content_type, body[:2], body[-2:]) == ("image/jpeg", b"\xff\xd8", b"\xff\xd9")
    assert struct.unpack(">HH", body[frame + 5 : frame + 9]) == (480, 640)


def test_another_name_gives_another_image() -> None:
    assert draw_image("/a.png")[1] != draw_image("/b.png")[1]
    assert draw_image("/a.png") == draw_image("/a.png")
