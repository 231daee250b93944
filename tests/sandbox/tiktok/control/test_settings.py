"""What stands until it is set otherwise: calls a second, listings a day, a promotion; and answers nobody can read."""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.tiktok.caller import Caller


@pytest.mark.parametrize(("told", "header"), [({"retry_after": "7"}, "7"), ({}, None)])
def test_too_many_calls_a_second_are_refused_and_the_next_second_is_open(
    shop: Caller, told: dict[str, str], header: str | None
) -> None:
    shop.admin("PUT", "settings", {"calls_per_second": 2, **told})
    replies = [shop.search() for _ in range(3)]
    assert [reply.refusal for reply in replies] == [(200, 0), (200, 0), (429, 36009002)]
    assert replies[2].headers.get("Retry-After") == header
    shop.clock.pass_by(1)
    assert shop.search().code == 0


def test_a_refused_call_does_nothing(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"calls_per_second": 1})
    shop.search()
    assert shop.create().code == 36009002
    assert shop.admin("GET", "products")["products"] == []


def test_a_day_takes_so_many_new_products_and_the_next_takes_as_many(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 1})
    product_id = shop.live()
    assert shop.create().refusal == (200, 12052093)
    assert shop.price(product_id, "31.00").code == 0
    shop.clock.pass_by(24 * 3600)
    assert [shop.create().code for _ in range(2)] == [0, 12052093]


def test_a_create_that_is_repeated_is_no_other_product_of_the_day(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 1})
    first, second = (shop.create(idempotency_key="once") for _ in range(2))
    assert (first.code, second.data["product_id"]) == (0, first.data["product_id"])


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"calls_per_second": 0}, "calls_per_second must be a whole number, 1 or more."),
        ({"daily_listings": "many"}, "daily_listings must be a whole number, 0 or more."),
    ],
)
def test_a_limit_that_is_none_is_refused(shop: Caller, told: dict[str, object], fault: str) -> None:
    answer = requests.put(f"{shop.url}/_sandbox/settings", json=told, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, fault)


def test_a_limit_is_lifted_by_null(shop: Caller) -> None:
    shop.admin("PUT", "settings", {"daily_listings": 0})
    assert shop.create().code == 12052093
    shop.admin("PUT", "settings", {"daily_listings": None})
    assert shop.create().code == 0


def locked(shop: Caller, *parts: str) -> str:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "promotion": list(parts)})
    return product_id


def test_a_promotion_locks_the_price_and_not_the_stock(shop: Caller) -> None:
    product_id = locked(shop, "price")
    assert shop.price(product_id, "31.00").refusal == (200, 12052038)
    assert shop.stock(product_id, {"7068517275539719942": 3}).data == {}
    shop.admin("POST", "edit", {"product_id": product_id, "promotion": []})
    assert shop.price(product_id, "31.00").code == 0


def test_a_promotion_that_locks_the_stock_is_told_inside_a_success(shop: Caller) -> None:
    product_id = locked(shop, "stock")
    reply = shop.stock(product_id, {"7068517275539719942": 3})
    (error,) = reply.data["errors"]
    assert (reply.refusal, error["code"]) == ((200, 0), 12052393)
    assert shop.price(product_id, "31.00").code == 0


def test_garbage_is_no_json_and_the_call_is_done_all_the_same(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "create", "kind": "garbage"})
    with pytest.raises(requests.JSONDecodeError):
        shop.create()
    assert len(shop.admin("GET", "products")["products"]) == 1


def test_a_dripping_answer_has_no_end_in_its_time_and_the_call_is_done_all_the_same(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "create", "kind": "drip", "seconds": 0.3})
    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        shop.create()
    assert time.monotonic() - began >= 0.3
    assert len(shop.admin("GET", "products")["products"]) == 1
