"""Faults and holds: what goes wrong on purpose, for whom, and how often."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, Reply, sku


def fault(shop: Caller, kind: str, operation: str = "*", **more: Any) -> None:
    shop.admin("POST", "faults", {"kind": kind, "operation": operation, **more})


def test_a_throttle_answers_429_for_so_many_calls(shop: Caller) -> None:
    fault(shop, "throttle", "create", times=2, retry_after=7)
    first, second, third = (shop.create() for _ in range(3))
    assert first.refusal == second.refusal == (429, 36009002)
    assert first.headers["Retry-After"] == "7"
    assert third.code == 0
    assert shop.search().data["total_count"] == 1


def test_a_throttle_names_no_wait_where_none_is_told(shop: Caller) -> None:
    fault(shop, "throttle")
    assert "Retry-After" not in shop.search().headers


def test_a_fault_of_tiktok_changes_nothing(shop: Caller) -> None:
    fault(shop, "fault", "create")
    assert shop.create().refusal == (500, 36009003)
    assert shop.search().data["total_count"] == 0


@pytest.mark.parametrize(
    ("code", "http"), [(12052093, 200), (12019045, 200), (105002, 401), (36009033, 403), (36009004, 400)]
)
def test_a_rejection_has_the_code_asked_for_and_the_status_that_goes_with_it(
    shop: Caller, code: int, http: int
) -> None:
    fault(shop, "reject", "create", code=code, message="No more today.")
    reply = shop.create()
    assert (reply.refusal, reply.message) == ((http, code), "No more today.")


def test_a_call_dropped_before_it_is_done_was_never_done(shop: Caller) -> None:
    fault(shop, "drop_before", "create")
    with pytest.raises(requests.ConnectionError):
        shop.create()
    assert shop.search().data["total_count"] == 0
    (effect,) = shop.effects()
    assert (effect["code"], effect["fault"]) == (None, "drop_before")


def test_a_call_dropped_after_it_is_done_was_done(shop: Caller) -> None:
    fault(shop, "drop_after", "create")
    with pytest.raises(requests.ConnectionError):
        shop.create(idempotency_key="k-1")
    assert shop.search().data["total_count"] == 1
    assert shop.create(idempotency_key="k-1").code == 0
    assert shop.search().data["total_count"] == 1


def test_a_slow_call_is_done_all_the_same(shop: Caller) -> None:
    fault(shop, "slow", "create", seconds=0.01)
    assert shop.create().code == 0
    assert shop.effects()[0]["fault"] == "slow"


def test_a_fault_for_a_sku_spares_the_others(shop: Caller) -> None:
    mug, cup = (shop.live(skus=[sku(name)]) for name in ("MUG-1", "CUP-1"))
    fault(shop, "fault", "price", seller_sku="MUG-1", times=9)
    assert shop.price(cup, "1.00").code == 0
    assert shop.price(mug, "1.00").code == 36009003
    assert shop.stock(mug, {WAREHOUSE: 1}).code == 0


def test_faults_come_in_the_order_asked_for_and_can_be_cleared(shop: Caller) -> None:
    fault(shop, "fault", "search")
    fault(shop, "throttle", "search", times=5)
    assert [shop.search().code for _ in range(2)] == [36009003, 36009002]
    assert [(one["kind"], one["times"]) for one in shop.admin("GET", "faults")["faults"]] == [("throttle", 4)]
    shop.admin("DELETE", "faults")
    assert shop.search().code == 0


def test_a_fault_is_not_used_up_by_a_stranger(shop: Caller) -> None:
    fault(shop, "fault")
    assert shop.call("GET", "/product/202309/products/1", changed={"sign": "0" * 64}).code == 106001
    assert shop.search().code == 36009003


def until_held(shop: Caller) -> dict[str, Any]:
    """The one call that is held; it gets there within ten seconds."""
    end = time.monotonic() + 10
    while not (held := shop.admin("GET", "hold")["held"]):
        assert time.monotonic() < end, "no call was held"
        time.sleep(0.01)
    (one,) = held
    return dict(one)


@pytest.mark.parametrize(("when", "products"), [("before", 0), ("after", 1)])
def test_a_held_call_waits_before_or_after_it_takes_effect(shop: Caller, when: str, products: int) -> None:
    wish = {"operation": "create", "seller_sku": "MUG-1", "seconds": 60, "when": when}
    shop.admin("POST", "hold", wish)
    assert shop.create(skus=[sku("CUP-1")]).code == 0
    with ThreadPoolExecutor(1) as pool:
        answer: Future[Reply] = pool.submit(shop.create, skus=[sku("MUG-1")])
        held = until_held(shop)
        assert (held["operation"], held["seller_skus"], held["when"]) == ("create", ["MUG-1"], when)
        assert shop.search({"seller_skus": ["MUG-1"]}).data["total_count"] == products
        assert shop.admin("POST", "release") == {"released": 1}
        assert answer.result(timeout=10).code == 0
    assert shop.search({"seller_skus": ["MUG-1"]}).data["total_count"] == 1
    assert shop.admin("GET", "hold") == {"held": [], "armed": 0}


def test_a_held_call_goes_on_when_its_seconds_are_over(shop: Caller) -> None:
    shop.admin("POST", "hold", {"operation": "*", "seconds": 0.01})
    assert shop.search().code == 0


def test_a_release_also_withdraws_the_holds_to_come(shop: Caller) -> None:
    shop.admin("POST", "hold", {"operation": "search", "seconds": 600})
    assert shop.admin("POST", "release") == {"released": 0}
    assert shop.search().code == 0


def test_concurrent_creates_are_each_done_once(shop: Caller) -> None:
    names = [f"MUG-{number}" for number in range(20)]
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda name: shop.create(skus=[sku(name)], idempotency_key=name), names * 2))
    assert {reply.code for reply in replies} == {0}
    assert len({reply.data["product_id"] for reply in replies}) == 20
    assert [effect["seq"] for effect in shop.effects()] == list(range(1, 41))
