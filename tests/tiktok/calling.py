"""A shop's client with the server that answers it, and the exchanges between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.listing import LastSent
from tests.tiktok.answering import (
    AnsweringTikTok,
)
from tests.tiktok.examples import (
    PRODUCT_ID,
    SKU,
)
from tiktok.client.client import FoundProduct, TikTokShop
from tiktok.client.exchange import Exchange
from tiktok.client.responses import Response
from tiktok.listing.remote_product import Ownership
from tiktok.listing.sync_plan import Operation

NOW = 1_795_521_600.0
BODY = '{"title":"Größe M – Leinen"}'
WRITE = Operation.PARTIAL_EDIT


@dataclass
class Clock:
    """A clock that only sleeping moves. `slept` are the durations in seconds."""

    seconds: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Calling:
    """A shop's client, the server that answers it, the recorded exchanges and the sleeps."""

    tiktok: AnsweringTikTok
    shop: TikTokShop
    exchanges: list[Exchange] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def write(self, operation: Operation = WRITE, body: str = BODY) -> Response:
        return self.shop.send(operation, PRODUCT_ID, body, self.exchanges.append)

    def read(self) -> Any:
        return self.shop.get(PRODUCT_ID, LastSent(), Ownership(), self.exchanges.append)

    def search(self) -> tuple[FoundProduct, ...]:
        return self.shop.search([SKU], self.exchanges.append)
