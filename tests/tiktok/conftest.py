"""A shop's client that calls a server of the test in place of TikTok."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.tiktok.answering import (
    Reply,
    answering,
)
from tests.tiktok.calling import Calling, Clock
from tests.tiktok.examples import (
    shop,
)
from tiktok.client.client import Renew, TikTokShop
from tiktok.client.rate_limit import RateLimiter


@pytest.fixture
def calling() -> Iterator[Callable[..., Calling]]:
    opened = []

    def call(
        *replies: Reply,
        deadline: float = 8.0,
        image_deadline: float = 15.0,
        per_second: float = 0,
        renew: Renew | None = None,
    ) -> Calling:
        context = answering(*replies)
        opened.append(context)
        tiktok = context.__enter__()
        clock = Clock()
        client = TikTokShop(
            shop(api_url=tiktok.url),
            RateLimiter(per_second),
            renew=renew,
            clock=clock,
            sleep=clock.sleep,
            deadline=deadline,
            image_deadline=image_deadline,
        )
        return Calling(tiktok, client, slept=clock.slept)

    yield call
    for context in opened:
        context.__exit__(None, None, None)
