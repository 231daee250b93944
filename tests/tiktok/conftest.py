"""A shop that calls a TikTok of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.tiktok.answering import (
    Reply,
    answering,
)
from tests.tiktok.calling import NOW, Calling
from tests.tiktok.examples import (
    shop,
)
from tiktok.pace import Pace
from tiktok.shop import TikTokShop


@pytest.fixture
def calling() -> Iterator[Callable[..., Calling]]:
    opened = []

    def call(*replies: Reply, deadline: float = 8.0, per_second: float = 0) -> Calling:
        context = answering(*replies)
        opened.append(context)
        tiktok = context.__enter__()
        slept: list[float] = []
        client = TikTokShop(
            shop(api_url=tiktok.url),
            Pace(per_second),
            clock=lambda: NOW,
            sleep=slept.append,
            deadline=deadline,
        )
        return Calling(tiktok, client, slept=slept)

    yield call
    for context in opened:
        context.__exit__(None, None, None)
