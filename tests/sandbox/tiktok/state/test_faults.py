"""Faults and holds: which calls they affect, and how often."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, Reply, sku


def add_fault(shop: Caller, kind: str, operation: str = "*", **more: Any) -> None:
    shop.admin("POST", "faults", {"kind": kind, "operation": operation, **more})


def test_a_throttle_returns_429_for_that_many_calls(shop: Caller) -> None:
    add_fault(shop, "throttle", "create", times=2, retry_after=7)
    first, second, third = (shop.create() for _ in range(3))
    assert first.http_and_code == second.http_and_code == (429, 36009002)
    assert first.headers["Retry-After"] == "7"
    assert third.code == 0
    assert shop.search().data["total_count"] == 1


def test_a_throttle_has_no_retry_after_by_default(shop: Caller) -> None:
    add_fault(shop, "throttle")
    assert "Retry-After" not in shop.search().headers


def test_an_internal_error_changes_nothing(shop: Caller) -> None:
    add_fault(shop, "fault", "create")
    assert shop.create().http_and_code == (500, 36009003)
    assert shop.search().data["total_count"] == 0


@pytest.mark.parametrize(
    ("code", "status"), [(12052093, 200), (12019045, 200), (105002, 401), (36009033, 403), (36009004, 400)]
)
def test_a_rejection_has_the_requested_code_and_its_http_status(shop: Caller, code: int, status: int) -> None:
    add_fault(shop, "reject", "create", code=code, message="No more today.")
    reply = shop.create()
    assert (reply.http_and_code, reply.message) == ((status, code), "No more today.")


def test_a_call_dropped_before_its_execution_has_no_effect(shop: Caller) -> None:
    add_fault(shop, "drop_before", "create")
    with pytest.raises(requests.ConnectionError):
        shop.create()
    assert shop.search().data["total_count"] == 0
    (effect,) = shop.effects()
    assert (effect["code"], effect["fault"]) == (None, "drop_before")


def test_a_call_dropped_after_its_execution_has_its_effect(shop: Caller) -> None:
    add_fault(shop, "drop_after", "create")
    with pytest.raises(requests.ConnectionError):
        shop.create(idempotency_key="k-1")
    assert shop.search().data["total_count"] == 1
    assert shop.create(idempotency_key="k-1").code == 0
    assert shop.search().data["total_count"] == 1


def test_a_slow_call_is_executed(shop: Caller) -> None:
    add_fault(shop, "slow", "create", seconds=0.01)
    assert shop.create().code == 0
    assert shop.effects()[0]["fault"] == "slow"


def test_a_fault_for_a_sku_does_not_affect_others(shop: Caller) -> None:
    mug, cup = (shop.live(skus=[sku(name)]) for name in ("MUG-1", "CUP-1"))
    add_fault(shop, "fault", "price", seller_sku="MUG-1", times=9)
    assert shop.price(cup, "1.00").code == 0
    assert shop.price(mug, "1.00").code == 36009003
    assert shop.stock(mug, {WAREHOUSE: 1}).code == 0


def test_faults_occur_in_the_requested_order_and_can_be_cleared(shop: Caller) -> None:
    add_fault(shop, "fault", "search")
    add_fault(shop, "throttle", "search", times=5)
    assert [shop.search().code for _ in range(2)] == [36009003, 36009002]
    assert [(call["kind"], call["times"]) for call in shop.admin("GET", "faults")["faults"]] == [
        ("throttle", 4)
    ]
    shop.admin("DELETE", "faults")
    assert shop.search().code == 0


def test_an_unauthenticated_call_does_not_use_up_a_fault(shop: Caller) -> None:
    add_fault(shop, "fault")
    assert shop.call("GET", "/product/202309/products/1", changed={"sign": "0" * 64}).code == 106001
    assert shop.search().code == 36009003


def first_waiting_call(shop: Caller) -> dict[str, Any]:
    """Return the only held call; it must arrive within ten seconds."""
    end = time.monotonic() + 10
    while not (waiting := shop.admin("GET", "hold")["held"]):
        assert time.monotonic() < end, "no call was held"
        time.sleep(0.01)
    (call,) = waiting
    return dict(call)


@pytest.mark.parametrize(("when", "products"), [("before", 0), ("after", 1)])
def test_a_kept_call_waits_before_or_after_its_effect(shop: Caller, when: str, products: int) -> None:
    hold = {"operation": "create", "seller_sku": "MUG-1", "seconds": 60, "when": when}
    shop.admin("POST", "hold", hold)
    assert shop.create(skus=[sku("CUP-1")]).code == 0
    with ThreadPoolExecutor(1) as pool:
        future: Future[Reply] = pool.submit(shop.create, skus=[sku("MUG-1")])
        waiting = first_waiting_call(shop)
        assert (waiting["operation"], waiting["seller_skus"], waiting["when"]) == ("create", ["MUG-1"], when)
        assert shop.search({"seller_skus": ["MUG-1"]}).data["total_count"] == products
        assert shop.admin("POST", "release") == {"released": 1}
        assert future.result(timeout=10).code == 0
    assert shop.search({"seller_skus": ["MUG-1"]}).data["total_count"] == 1
    assert shop.admin("GET", "hold") == {"held": [], "armed": 0}


def test_a_kept_call_continues_after_its_seconds(shop: Caller) -> None:
    shop.admin("POST", "hold", {"operation": "*", "seconds": 0.01})
    assert shop.search().code == 0


def test_a_release_also_disarms_holds(shop: Caller) -> None:
    shop.admin("POST", "hold", {"operation": "search", "seconds": 600})
    assert shop.admin("POST", "release") == {"released": 0}
    assert shop.search().code == 0


def test_concurrent_creates_are_each_executed_once(shop: Caller) -> None:
    names = [f"MUG-{number}" for number in range(20)]
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda name: shop.create(skus=[sku(name)], idempotency_key=name), names * 2))
    assert {reply.code for reply in replies} == {0}
    assert len({reply.data["product_id"] for reply in replies}) == 20
    assert [effect["seq"] for effect in shop.effects()] == list(range(1, 41))
