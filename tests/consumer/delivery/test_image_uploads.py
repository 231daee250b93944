"""Images: each is uploaded once, and a missing image blocks neither price nor stock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consumer.delivery.dispatcher import Delivery
from operations.products.dry_run import dry_run
from records.log import counters
from records.log.counters import Counter, CounterKind
from records.log.feeds import FETCH_IMAGE, FeedRow
from records.rules import template_policies
from records.rules.load_rulebook import RulebookReader
from schemas.image_policy import ImagePolicy
from schemas.listing import OutcomeKind
from schemas.template_policies import KINDS
from tests.consumer.engine import SKU, TEMPLATE, Engine, connected_to
from tests.consumer.media import FOLDER, Media, media_folder, picture
from tests.consumer.seller_center import SellerCenter, eventually
from tiktok.listing.image_upload import shown

Deliver = Callable[..., Delivery]
(IMAGES,) = (kind for kind in KINDS if kind.listed == "image_policies")


def gallery(*names: str) -> dict[str, Any]:
    entries = [
        {"file": f"/{name}.png", "position": str(place), "disabled": "0", "media_type": "image"}
        for place, name in enumerate(names, start=1)
    ]
    return {"images": entries, "values": []}


def in_order(*names: str) -> dict[str, Any]:
    """Return the image attributes of a product. The first image is the main one."""
    return {"image": f"/{names[0]}.png", "media_gallery": gallery(*names)}


@pytest.fixture
def media() -> Iterator[Media]:
    with media_folder() as folder:
        folder.put(front=picture(1), back=picture(2), side=picture(3))
        yield folder


@pytest.fixture
def pictured(engine: Engine, tiktok: SellerCenter, media: Media) -> Engine:
    """A shop on the sandbox whose template takes the products' own images."""
    found = connected_to(tiktok.url)
    engine.connect(replace(found, magento=replace(found.magento, base_url=media.url)))
    govern(engine, ImagePolicy("Own images"))
    return engine


def govern(engine: Engine, policy: ImagePolicy, image_uri: str | None = None) -> None:
    with engine.database.write() as connection:
        template_policies.save(connection, IMAGES, policy, now=engine.clock(), author="test")
    engine.template(replace(TEMPLATE, image_policy=policy.title, image_uri=image_uri))


@pytest.fixture
def run(deliver: Deliver) -> Callable[..., Delivery]:
    return lambda **value: deliver(allow_private_media=True, **value)


def uploads(tiktok: SellerCenter) -> int:
    return tiktok.calls().count("upload_image")


def main_images(tiktok: SellerCenter, sku: str = SKU) -> list[str]:
    return [image["uri"] for image in tiktok.product(sku)["main_images"]]


def settled(engine: Engine, *skus: str) -> Callable[[], bool]:
    return lambda: all(engine.pending(sku) is None for sku in skus or (SKU,))


def test_a_products_own_images_go_up_in_their_order(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front", "back", "side"))
    run()
    eventually(settled(pictured))
    digests = [
        effect["body"]["sha256"] for effect in tiktok.effects() if effect["operation"] == "upload_image"
    ]
    assert (len(main_images(tiktok)), len(set(digests))) == (3, 3)
    assert media.sent == ["/front.png", "/back.png", "/side.png"]
    assert pictured.outcomes() == ["accepted", "live"]


def test_a_dry_run_shows_an_edit_of_images_only_if_there_is_one(
    pictured: Engine, tiktok: SellerCenter, run: Deliver
) -> None:
    def previewed() -> list[str]:
        with pictured.database.read() as connection:
            rulebooks = RulebookReader(pictured.box).read(connection)
            run = dry_run(connection, pictured.product(), rulebooks, pictured.clock())
        return [call.operation.value for call in run.calls]

    pictured.save(**in_order("front", "back"))
    delivery = run()
    eventually(settled(pictured))
    assert delivery.stop()
    assert previewed() == []
    pictured.save(**in_order("back", "front"))
    assert previewed() == ["partial_edit"]
    pictured.save(**in_order("front", "side"))
    assert previewed() == ["partial_edit"], "an image that was not uploaded yet"
    pictured.save(**in_order("front", "back"))
    assert previewed() == []


def test_another_order_is_an_edit_and_nothing_is_fetched_for_it(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front", "back"))
    run()
    eventually(settled(pictured))
    before = main_images(tiktok)
    pictured.save(**in_order("back", "front"))
    eventually(lambda: main_images(tiktok) == before[::-1])
    assert tiktok.writes() == ["create", "partial_edit"]
    assert (uploads(tiktok), len(media.requested)) == (2, 2)


def test_a_new_price_costs_one_call_and_no_look_at_an_image(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front"))
    run()
    eventually(settled(pictured))
    pictured.save(price="25.00")
    eventually(settled(pictured))
    assert tiktok.writes() == ["create", "price"]
    assert len(media.requested) == 1


def test_the_same_bytes_under_another_url_are_not_uploaded_twice(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    media.put(copy=media.files["/front.png"])
    pictured.save("ONE", **in_order("front"))
    pictured.save("TWO", **in_order("copy"))
    pictured.save("THREE", **in_order("copy", "front"))
    run()
    eventually(settled(pictured, "ONE", "TWO", "THREE"))
    assert uploads(tiktok) == 1
    assert main_images(tiktok, "ONE") == main_images(tiktok, "TWO") == main_images(tiktok, "THREE")


def test_a_template_without_an_image_policy_gives_its_own_image(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.template(TEMPLATE)
    pictured.save(**in_order("front"))
    run()
    eventually(settled(pictured))
    assert (main_images(tiktok), media.requested) == (["tos-sandbox/main-1"], [])


@pytest.mark.parametrize(
    ("default", "image_uri", "values"),
    [
        ("tos-sandbox/main-2", None, ["tos-sandbox/main-2"]),
        ("tos-sandbox/main-2", "tos-sandbox/main-3", ["tos-sandbox/main-2"]),
        (None, "tos-sandbox/main-3", ["tos-sandbox/main-3"]),
    ],
)
def test_a_product_without_an_image_gets_the_default_one(
    pictured: Engine, tiktok: SellerCenter, run: Deliver, default: str, image_uri: str, values: list[str]
) -> None:
    govern(pictured, ImagePolicy("Own images", default_image=default), image_uri)
    pictured.save(image="no_selection")
    run()
    eventually(settled(pictured))
    assert main_images(tiktok) == values


def test_a_product_without_any_image_is_refused_here_with_a_hint(
    pictured: Engine, tiktok: SellerCenter, run: Deliver
) -> None:
    pictured.save()
    run()
    eventually(settled(pictured))
    assert (tiktok.writes(), pictured.outcomes()) == ([], ["refused_here"])
    assert "Add an image in Magento" in pictured.history()[-1].message


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (picture(side=200), "has 200 × 200 pixels"),
        (b"GIF89a and so on", "is not a JPEG, PNG, WEBP, HEIC or BMP image"),
        (b"", "is empty"),
        (None, "answers 404"),
    ],
)
def test_an_image_that_can_t_be_had_is_left_out_and_stated(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver, image: bytes | None, words: str
) -> None:
    media.files.update({} if image is None else {"/wrong.png": image})
    event_id = pictured.save(**in_order("front", "wrong", "back"))
    run()
    eventually(settled(pictured))
    assert len(main_images(tiktok)) == 2
    assert pictured.end(event_id) == "applied"
    assert pictured.outcomes() == ["image_left_out", "live"]
    (found,) = (row.message for row in pictured.history() if row.reason == "image_left_out")
    assert words in found
    assert "/wrong.png" in found
    pictured.save(price="25.00")
    eventually(settled(pictured))
    assert tiktok.writes() == ["create", "price"]
    assert media.requested.count("/wrong.png") == 1


def test_an_image_that_tiktok_refuses_is_left_out_with_its_words(
    pictured: Engine, tiktok: SellerCenter, run: Deliver
) -> None:
    tiktok.fault("upload_image", "reject", code=12038004, message="Bad picture")
    pictured.save(**in_order("front", "back"))
    run()
    eventually(settled(pictured))
    assert len(main_images(tiktok)) == 1
    assert any("Bad picture" in row.message for row in pictured.history())


def test_while_the_store_is_away_a_listing_keeps_its_images_and_price_and_stock_go_on(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front"))
    run()
    eventually(settled(pictured))
    found = main_images(tiktok)
    media.away = True
    event_id = pictured.save(**in_order("back", "front"), price="25.00", quantity=7)
    eventually(lambda: pictured.end(event_id))
    assert sorted(tiktok.writes()) == ["create", "inventory", "price"]
    assert (main_images(tiktok), pictured.end(event_id)) == (found, "applied")
    assert pictured.outcomes()[-1] == "image_left_out"
    assert "503" in pictured.history()[-1].message


def test_what_was_away_goes_up_by_itself_when_the_store_is_back(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    media.away = True
    event_id = pictured.save(**in_order("front"))
    delivery = run()
    eventually(lambda: pictured.end(event_id))
    assert (tiktok.writes(), pictured.outcomes()) == ([], ["refused_here"])
    pictured.clock.pass_by(40)
    delivery.wake()
    # When it looks again is stored with the answer, and by the clock of then.
    eventually(lambda: media.requested == ["/front.png"] * 2 and not delivery.in_progress)
    media.away = False
    pictured.clock.pass_by(100)
    delivery.wake()
    eventually(settled(pictured))
    assert pictured.outcomes() == ["refused_here", "accepted", "live"]
    assert len(main_images(tiktok)) == 1


def test_a_host_that_is_not_allowed_is_an_outcome_without_a_request(
    pictured: Engine, tiktok: SellerCenter, media: Media, deliver: Deliver
) -> None:
    pictured.save(**in_order("front"))
    deliver()
    eventually(settled(pictured))
    assert (media.requested, tiktok.writes(), pictured.outcomes()) == ([], [], ["refused_here"])
    assert "M2T_ALLOW_PRIVATE_MEDIA" in pictured.history()[-1].message


def test_an_image_that_was_replaced_under_its_name_is_seen_a_day_later(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front", "back"))
    run()
    eventually(settled(pictured))
    before = main_images(tiktok)
    media.put(front=picture(9))
    pictured.clock.pass_by(25 * 3600)
    pictured.save(price="25.00")
    eventually(lambda: main_images(tiktok) != before)
    assert main_images(tiktok)[1] == before[1]
    assert media.sent == ["/front.png", "/back.png", "/front.png"]


def test_a_requested_sync_downloads_every_image_again(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(**in_order("front"))
    run()
    eventually(settled(pictured))
    pictured.ask()
    eventually(settled(pictured))
    assert (media.requested, media.sent) == (["/front.png"] * 2, ["/front.png"])


def test_an_image_that_tiktok_no_longer_has_is_uploaded_again(
    pictured: Engine, tiktok: SellerCenter, run: Deliver
) -> None:
    tiktok.fault("create", "reject", code=12052722, message="The image uri is unknown")
    pictured.save(**in_order("front"))
    run()
    eventually(settled(pictured))
    assert pictured.outcomes() == ["rejected"]
    pictured.save(color="red")
    eventually(settled(pictured))
    assert uploads(tiktok) == 2
    assert tiktok.writes() == ["create 12052722", "create"]


def test_an_image_of_another_host_is_not_requested(
    pictured: Engine, tiktok: SellerCenter, media: Media, run: Deliver
) -> None:
    pictured.save(image="http://169.254.169.254/latest/meta-data/a.png", media_gallery=gallery("front"))
    run()
    eventually(settled(pictured))
    assert (media.requested, len(main_images(tiktok))) == (["/front.png"], 1)
    assert pictured.outcomes() == ["image_left_out", "live"]


def test_an_image_left_out_is_no_refusal() -> None:
    """Otherwise each save of a product with a broken image would bypass the observed attributes."""
    assert not OutcomeKind.IMAGE_LEFT_OUT.is_failed


class TestTheFeedLog:
    """The feed log contains each upload and each failed download, without the bytes."""

    def rows(self, engine: Engine, operation: str) -> list[FeedRow]:
        return [row for row in engine.feed() if row.operation == operation]

    def test_each_upload_is_a_row_with_what_was_sent_but_its_bytes(
        self, pictured: Engine, run: Deliver
    ) -> None:
        pictured.save(**in_order("front", "back"))
        run()
        eventually(settled(pictured))
        rows = self.rows(pictured, "upload_image")
        assert {(row.direction, row.http_status, row.code, row.failed) for row in rows} == {
            ("out", 200, 0, False)
        }
        assert {row.request for row in rows} == {shown(picture(1)), shown(picture(2))}
        assert not any("IHDR" in (row.request or "") for row in rows)
        assert not self.rows(pictured, FETCH_IMAGE)

    def test_an_upload_that_tiktok_refuses_is_a_row_with_its_words(
        self, pictured: Engine, tiktok: SellerCenter, run: Deliver
    ) -> None:
        tiktok.fault("upload_image", "reject", code=12038004, message="Bad picture")
        pictured.save(**in_order("front"))
        run()
        eventually(settled(pictured))
        (row,) = self.rows(pictured, "upload_image")
        assert (row.code, row.message, row.failed) == (12038004, "Bad picture", True)

    @pytest.mark.parametrize(
        ("fault", "status", "words"),
        [("away", 503, "answers 503"), ("", 404, "answers 404"), ("moved", None, "answers 302")],
    )
    def test_a_fetch_that_failed_is_a_row_with_the_address_and_why(
        self, pictured: Engine, media: Media, run: Deliver, fault: str, status: int | None, words: str
    ) -> None:
        media.away, media.moved = fault == "away", fault == "moved"
        event_id = pictured.save(**in_order("nowhere"))
        run()
        eventually(lambda: pictured.end(event_id))
        (row,) = self.rows(pictured, FETCH_IMAGE)
        assert (row.direction, row.http_status, row.code, row.failed) == ("out", status, None, True)
        assert (row.request, row.response) == (f"{media.url}{FOLDER}/nowhere.png", "")
        assert row.event_id == event_id
        assert words in (row.message or "")

    def test_a_host_that_is_silent_is_a_row_once_for_all_its_images(
        self, pictured: Engine, tiktok: SellerCenter, run: Deliver
    ) -> None:
        found = connected_to(tiktok.url)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            pictured.connect(replace(found, magento=replace(found.magento, base_url=url)))
            event_id = pictured.save(**in_order("front", "back"))
            run()
            eventually(lambda: pictured.end(event_id))
        (row,) = self.rows(pictured, FETCH_IMAGE)
        assert (row.http_status, row.failed) == (None, True)
        assert "does not answer" in (row.message or "")

    def test_without_a_feed_log_there_is_no_row(self, pictured: Engine, media: Media, run: Deliver) -> None:
        pictured.policy(feed_log=False)
        event_id = pictured.save(**in_order("front", "nowhere"))
        run()
        eventually(lambda: pictured.end(event_id))
        assert not self.rows(pictured, "upload_image") + self.rows(pictured, FETCH_IMAGE)

    def test_a_fetch_is_no_call_of_tiktok(self, pictured: Engine, media: Media, run: Deliver) -> None:
        event_id = pictured.save(**in_order("front", "nowhere"))
        run()
        eventually(lambda: pictured.end(event_id))
        day = timedelta(days=1)
        with pictured.database.read() as connection:
            counted = counters.totals(
                connection,
                ["demo"],
                step=counters.HOUR,
                since=pictured.clock() - day,
                until=pictured.clock() + day,
            )
        assert counted[Counter(CounterKind.CALL, "upload_image")] == 1
        assert not [counter for counter in counted if counter.label == FETCH_IMAGE]
