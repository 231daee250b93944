"""TikTok's webhooks about products: signed, at least once, in no guaranteed order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.tiktok import Sandbox
from sandbox.tiktok.catalog.product import Sku, Version
from sandbox.tiktok.catalog.webhook_events import changed_fields
from sandbox.tiktok.webhooks import RETRY_AFTER, signature
from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, Clock, sku
from tests.sandbox.tiktok.tiktok_process import running_sandbox
from tests.sandbox.tiktok.webhook_receiver import WebhookReceiver

STATUS, INFORMATION, CREATION, AUDIT = 5, 15, 16, 37


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def shop(clock: Clock, receiver: WebhookReceiver) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, webhook_url=receiver.url) as sandbox:
        yield Caller(sandbox.url, clock)


def attempts(shop: Caller) -> list[tuple[int, int | None]]:
    """Return the number and the status of each attempt, in order."""
    return [(webhook["number"], webhook["status"]) for webhook in shop.admin("GET", "webhooks")["tries"]]


def test_a_webhook_has_the_signature_of_the_official_example() -> None:
    body = (
        b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
        b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
        b'"order_status":"UNPAID","update_time":1718305585}}'
    )
    published = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
    assert signature("abcdef", "123", body) == published


def test_a_new_product_sends_its_creation_and_its_audit(shop: Caller, receiver: WebhookReceiver) -> None:
    product_id = shop.created()
    by_type = {webhook["type"]: webhook for webhook in receiver.wait_for(2)}
    now = int(shop.clock())
    assert by_type[CREATION]["data"] == {"product_id": int(product_id), "update_time": now}
    assert by_type[AUDIT]["data"] == {
        "product_id": int(product_id),
        "audit": {"status": "AUDITING"},
        "update_time": now,
    }
    for webhook in by_type.values():
        assert (webhook["shop_id"], webhook["timestamp"]) == ("7000714532876273420", now)
        assert webhook["tts_notification_id"].isdigit() and len(webhook["tts_notification_id"]) == 19
    assert len({webhook["tts_notification_id"] for webhook in by_type.values()}) == 2


def test_the_end_of_an_audit_is_sent_without_any_call(shop: Caller, receiver: WebhookReceiver) -> None:
    product_id = int(shop.created())
    shop.clock.pass_by(60)
    (payload,) = receiver.of_kind(STATUS, 1)
    assert payload == {
        "product_id": product_id,
        "status": "PRODUCT_FIRST_PASS_REVIEW",
        "suspended_reason": "",
        "update_time": int(shop.clock()),
    }
    assert {data["audit"]["status"] for data in receiver.of_kind(AUDIT, 2)} == {"AUDITING", "APPROVED"}


@pytest.mark.parametrize(
    ("title", "status", "audit"),
    [
        ("Shirt", "PRODUCT_FIRST_PASS_REVIEW", "APPROVED"),
        ("Shirt [fail audit]", "PRODUCT_AUDIT_FAILURE", "FAILED"),
    ],
)
def test_a_first_audit_passes_or_fails(
    shop: Caller, receiver: WebhookReceiver, title: str, status: str, audit: str
) -> None:
    shop.live(title=title)
    (payload,) = receiver.of_kind(STATUS, 1)
    assert (payload["status"], bool(payload["suspended_reason"])) == (status, audit == "FAILED")
    assert audit in {data["audit"]["status"] for data in receiver.of_kind(AUDIT, 2)}


def test_a_deactivation_by_the_platform_sends_a_changed_status(
    shop: Caller, receiver: WebhookReceiver
) -> None:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "status": "PLATFORM_DEACTIVATED"})
    statuses = {data["status"] for data in receiver.of_kind(STATUS, 2)}
    assert statuses == {"PRODUCT_FIRST_PASS_REVIEW", "PRODUCT_STATUS_CHANGED"}


def test_a_reactivated_product_sends_a_changed_status(shop: Caller, receiver: WebhookReceiver) -> None:
    product_id = shop.live()
    receiver.of_kind(STATUS, 1)
    shop.move("deactivate", product_id)
    shop.move("activate", product_id)
    shop.clock.pass_by(60)
    _, second = receiver.of_kind(STATUS, 2)
    assert second["status"] == "PRODUCT_STATUS_CHANGED"


def test_a_live_edit_is_sent_after_its_audit_with_the_id_as_text(
    shop: Caller, receiver: WebhookReceiver
) -> None:
    product_id = shop.live()
    shop.partial_edit(
        product_id, title="Women's Sports Shirt", package_weight={"value": "1", "unit": "KILOGRAM"}
    )
    shop.clock.pass_by(60)
    assert receiver.of_kind(INFORMATION, 1) == [
        {
            "product_id": product_id,
            "change_source": "OPEN_API",
            "changed_fields": ["title", "others"],
            "update_time": int(shop.clock()),
        }
    ]


def test_an_edit_in_seller_center_has_its_source(shop: Caller, receiver: WebhookReceiver) -> None:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "title": "Women's Sports Shirt"})
    (payload,) = receiver.of_kind(INFORMATION, 1)
    assert (payload["change_source"], payload["changed_fields"]) == ("SELLER_CENTER", ["title"])


def test_price_stock_and_failed_edits_send_no_information_change(
    shop: Caller, receiver: WebhookReceiver
) -> None:
    product_id = shop.live()
    receiver.of_kind(STATUS, 1)
    shop.price(product_id, "12.50")
    shop.stock(product_id, {WAREHOUSE: 3})
    shop.partial_edit(product_id, title="Shirt [fail audit]")
    shop.clock.pass_by(60)
    receiver.of_kind(STATUS, 2)
    assert {webhook["type"] for webhook in receiver.wait_for(7)} == {STATUS, CREATION, AUDIT}
    assert shop.admin("GET", "webhooks")["waiting"] == 0


CONTENT: dict[str, Any] = {"title": "a", "description": "b", "main_images": [], "product_attributes": []}


@pytest.mark.parametrize(
    ("field", "value", "payload"),
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
def test_changed_fields_are_in_tiktoks_terms(field: str, value: Any, payload: list[str]) -> None:
    assert changed_fields(Version(CONTENT, ()), Version({**CONTENT, field: value}, ())) == payload


def test_changed_skus_are_listed_as_others() -> None:
    assert changed_fields(Version(CONTENT, ()), Version(CONTENT, (Sku("1", {}),))) == ["others"]


def test_a_webhook_without_a_200_is_sent_again_with_the_same_id(
    shop: Caller, receiver: WebhookReceiver, clock: Clock
) -> None:
    receiver.answer = lambda number: 202 if number == 1 else 200
    shop.created(save_mode="AS_DRAFT")
    receiver.wait_for(1)
    wait_for_attempts(shop, 1)
    clock.pass_by(RETRY_AFTER[0])
    first, second = receiver.wait_for(2)
    assert first == second
    wait_for_attempts(shop, 2)
    assert attempts(shop) == [(1, 202), (2, 200)]


def test_a_webhook_is_tried_five_times_and_then_dropped(
    shop: Caller, receiver: WebhookReceiver, clock: Clock
) -> None:
    receiver.answer = lambda number: 500
    shop.created(save_mode="AS_DRAFT")
    for number, wait in enumerate((*RETRY_AFTER, 10 * RETRY_AFTER[-1]), start=1):
        receiver.wait_for(number)
        wait_for_attempts(shop, number)
        clock.pass_by(wait)
    assert attempts(shop) == [(number, 500) for number in range(1, 6)]
    assert shop.admin("GET", "webhooks")["waiting"] == 0


def wait_for_attempts(shop: Caller, count: int) -> None:
    """Wait until the response of the newest attempt was recorded."""
    for _ in range(2_000):
        if len(attempts(shop)) >= count:
            return
    raise AssertionError(attempts(shop))


def test_the_settings_can_duplicate_webhooks(shop: Caller, receiver: WebhookReceiver) -> None:
    shop.admin("PUT", "webhooks", {"copies": 2})
    shop.created(save_mode="AS_DRAFT")
    first, second = receiver.wait_for(2)
    assert first == second


def test_webhooks_are_sent_only_while_a_url_is_set(clock: Clock, receiver: WebhookReceiver) -> None:
    with Sandbox(clock=clock) as sandbox:
        shop = Caller(sandbox.url, clock)
        assert shop.admin("GET", "webhooks")["url"] is None
        shop.created(save_mode="AS_DRAFT")
        shop.admin("PUT", "webhooks", {"url": receiver.url})
        mug = int(shop.created(save_mode="AS_DRAFT", skus=[sku("MUG-1")]))
        assert [webhook["data"]["product_id"] for webhook in receiver.wait_for(1)] == [mug]
        shop.admin("PUT", "webhooks", {"url": None})
        shop.created(save_mode="AS_DRAFT", skus=[sku("CUP-1")])
        assert shop.admin("GET", "webhooks")["waiting"] == 0
        shop.admin("POST", "reset")
        assert shop.admin("GET", "webhooks")["tries"] == []


@pytest.mark.parametrize(
    "settings",
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
def test_invalid_webhook_settings_are_rejected(shop: Caller, settings: dict[str, Any]) -> None:
    response = requests.put(f"{shop.url}/_sandbox/webhooks", json=settings, timeout=20)
    assert response.status_code == 400
    assert response.json()["error"]


def test_the_webhook_url_is_a_command_line_option(receiver: WebhookReceiver) -> None:
    with running_sandbox("--webhook-url", receiver.url) as url:
        assert requests.get(f"{url}/_sandbox/webhooks", timeout=20).json()["url"] == receiver.url


def test_restored_products_are_not_sent_as_new(
    clock: Clock, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    with Sandbox(clock=clock, data=tmp_path) as sandbox:
        product_id = Caller(sandbox.url, clock).created(save_mode="AS_DRAFT")
    with Sandbox(clock=clock, data=tmp_path, webhook_url=receiver.url) as sandbox:
        shop = Caller(sandbox.url, clock)
        shop.admin("POST", "edit", {"product_id": product_id, "status": "FREEZE"})
        assert [webhook["type"] for webhook in receiver.wait_for(1)] == [STATUS]
        assert shop.admin("GET", "webhooks")["waiting"] == 0
