"""Calls without a response: a write may have taken effect, a read can be repeated; redirects are not followed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, ProtocolError, ReadTimeoutError

from tests.tiktok.answering import (
    Reply,
    answering,
    bytes_reply,
    hang_up,
    silence,
    success,
    trickle,
    trickling_headers,
    trickling_status,
)
from tests.tiktok.calling import BODY, NOW, WRITE, Calling
from tests.tiktok.examples import (
    PRODUCT_ID,
    shop,
)
from tiktok.client.client import TikTokShop
from tiktok.client.errors import TikTokError, Transient, Unknown
from tiktok.client.exchange import Exchange
from tiktok.client.rate_limit import RateLimiter
from tiktok.client.transport import MOST_BYTES

LOST: list[Any] = [
    pytest.param(hang_up, id="hung up"),
    pytest.param(silence, id="silent until the deadline"),
    pytest.param(trickle, id="still answering at the deadline"),
    pytest.param(trickling_headers, id="still in its headers at the deadline"),
    pytest.param(trickling_status, id="still in its status line at the deadline"),
    pytest.param(bytes_reply(b'{"code":0', missing=1000), id="cut off"),
    pytest.param(bytes_reply(b"<html>Success</html>"), id="not TikTok's"),
    pytest.param(bytes_reply(b" " * (MOST_BYTES + 1)), id="too large"),
]


@pytest.mark.parametrize("lost", LOST)
def test_a_write_without_a_response_is_unknown(calling: Callable[..., Calling], lost: Reply) -> None:
    call = calling(lost, success(x="1"), deadline=0.5)
    with pytest.raises(Unknown):
        call.write()
    assert len(call.tiktok.requests) == len(call.exchanges) == 1


@pytest.mark.parametrize("lost", LOST)
def test_a_read_without_a_response_is_temporary(calling: Callable[..., Calling], lost: Reply) -> None:
    call = calling(lost, success(products=[]), deadline=0.5)
    with pytest.raises(Transient):
        call.search()
    assert len(call.tiktok.requests) == len(call.exchanges) == 1


@pytest.mark.parametrize("lost", [hang_up, trickle, bytes_reply(b'{"code":0', missing=1000)])
def test_the_call_after_a_lost_answer_gets_its_own_answer(
    calling: Callable[..., Calling], lost: Reply
) -> None:
    call = calling(lost, success(mine="yes"), deadline=1.0)
    with pytest.raises(Unknown):
        call.write()
    assert call.write().data == {"mine": "yes"}


def test_a_redirect_is_not_followed(calling: Callable[..., Calling]) -> None:
    moved = bytes_reply(b"", 302, Location="/product/202309/products/elsewhere")
    call = calling(moved, success(x="1"))
    with pytest.raises(Unknown):
        call.write()
    assert [request.path for request in call.tiktok.requests] == [
        f"/product/202509/products/{PRODUCT_ID}/partial_edit"
    ]


def test_a_refused_connection_is_temporary() -> None:
    with answering(success()) as tiktok:
        url = tiktok.url
    exchanges: list[Exchange] = []
    client = TikTokShop(shop(api_url=url), RateLimiter(0), clock=lambda: NOW)
    with pytest.raises(Transient):
        client.send(WRITE, PRODUCT_ID, BODY, exchanges.append)
    assert exchanges[0].http_status is None


POOL = HTTPConnectionPool("tiktok.example")


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (ConnectTimeoutError(), Transient),
        (NameResolutionError("tiktok.example", POOL, OSError()), Transient),  # type: ignore[arg-type]  # stubs
        (ReadTimeoutError(POOL, "/", "NewConnectionError, or so it says"), Unknown),
        (ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer")), Unknown),
    ],
)
def test_only_a_connection_that_was_never_made_is_temporary(
    error: Exception, means: type[TikTokError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", fail)
    client = TikTokShop(shop(api_url="http://tiktok.example"), RateLimiter(0), clock=lambda: NOW)
    with pytest.raises(TikTokError) as raised:
        client.send(WRITE, PRODUCT_ID, BODY, lambda _: None)
    assert type(raised.value) is means


def test_a_write_that_connects_after_its_deadline_is_not_sent(
    calling: Callable[..., Calling], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that takes long to answer: nothing limits the time that it takes."""
    call = calling(success(x="1"), success(x="2"), deadline=0.3)
    resolve = socket.getaddrinfo

    def resolve_slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.5)
        return resolve(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve_slowly)
        with pytest.raises(Transient):
            call.write()
    assert call.tiktok.requests == []
    assert call.write().data == {"x": "1"}
