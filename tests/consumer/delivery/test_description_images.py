"""Images in a description: those of the store are uploaded, and their addresses on TikTok take their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from consumer.delivery.dispatcher import Delivery
from operations.products.dry_run import dry_run
from records.rules.load_rulebook import RulebookReader
from tests.consumer.deliveries import in_good_time
from tests.consumer.engine import SKU, Engine, connected_to
from tests.consumer.media import Media, media_folder, picture
from tests.consumer.seller_center import SellerCenter, eventually

Deliver = Callable[..., Delivery]
TABLE = "/media/wysiwyg/table.png"
HTML = '<p>Oak.</p><p><img src="{{media url=wysiwyg/table.png}}" alt="A table"></p>'


@pytest.fixture
def media() -> Iterator[Media]:
    with media_folder() as folder:
        folder.files[TABLE] = picture(1, side=200)  # too small for a main image
        yield folder


@pytest.fixture
def run(deliver: Deliver) -> Callable[..., Delivery]:
    return lambda **value: deliver(allow_private_media=True, **value)


@pytest.fixture
def store(engine: Engine, tiktok: SellerCenter, media: Media) -> Engine:
    """A shop on the sandbox whose store has a media folder; its template has an image of its own."""
    found = connected_to(tiktok.url)
    engine.connect(replace(found, magento=replace(found.magento, base_url=media.url)))
    return engine


def settled(engine: Engine) -> Callable[[], bool]:
    return lambda: engine.pending(SKU) is None


def description(tiktok: SellerCenter) -> str:
    return str(tiktok.product()["description"])


def uploads(tiktok: SellerCenter) -> list[dict[str, Any]]:
    return [effect["body"] for effect in tiktok.effects() if effect["operation"] == "upload_image"]


def test_an_image_of_the_store_is_uploaded_once_for_the_description(
    store: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    store.save(description=HTML)
    run()
    eventually(settled(store))
    assert re.fullmatch(
        r'<p>Oak\.</p><p><img src="https://[^"]*\.ibyteimg\.com/tos-[^"]*" width="200" height="200"></p>',
        description(tiktok),
    )
    with store.database.read() as connection:
        rulebooks = RulebookReader(store.box).read(connection)
        assert dry_run(connection, store.product(), rulebooks, store.clock()).calls == ()
    (body,) = uploads(tiktok)
    assert body["use_case"] == "DESCRIPTION_IMAGE"
    store.save(
        price="25.00", description=HTML.replace("{{media url=wysiwyg/table.png}}", f"{media.url}{TABLE}")
    )
    eventually(settled(store))
    assert tiktok.writes() == ["create", "price"]
    assert len(uploads(tiktok)) == 1
    assert store.outcomes()[:2] == ["accepted", "live"]


def test_an_image_that_can_t_be_had_is_left_out_and_stated(
    store: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    media.files.clear()
    event_id = store.save(description=HTML)
    run()
    eventually(settled(store))
    assert (description(tiktok), store.end(event_id)) == ("<p>Oak.</p>", "applied")
    assert store.outcomes() == ["image_left_out", "live"]
    assert TABLE in (store.listing().last_message or "")


def test_an_image_of_another_host_is_not_fetched_and_named(
    store: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    store.save(description='<p>Oak.</p><img src="https://cdn.example/a.png">')
    run()
    eventually(settled(store))
    assert (description(tiktok), media.requested, uploads(tiktok)) == ("<p>Oak.</p>", [], [])
    (warning,) = [row.message for row in store.history() if row.reason == "left_out"]
    assert "https://cdn.example/a.png" in warning


def test_a_listing_keeps_its_description_while_the_store_does_not_answer(
    store: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    store.save(description="<p>Oak.</p>")
    delivery = run()
    eventually(settled(store))
    media.away = True
    store.save(description=HTML, price="25.00")
    eventually(lambda: tiktok.writes() == ["create", "price"])
    assert description(tiktok) == "<p>Oak.</p>"
    media.away = False
    in_good_time(store, delivery, lambda: "<img" in description(tiktok))
    assert tiktok.writes() == ["create", "price", "partial_edit"]


def test_a_new_listing_waits_for_an_image_that_may_come(
    store: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    media.away = True
    store.save(description=HTML)
    delivery = run()
    eventually(lambda: store.outcomes() == ["refused_here"])
    assert tiktok.writes() == []
    media.away = False
    in_good_time(store, delivery, lambda: tiktok.writes() == ["create"])
    assert "<img" in description(tiktok)


def test_an_upload_that_tiktok_no_longer_has_is_repeated(
    store: Engine, tiktok: SellerCenter, run: Deliver
) -> None:
    tiktok.fault("create", "reject", code=12052340, message="An image of the description was not uploaded.")
    store.save(description=HTML)
    run()
    eventually(settled(store))
    assert store.outcomes() == ["rejected"]
    store.save(description=HTML, name="Oak table")
    eventually(settled(store))
    assert (tiktok.writes(), len(uploads(tiktok))) == (["create 12052340", "create"], 2)
