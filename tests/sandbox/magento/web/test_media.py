"""The media folder: real image files, there where a product names them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from sandbox.magento.catalog.sample_images import draw

FOLDER = "/media/catalog/product"


def base_image(store: Store) -> str:
    return str(store.product("24-MB01").value("image"))


def test_the_base_image_of_a_product_is_a_file_that_is_there(store: Store, client: FlaskClient) -> None:
    answer = client.get(FOLDER + base_image(store))
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_file_that_no_product_names_is_not_there(client: FlaskClient) -> None:
    assert client.get(f"{FOLDER}/n/o/nobody.png").status_code == 404


def test_a_file_that_is_known_by_its_etag_is_not_sent_again(store: Store, client: FlaskClient) -> None:
    path = FOLDER + base_image(store)
    etag = client.get(path).headers["etag"]
    again = client.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("told", "files"),
    [
        (["/m/u/front.jpg", "/m/u/back.png"], ["/m/u/front.jpg", "/m/u/back.png"]),
        (["/m/u/back.png", "/m/u/front.jpg"], ["/m/u/back.png", "/m/u/front.jpg"]),
    ],
)
def test_the_gallery_is_told_in_its_order_and_its_files_are_there(
    store: Store, client: FlaskClient, told: list[str], files: list[str]
) -> None:
    store.save("24-MB01", {"gallery": told})
    entries: list[dict[str, Any]] = client.get(
        "/rest/V1/products/24-MB01", headers={"authorization": "Bearer an-access-token"}
    ).get_json()["media_gallery_entries"]
    assert [entry["file"] for entry in sorted(entries, key=lambda entry: entry["position"])] == files
    assert [client.get(FOLDER + file).status_code for file in files] == [200, 200]


def test_a_png_holds_every_pixel_of_the_size_in_its_name() -> None:
    content_type, body = draw("/m/u/mug-640x480.png")
    width, height = struct.unpack(">II", body[16:24])
    length = struct.unpack(">I", body[33:37])[0]
    assert (content_type, width, height) == ("image/png", 640, 480)
    assert len(zlib.decompress(body[41 : 41 + length])) == 480 * (1 + 3 * 640)


def test_a_jpeg_begins_and_ends_as_one_and_has_the_size_in_its_name() -> None:
    content_type, body = draw("/m/u/mug-640x480.jpg")
    frame = body.index(b"\xff\xc0")
    assert (content_type, body[:2], body[-2:]) == ("image/jpeg", b"\xff\xd8", b"\xff\xd9")
    assert struct.unpack(">HH", body[frame + 5 : frame + 9]) == (480, 640)


def test_another_name_is_another_picture() -> None:
    assert draw("/a.png")[1] != draw("/b.png")[1]
    assert draw("/a.png") == draw("/a.png")
