"""Control of the TikTok sandbox by a test, and a wait with a time limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from tests.sandbox.tiktok.caller import Caller, Clock
from tests.sandbox.tiktok.caller import sku as offer

T = TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = 15.0) -> T:
    """Return the first true result of `check`. Fails if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.01)
    return found


def _now() -> Clock:
    clock = Clock()
    clock.seconds = time.time()
    return clock


class SellerCenter:
    """The products and calls of the sandbox, and the faults to inject."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._begins_at = 0

    def _door(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def products(self, sku: str = "SHIRT-M", *, deleted: bool = False) -> list[dict[str, Any]]:
        query = f"products?seller_sku={sku}&include_deleted={int(deleted)}"
        return list(self._door("GET", query)["products"])

    def product(self, sku: str = "SHIRT-M") -> dict[str, Any]:
        """Return the only product with this SKU, DELETED or not."""
        (found,) = self.products(sku, deleted=True)
        return found

    def effects(self, *, writes: bool = False, after: int = 0) -> list[dict[str, Any]]:
        return list(self._door("GET", f"effects?writes={int(writes)}&after={after}")["effects"])

    def writes(self, sku: str | None = "SHIRT-M") -> list[str]:
        """Return our writing calls for this SKU in order, rejected ones with their code."""
        return [
            effect["operation"] if not effect["code"] else f"{effect['operation']} {effect['code']}"
            for effect in self.effects(writes=True, after=self._begins_at)
            if sku is None or sku in effect["seller_skus"]
        ]

    def calls(self, sku: str | None = None) -> list[str]:
        """Return every call, including reads."""
        return [
            effect["operation"] for effect in self.effects() if sku is None or sku in effect["seller_skus"]
        ]

    def settings(self, **value: Any) -> None:
        self._door("PUT", "settings", value)

    def hold(self, operation: str, *, when: str = "before", seconds: float = 60, **value: Any) -> None:
        self._door("POST", "hold", {"operation": operation, "when": when, "seconds": seconds, **value})

    def on_hold(self) -> list[dict[str, Any]]:
        return list(self._door("GET", "hold")["held"])

    def release(self) -> None:
        self._door("POST", "release")

    def fault(self, operation: str, kind: str, **value: Any) -> None:
        self._door("POST", "faults", {"operation": operation, "kind": kind, **value})

    def no_more_faults(self) -> None:
        self._door("DELETE", "faults")

    def list_by_hand(self, sku: str, price: str = "29.00", quantity: int = 18) -> str:
        """List the SKU as the seller in Seller Center. Return the id of the live product."""
        seller = Caller(self.url, _now())
        product_id = seller.created(skus=[offer(sku, price, quantity)])
        eventually(lambda: seller.status(product_id)[0] == "ACTIVATE")
        self._begins_at = len(self.effects(writes=False))
        return product_id

    def edit(self, sku: str = "SHIRT-M", **value: Any) -> None:
        """Edit the product as the seller in Seller Center."""
        self._door("POST", "edit", {"seller_sku": sku, **value})
