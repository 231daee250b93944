"""The category cache: requirements are read once a day, and checked before a call that TikTok would reject."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consumer.delivery.category_cache import CACHE_FOR, RETRY_AFTER, Categories
from consumer.delivery.dispatcher import Delivery
from records.catalog.categories import CategoryKey
from records.db.database import Database
from sandbox.tiktok import Sandbox
from sandbox.tiktok import Shop as TikTokApp
from sandbox.tiktok.shops import APPAREL
from sandbox.tiktok.shops import Category as Node
from schemas.listing_template import AttributeMapping, PackageDimensions
from tests.consumer.engine import SKU, TEMPLATE, Clock, Engine
from tests.consumer.seller_center import SellerCenter, eventually
from tests.sandbox.tiktok.caller import Caller
from tests.sandbox.tiktok.caller import Clock as UnixClock
from tests.sandbox.tiktok.caller import sku as offer
from tiktok.client.errors import ShopStopped, TikTokError, Transient
from tiktok.listing.category import Category

Deliver = Callable[..., Delivery]
SOCKS = Node("600009", "Socks", "600000", required_attributes=("100392", "100400"))
TOYS = Node("600010", "Toys", "600000", needs=("size_chart",))
BOXES = Node("600011", "Boxes", "600000", needs=("package_dimensions",))
MATERIAL = AttributeMapping("100400", "material")


@pytest.fixture
def tiktok() -> Iterator[SellerCenter]:
    """A TikTok with categories that have requirements, where an audit takes a tenth of a second."""
    shop = TikTokApp(categories=(*APPAREL, SOCKS, TOYS, BOXES))
    with Sandbox(audit_seconds=0.1, shops=(shop,)) as sandbox:
        yield SellerCenter(sandbox.url)


def saved(engine: Engine, delivery: Delivery, sku: str = SKU, **changes: Any) -> str:
    """Save the product and wait until the save is delivered. Return the event's id."""
    event_id = engine.save(sku, **changes)
    delivery.wake()
    eventually(lambda: engine.pending(sku) is None)
    return event_id


def test_a_mandatory_attribute_that_is_not_mapped_is_named_before_the_create(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    delivery = deliver()
    sold.template(replace(TEMPLATE, category_id=SOCKS.id))
    event_id = saved(sold, delivery)
    assert (tiktok.writes(), sold.outcomes(), sold.end(event_id)) == ([], ["refused_here"], "refused_here")
    assert sold.history()[-1].message == (
        "The category 600009 requires the attribute 'Attribute 100400' (100400). "
        f"Map it in the listing template {TEMPLATE.title!r}."
    )
    sold.template(replace(TEMPLATE, category_id=SOCKS.id, attributes=(*TEMPLATE.attributes, MATERIAL)))
    saved(sold, delivery, name="Linen sock")
    assert sold.history()[-1].message.endswith("Give the product a value for 'material' in Magento.")
    saved(sold, delivery, material="Linen")
    assert tiktok.writes() == ["create"]


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("600000", "TikTok does not accept the category 600000: The category 600000 is not a leaf category."),
        ("1", "TikTok does not accept the category 1: The category 1 does not exist."),
        ("600010", "The category 600010 requires a size chart."),
        ("600011", "The category 600011 requires the package's dimensions."),
    ],
)
def test_what_a_category_demands_is_stated_before_the_create(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver, category: str, words: str
) -> None:
    sold.template(replace(TEMPLATE, category_id=category))
    saved(sold, deliver())
    assert (tiktok.writes(), sold.outcomes()) == ([], ["refused_here"])
    assert sold.history()[-1].message.startswith(words)


def test_what_the_template_gives_is_not_missing(sold: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
    box = PackageDimensions("9", "9", "9", "CENTIMETER")
    sold.template(replace(TEMPLATE, category_id=BOXES.id, package_dimensions=box))
    saved(sold, deliver())
    assert tiktok.writes() == ["create"]


def test_what_a_person_gave_it_on_tiktok_is_not_missing_either(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    seller = Caller(tiktok.url, _unix_now(sold.clock))
    chart = {"image": {"uri": "tos-sandbox/main-2"}}
    seller.created(category_id=TOYS.id, size_chart=chart, skus=[offer(SKU)])
    sold.template(replace(TEMPLATE, category_id=TOYS.id))
    saved(sold, deliver(), name="Linen shirt II")
    assert "refused_here" not in sold.outcomes()
    eventually(lambda: tiktok.product()["title"] == "Linen shirt II")


def test_stock_goes_on_while_a_move_to_another_category_is_refused_here(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    delivery = deliver()
    saved(sold, delivery)
    sold.template(replace(TEMPLATE, category_id=TOYS.id))
    saved(sold, delivery, quantity=3)
    assert tiktok.writes() == ["create", "inventory"]
    assert sold.outcomes()[-1] == "refused_here"
    saved(sold, delivery, quantity=2)
    assert tiktok.writes() == ["create", "inventory", "inventory"]


def test_a_category_is_read_once_a_day_and_over_restarts(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    first = deliver()
    for sku in ("SHIRT-1", "SHIRT-2"):
        saved(sold, first, sku)
    assert tiktok.calls().count("category_rules") == 1
    first.stop()
    second = deliver()
    saved(sold, second, "SHIRT-3")
    assert tiktok.calls().count("category_rules") == 1
    sold.clock.pass_by(CACHE_FOR.total_seconds())
    tiktok.fault("category_rules", "fault", times=99)
    saved(sold, second, "SHIRT-4")  # what was read a day ago serves while TikTok can't be asked
    assert tiktok.calls().count("category_rules") == 2
    assert tiktok.writes("SHIRT-4") == ["create"]


def _unix_now(clock: Clock) -> UnixClock:
    unix = UnixClock()
    unix.seconds = clock().timestamp()
    return unix


KEY = CategoryKey("demo", "600001", "v1")
SHIRTS = Category("600001", attributes={"100392": "Color"})
FAULT = Transient("category_rules", "HTTP 500")


class Reading:
    """Returns these answers in order, raises those that are errors, and counts the calls."""

    def __init__(self, *answers: Category | TikTokError) -> None:
        self._answers = list(answers)
        self.times = 0

    def __call__(self) -> Category:
        self.times += 1
        answer = self._answers.pop(0)
        if isinstance(answer, TikTokError):
            raise answer
        return answer


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.stand_still()
    return clock


def test_a_failure_is_not_repeated_by_those_who_come_next(database: Database, clock: Clock) -> None:
    cached, read = Categories(database, clock), Reading(FAULT, SHIRTS)
    for _ in range(3):
        with pytest.raises(Transient):
            cached.of(KEY, read)
    assert read.times == 1
    clock.pass_by(RETRY_AFTER.total_seconds())
    assert cached.of(KEY, read) == SHIRTS


@pytest.mark.parametrize("error", [FAULT, ShopStopped("category_rules", "no scope")])
def test_a_category_that_is_a_day_old_is_used_while_tiktok_is_away(
    database: Database, clock: Clock, error: TikTokError
) -> None:
    cached, newer = Categories(database, clock), replace(SHIRTS, attributes={})
    read = Reading(SHIRTS, error, newer)
    assert cached.of(KEY, read) == SHIRTS
    clock.pass_by((CACHE_FOR - timedelta(seconds=1)).total_seconds())
    assert (cached.of(KEY, read), read.times) == (SHIRTS, 1)
    clock.pass_by(1)
    assert (cached.of(KEY, read), read.times) == (SHIRTS, 2)
    clock.pass_by(RETRY_AFTER.total_seconds())
    assert (cached.of(KEY, read), read.times) == (newer, 3)


def test_a_category_that_is_closed_to_the_seller_is_read_again(database: Database, clock: Clock) -> None:
    closed = Category("600001", refused="invite only")
    cached, read = Categories(database, clock), Reading(closed, SHIRTS)
    assert [cached.of(KEY, read) for _ in range(3)] == [closed, SHIRTS, SHIRTS]


def test_one_thread_asks_and_the_others_wait_for_its_answer(database: Database, clock: Clock) -> None:
    cached, read, began = Categories(database, clock), Reading(SHIRTS), threading.Event()

    def slowly() -> Category:
        began.wait(5)
        return read()

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(cached.of, KEY, slowly) for _ in range(8)]
        began.set()
        assert {future.result(10).id for future in found} == {"600001"}
    assert read.times == 1
