"""Images of shops, found by content and by URL."""

from __future__ import annotations

from records.catalog import images
from records.catalog.images import ImageSource
from records.db.database import Database
from tests.policies.examples import NOON, at

URL = "https://shop.example/media/catalog/product/m/u/mug.jpg"
RED, BLUE = "a" * 64, "b" * 64


def test_uploads_are_found_by_content_for_each_shop(database: Database) -> None:
    with database.write() as connection:
        images.note_upload(connection, "demo", RED, "tos-1", NOON)
        images.note_upload(connection, "other", RED, "tos-2", NOON)
        assert images.uris(connection, "demo", [RED, BLUE]) == {RED: "tos-1"}
        assert images.uris(connection, "other", [RED]) == {RED: "tos-2"}
        assert images.uris(connection, "third", [RED]) == {}


def test_an_image_uploaded_again_has_its_newest_uri(database: Database) -> None:
    with database.write() as connection:
        images.note_upload(connection, "demo", RED, "tos-1", NOON)
        images.note_upload(connection, "demo", RED, "tos-2", at(1))
        assert images.uris(connection, "demo", [RED]) == {RED: "tos-2"}


def test_a_deleted_uri_is_deleted_for_its_shop_only(database: Database) -> None:
    with database.write() as connection:
        for shop, sha256, uri in (("demo", RED, "tos-1"), ("demo", BLUE, "tos-2"), ("other", RED, "tos-1")):
            images.note_upload(connection, shop, sha256, uri, NOON)
        images.forget(connection, "demo", ["tos-1", "tos-9"])
        assert images.uris(connection, "demo", [RED, BLUE]) == {BLUE: "tos-2"}
        assert images.uris(connection, "other", [RED]) == {RED: "tos-1"}


def test_a_source_is_what_was_last_found_at_its_url(database: Database) -> None:
    unfit = ImageSource(URL, NOON, '"1"', None, "has 10 × 10 pixels", "Save another.")
    fit = ImageSource(URL, at(1), None, RED)
    with database.write() as connection:
        assert images.sources(connection, "demo", [URL]) == {}
        for source in (unfit, fit):
            images.note_source(connection, "demo", source)
            assert images.sources(connection, "demo", [URL, URL + "?"]) == {URL: source}
        assert images.sources(connection, "other", [URL]) == {}
