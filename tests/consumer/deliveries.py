"""Helpers for deliveries: wait until the queue is empty, and follow a shirt from a save to TikTok."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from consumer.delivery.dispatcher import Delivery
from schemas.secret import Secret
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import SellerCenter, eventually

Deliver = Callable[..., Delivery]
SECOND: dict[str, Any] = {"shop_cipher": "GCP_second", "access_token": Secret("TTP_second")}


def gone(engine: Engine, *skus: str) -> Callable[[], bool]:
    """Return a check that no listing of these SKUs is in the queue."""
    return lambda: all(engine.pending(sku) is None for sku in skus or (SKU,))


def in_good_time(engine: Engine, delivery: Delivery, check: Callable[[], bool]) -> None:
    """Wait until the check passes. The clock advances a minute before each try."""

    def look() -> bool:
        if not delivery.in_progress:
            engine.clock.pass_by(61)
            delivery.wake()
        return check()

    eventually(look)


def renamed(engine: Engine, sku: str, to: str, **changes: Any) -> str:
    """Save the product that was created with this SKU under another SKU."""
    event = engine.saved(sku, **changes)
    engine.take(replace(event, sku=to, attributes={**event.attributes, "sku": to}))
    return event.id


class Case:
    """An engine with a running delivery, and the TikTok that it calls."""

    def __init__(self, engine: Engine, tiktok: SellerCenter, delivery: Delivery) -> None:
        self.engine = engine
        self.tiktok = tiktok
        self.delivery = delivery

    def settled(self, sku: str = SKU) -> None:
        """Wait until this listing is no longer in the queue."""
        self.delivery.wake()
        eventually(lambda: self.engine.pending(sku) is None)

    def save(self, sku: str = SKU, **changes: Any) -> str:
        """Save the product and wait until the save is delivered. Return the event's id."""
        event_id = self.engine.save(sku, **changes)
        self.settled(sku)
        return event_id

    def after(self, changes: dict[str, Any]) -> list[str]:
        """Return the writing calls that a save with these changes causes."""
        before = len(self.tiktok.writes())
        self.save(**changes)
        return self.tiktok.writes()[before:]

    def status(self) -> str:
        return str(self.tiktok.product()["status"])

    def quantity(self) -> int:
        return int(self.tiktok.product()["skus"][0]["quantity"])
