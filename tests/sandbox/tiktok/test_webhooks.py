"""Webhooks: TikTok's own, of what becomes of a product: signed, at least once, in no promised order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.tiktok import Sandbox
from sandbox.tiktok.products.product import Sku, Version
from sandbox.tiktok.webhook_events import changed_fields
from sandbox.tiktok.webhooks import RETRY_AFTER, signature
from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, Clock, sku
from tests.sandbox.tiktok.tiktok_process import told_by
from tests.sandbox.tiktok.webhook_receiver import AppUrl

STATUS, INFORMATION, CREATION, AUDIT = 5, 15, 16, 37


@pytest.fixture
def app() -> Iterator[AppUrl]:
    with AppUrl() as app:
        yield app


@pytest.fixture
def shop(clock: Clock, app: AppUrl) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, webhook_url=app.url) as sandbox:
        yield Caller(sandbox.url, clock)


def tries(shop: Caller) -> list[tuple[int, int | None]]:
    """The number of each try with its status, in the order of the tries."""
    return [(one["number"], one["status"]) for one in shop.admin("GET", "webhooks")["tries"]]


def test_a_webhook_has_the_signature_of_the_official_example() -> None:
    body = (
        b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
        b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
        b'"order_status":"UNPAID","update_time":1718305585}}'
    )
    published = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
    assert signature("abcdef", "123", body) == published


def test_a_new_product_is_told_with_its_audit_and_the_shop_that_it_is_in(shop: Caller, app: AppUrl) -> None:
    product_id = shop.created()
    told = {one["type"]: one for one in app.wait_for(2)}
    now = int(shop.clock())
    assert told[CREATION]["data"] == {"product_id": int(product_id), "update_time": now}
    assert told[AUDIT]["data"] == {
        "product_id": int(product_id),
        "audit": {"status": "AUDITING"},
        "update_time": now,
    }
    for one in told.values():
        assert (one["shop_id"], one["timestamp"]) == ("7000714532876273420", now)
        assert one["tts_notification_id"].isdigit() and len(one["tts_notification_id"]) == 19
    assert len({one["tts_notification_id"] for one in told.values()}) == 2


def test_the_end_of_an_audit_is_told_though_nobody_asks(shop: Caller, app: AppUrl) -> None:
    product_id = int(shop.created())
    shop.clock.pass_by(60)
    (told,) = app.of_kind(STATUS, 1)
    assert told == {
        "product_id": product_id,
        "status": "PRODUCT_FIRST_PASS_REVIEW",
        "suspended_reason": "",
        "update_time": int(shop.clock()),
    }
    assert {one["audit"]["status"] for one in app.of_kind(AUDIT, 2)} == {"AUDITING", "APPROVED"}


@pytest.mark.parametrize(
    ("title", "status", "audit"),
    [
        ("Shirt", "PRODUCT_FIRST_PASS_REVIEW", "APPROVED"),
        ("Shirt [fail audit]", "PRODUCT_AUDIT_FAILURE", "FAILED"),
    ],
)
def test_a_first_audit_passes_or_fails(
    shop: Caller, app: AppUrl, title: str, status: str, audit: str
) -> None:
    shop.live(title=title)
    (told,) = app.of_kind(STATUS, 1)
    assert (told["status"], bool(told["suspended_reason"])) == (status, audit == "FAILED")
    assert audit in {one["audit"]["status"] for one in app.of_kind(AUDIT, 2)}


def test_what_the_platform_does_to_a_product_is_a_changed_status(shop: Caller, app: AppUrl) -> None:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "status": "PLATFORM_DEACTIVATED"})
    told = {one["status"] for one in app.of_kind(STATUS, 2)}
    assert told == {"PRODUCT_FIRST_PASS_REVIEW", "PRODUCT_STATUS_CHANGED"}


def test_a_product_that_comes_back_on_sale_was_reviewed_before(shop: Caller, app: AppUrl) -> None:
    product_id = shop.live()
    app.of_kind(STATUS, 1)
    shop.move("deactivate", product_id)
    shop.move("activate", product_id)
    shop.clock.pass_by(60)
    _, again = app.of_kind(STATUS, 2)
    assert again["status"] == "PRODUCT_STATUS_CHANGED"


def test_a_live_edit_is_told_when_buyers_see_it_and_with_its_id_as_a_text(shop: Caller, app: AppUrl) -> None:
    product_id = shop.live()
    shop.partial_edit(
        product_id, title="Women's Sports Shirt", package_weight={"value": "1", "unit": "KILOGRAM"}
    )
    shop.clock.pass_by(60)
    assert app.of_kind(INFORMATION, 1) == [
        {
            "product_id": product_id,
            "change_source": "OPEN_API",
            "changed_fields": ["title", "others"],
            "update_time": int(shop.clock()),
        }
    ]


def test_an_edit_in_seller_center_says_where_it_was_made(shop: Caller, app: AppUrl) -> None:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "title": "Women's Sports Shirt"})
    (told,) = app.of_kind(INFORMATION, 1)
    assert (told["change_source"], told["changed_fields"]) == ("SELLER_CENTER", ["title"])


def test_price_and_stock_are_no_information_and_a_failed_edit_changed_none(shop: Caller, app: AppUrl) -> None:
    product_id = shop.live()
    app.of_kind(STATUS, 1)
    shop.price(product_id, "12.50")
    shop.stock(product_id, {WAREHOUSE: 3})
    shop.partial_edit(product_id, title="Shirt [fail audit]")
    shop.clock.pass_by(60)
    app.of_kind(STATUS, 2)
    assert {one["type"] for one in app.wait_for(7)} == {STATUS, CREATION, AUDIT}
    assert shop.admin("GET", "webhooks")["waiting"] == 0


PLAIN: dict[str, Any] = {"title": "a", "description": "b", "main_images": [], "product_attributes": []}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "c", ["title"]),
        ("description", "c", ["description"]),
        ("main_images", [1], ["main_images"]),
        ("product_attributes", [1], ["product_attributes"]),
        ("size_chart", {"image": {"uri": "u"}}, ["size_chart_image"]),
        ("size_chart", {"template": {"id": "1"}}, ["size_chart_template"]),
        ("brand_id", "1", ["others"]),
        ("title", "a", []),
    ],
)
def test_changed_fields_are_told_in_tiktoks_words(field: str, value: Any, told: list[str]) -> None:
    assert changed_fields(Version(PLAIN, ()), Version({**PLAIN, field: value}, ())) == told


def test_other_skus_are_something_else_that_has_changed() -> None:
    assert changed_fields(Version(PLAIN, ()), Version(PLAIN, (Sku("1", {}),))) == ["others"]


def test_what_is_not_answered_with_200_is_sent_again_with_the_same_id(
    shop: Caller, app: AppUrl, clock: Clock
) -> None:
    app.answer = lambda number: 202 if number == 1 else 200
    shop.created(save_mode="AS_DRAFT")
    app.wait_for(1)
    eventually_tried(shop, 1)
    clock.pass_by(RETRY_AFTER[0])
    first, again = app.wait_for(2)
    assert first == again
    eventually_tried(shop, 2)
    assert tries(shop) == [(1, 202), (2, 200)]


def test_it_is_tried_five_times_and_then_dropped(shop: Caller, app: AppUrl, clock: Clock) -> None:
    app.answer = lambda number: 500
    shop.created(save_mode="AS_DRAFT")
    for number, wait in enumerate((*RETRY_AFTER, 10 * RETRY_AFTER[-1]), start=1):
        app.wait_for(number)
        eventually_tried(shop, number)
        clock.pass_by(wait)
    assert tries(shop) == [(number, 500) for number in range(1, 6)]
    assert shop.admin("GET", "webhooks")["waiting"] == 0


def eventually_tried(shop: Caller, count: int) -> None:
    """The answer of the newest try has come back."""
    for _ in range(2_000):
        if len(tries(shop)) >= count:
            return
    raise AssertionError(tries(shop))


def test_a_webhook_can_be_made_to_come_twice(shop: Caller, app: AppUrl) -> None:
    shop.admin("PUT", "webhooks", {"copies": 2})
    shop.created(save_mode="AS_DRAFT")
    one, other = app.wait_for(2)
    assert one == other


def test_without_a_url_nothing_is_sent_and_with_one_only_what_happens_from_then_on(
    clock: Clock, app: AppUrl
) -> None:
    with Sandbox(clock=clock) as sandbox:
        shop = Caller(sandbox.url, clock)
        assert shop.admin("GET", "webhooks")["url"] is None
        shop.created(save_mode="AS_DRAFT")
        shop.admin("PUT", "webhooks", {"url": app.url})
        mug = int(shop.created(save_mode="AS_DRAFT", skus=[sku("MUG-1")]))
        assert [one["data"]["product_id"] for one in app.wait_for(1)] == [mug]
        shop.admin("PUT", "webhooks", {"url": None})
        shop.created(save_mode="AS_DRAFT", skus=[sku("CUP-1")])
        assert shop.admin("GET", "webhooks")["waiting"] == 0
        shop.admin("POST", "reset")
        assert shop.admin("GET", "webhooks")["tries"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"url": "ftp://shop"},
        {"url": 7},
        {"url": f"http://{'a' * 255}"},
        {"copies": 0},
        {"copies": 11},
        {"retry_after": 7},
        {"retry_after": [-1]},
        {"secret": "x"},
    ],
)
def test_a_wish_for_webhooks_is_judged(shop: Caller, wish: dict[str, Any]) -> None:
    answer = requests.put(f"{shop.url}/_sandbox/webhooks", json=wish, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_url_is_an_option_of_the_process(app: AppUrl) -> None:
    with told_by("--webhook-url", app.url) as url:
        assert requests.get(f"{url}/_sandbox/webhooks", timeout=20).json()["url"] == app.url


def test_products_that_were_kept_are_not_told_as_new(clock: Clock, app: AppUrl, tmp_path: Path) -> None:
    with Sandbox(clock=clock, data=tmp_path) as sandbox:
        product_id = Caller(sandbox.url, clock).created(save_mode="AS_DRAFT")
    with Sandbox(clock=clock, data=tmp_path, webhook_url=app.url) as sandbox:
        shop = Caller(sandbox.url, clock)
        shop.admin("POST", "edit", {"product_id": product_id, "status": "FREEZE"})
        assert [one["type"] for one in app.wait_for(1)] == [STATUS]
        assert shop.admin("GET", "webhooks")["waiting"] == 0
