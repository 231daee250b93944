"""A shirt that is live on TikTok, edited by us and by its seller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from consumer.delivery.dispatcher import Delivery
from tests.consumer.engine import TEMPLATE, Engine
from tests.consumer.seller_center import SellerCenter, eventually
from tests.sandbox.tiktok.caller import Caller
from tests.sandbox.tiktok.caller import Clock as UnixClock

HOODIES = replace(TEMPLATE, category_id="600002")


class Shirt:
    """The shirt, live on TikTok, and its seller in Seller Center."""

    def __init__(self, engine: Engine, tiktok: SellerCenter, delivery: Delivery) -> None:
        self.engine = engine
        self.tiktok = tiktok
        self.delivery = delivery
        clock = UnixClock()
        clock.seconds = engine.clock().timestamp()
        self.seller = Caller(tiktok.url, clock)
        self.save()

    def save(self, **changes: Any) -> str:
        """Save the product and wait until the save is delivered."""
        event_id = self.engine.save(**changes)
        self.settled()
        return event_id

    def settled(self) -> None:
        self.delivery.wake()
        eventually(lambda: self.engine.pending() is None)

    def after(self, **changes: Any) -> list[str]:
        """Return the writing calls that a save with these changes causes."""
        before = len(self.tiktok.writes())
        self.save(**changes)
        return self.tiktok.writes()[before:]

    def read(self) -> dict[str, Any]:
        """Return the product as TikTok returns it."""
        return self.seller.get(self.tiktok.product()["id"]).data

    def leaf(self) -> str:
        return str(self.read()["category_chains"][-1]["id"])
