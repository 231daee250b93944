"""Settings: calls per second, listings per day and promotions; and responses that are unreadable on purpose."""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.tiktok.caller import Caller


@pytest.mark.parametrize(("settings", "header"), [({"retry_after": "7"}, "7"), ({}, None)])
def test_calls_above_the_rate_limit_are_rejected_until_the_next_second(
    shop: Caller, settings: dict[str, str], header: str | None
) -> None:
    shop.admin("PUT", "settings", {"calls_per_second": 2, **settings})
    replies = [shop.search() for _ in range(3)]
    assert [reply.http_and_code for reply in replies] == [(200, 0), (200, 0), (429, 36009002)]
    assert replies[2].headers.get("Retry-After") == header
    shop.clock.pass_by(1)
    assert shop.search().code == 0


def test_a_call_above_the_rate_limit_has_no_effect(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"calls_per_second": 1})
    shop.search()
    assert shop.create().code == 36009002
    assert shop.admin("GET", "products")["products"] == []


def test_the_daily_limit_of_new_products_is_enforced_per_day(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 1})
    product_id = shop.live()
    assert shop.create().http_and_code == (200, 12052093)
    assert shop.price(product_id, "31.00").code == 0
    shop.clock.pass_by(24 * 3600)
    assert [shop.create().code for _ in range(2)] == [0, 12052093]


def test_a_repeated_create_does_not_count_towards_the_daily_limit(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 1})
    first, second = (shop.create(idempotency_key="once") for _ in range(2))
    assert (first.code, second.data["product_id"]) == (0, first.data["product_id"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"calls_per_second": 0}, "calls_per_second must be a whole number, 1 or more."),
        ({"daily_listings": "many"}, "daily_listings must be a whole number, 0 or more."),
    ],
)
def test_an_invalid_limit_is_rejected(shop: Caller, settings: dict[str, object], message: str) -> None:
    response = requests.put(f"{shop.url}/_sandbox/settings", json=settings, timeout=20)
    assert (response.status_code, response.json()["error"]) == (400, message)


def test_null_removes_a_limit(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 0})
    assert shop.create().code == 12052093
    shop.admin("PUT", "settings", {"daily_listings": None})
    assert shop.create().code == 0


def locked_product(shop: Caller, *parts: str) -> str:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "promotion": list(parts)})
    return product_id


def test_a_promotion_locks_the_price_and_not_the_stock(shop: Caller) -> None:
    product_id = locked_product(shop, "price")
    assert shop.price(product_id, "31.00").http_and_code == (200, 12052038)
    assert shop.stock(product_id, {"7068517275539719942": 3}).data == {}
    shop.admin("POST", "edit", {"product_id": product_id, "promotion": []})
    assert shop.price(product_id, "31.00").code == 0


def test_a_promotion_that_locks_the_stock_fails_inside_a_success(shop: Caller) -> None:
    product_id = locked_product(shop, "stock")
    reply = shop.stock(product_id, {"7068517275539719942": 3})
    (error,) = reply.data["errors"]
    assert (reply.http_and_code, error["code"]) == ((200, 0), 12052393)
    assert shop.price(product_id, "31.00").code == 0


def test_a_garbage_response_is_not_json_and_the_call_is_executed(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "create", "kind": "garbage"})
    with pytest.raises(requests.JSONDecodeError):
        shop.create()
    assert len(shop.admin("GET", "products")["products"]) == 1


def test_a_dripping_response_does_not_end_in_time_and_the_call_is_executed(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "create", "kind": "drip", "seconds": 0.3})
    started_at = time.monotonic()
    with pytest.raises(requests.RequestException):
        shop.create()
    assert time.monotonic() - started_at >= 0.3
    assert len(shop.admin("GET", "products")["products"]) == 1
