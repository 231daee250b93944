"""Media: an image is fetched completely and in time, or the error says why not."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from magento.media.allowed_addresses import media_host
from magento.media.fetch import (
    MOST_BYTES,
    FetchFailed,
    Image,
    ImageUnavailable,
    MediaFetch,
    MediaHostUnreachable,
)
from tests.magento.listening import (
    Listener,
    Reply,
    answer,
    drip_body,
    drip_head,
    endless,
    hang_up,
    listening,
    silence,
)

BODY = b"\x89PNG and so on"


def fetched(listener: Listener, etag: str | None = None, deadline: float = 5) -> Image | None:
    host = media_host(listener.url)
    return MediaFetch(allow_private=True, deadline=deadline).fetch(
        host, host.url_of("/m/u/mug.png"), etag=etag
    )


@pytest.mark.parametrize(
    ("headers", "etag"),
    [({"etag": '"abc"'}, '"abc"'), ({"etag": 'W/"abc"'}, 'W/"abc"'), ({}, None), ({"etag": "bare"}, None)],
)
def test_an_image_is_returned_with_its_etag(headers: dict[str, str], etag: str | None) -> None:
    with listening(answer("200 OK", BODY, **headers)) as media:
        assert fetched(media) == Image(BODY, etag)


def test_the_request_contains_only_these_headers() -> None:
    with listening(answer("200 OK", BODY)) as media:
        fetched(media, '"abc"')
    first, *lines = media.heads[0].split("\r\n")
    names = {line.partition(":")[0].lower() for line in lines if line}
    assert first == "GET /media/catalog/product/m/u/mug.png HTTP/1.1"
    assert f"Host: 127.0.0.1:{media.port}" in lines
    assert names == {"host", "accept", "accept-encoding", "connection", "user-agent", "if-none-match"}


@pytest.mark.parametrize("reply", [answer("304 Not Modified"), answer("200 OK", BODY, etag='"abc"')])
def test_an_image_with_an_unchanged_etag_is_not_read_again(reply: Reply) -> None:
    with listening(reply) as media:
        assert fetched(media, '"abc"') is None


def test_a_304_without_an_etag_in_the_request_is_an_error() -> None:
    with listening(answer("304 Not Modified")) as media, pytest.raises(ImageUnavailable):
        fetched(media)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with listening(answer("200 OK", BODY)) as other:
        redirect = answer(f"{status} Elsewhere", location=f"{other.url}/a.png")
        with listening(redirect) as media, pytest.raises(ImageUnavailable, match=f"{status}.*redirects"):
            fetched(media)
        assert other.connections == 0


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_a_client_error_is_permanent(status: str) -> None:
    with listening(answer(status, b"<html>")) as media, pytest.raises(ImageUnavailable) as refused:
        fetched(media)
    assert refused.value.hint


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Too Many", "408 Timeout"])
def test_a_server_error_is_temporary(status: str) -> None:
    with listening(answer(status)) as media, pytest.raises(FetchFailed) as failed:
        fetched(media)
    assert not isinstance(failed.value, MediaHostUnreachable)


@pytest.mark.parametrize(
    "reply", [silence, hang_up, drip_head, lambda connection, over: connection.sendall(b"?")]
)
def test_a_host_without_a_response_in_time_is_unreachable(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(MediaHostUnreachable):
        fetched(media, deadline=0.4)


@pytest.mark.parametrize("reply", [drip_body, answer("200 OK", BODY, content_length="9999")])
def test_a_body_that_is_incomplete_at_the_deadline_is_temporary(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(FetchFailed):
        fetched(media, deadline=0.4)


@pytest.mark.parametrize("reply", [endless, answer("200 OK", b"", content_length=str(MOST_BYTES + 1))])
def test_no_more_is_read_than_tiktok_accepts(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(ImageUnavailable, match="10 MB"):
        fetched(media, deadline=30)


def test_an_image_of_the_largest_size_is_read() -> None:
    with listening(answer("200 OK", bytes(MOST_BYTES))) as media:
        image = fetched(media, deadline=30)
    assert image is not None
    assert len(image.body) == MOST_BYTES


def test_a_closed_port_is_unreachable() -> None:
    with listening() as media:
        closed = media
    with pytest.raises(MediaHostUnreachable):
        fetched(closed)


def test_a_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    resolved: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        resolved.append((host, port))
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.0.0.1"]

    with listening(answer("200 OK", BODY)) as media:
        host = media_host(f"http://shop.invalid:{media.port}")
        fetch = MediaFetch(allow_private=True, deadline=5, resolve=resolve)
        assert fetch.fetch(host, host.url_of("/a.png")) == Image(BODY, None)
    assert resolved == [("shop.invalid", media.port)]
    assert f"Host: shop.invalid:{media.port}" in media.heads[0]


def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    with listening(answer("200 OK", BODY)) as media:
        host = media_host(f"http://shop.invalid:{media.port}")
        fetch = MediaFetch(allow_private=True, deadline=5, resolve=lambda *_: ["::1", "127.0.0.1"])
        assert fetch.fetch(host, host.url_of("/a.png")) == Image(BODY, None)


def test_a_name_that_does_not_resolve_is_a_temporary_error() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    host = media_host("http://shop.invalid")
    with pytest.raises(MediaHostUnreachable):
        MediaFetch(resolve=resolve).fetch(host, host.url_of("/a.png"))


def test_a_slow_resolver_ends_at_the_deadline() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        over.wait(60)
        return ["127.0.0.1"]

    host = media_host("http://shop.invalid")
    with pytest.raises(MediaHostUnreachable, match="TimeoutError"):
        MediaFetch(resolve=resolve, deadline=0.2).fetch(host, host.url_of("/a.png"))
    over.set()


@pytest.mark.parametrize("name", ["a" * 64 + ".example", ".".join(["a" * 60] * 6)])
def test_an_impossible_host_name_is_unreachable(name: str) -> None:
    host = media_host(f"http://{name}")
    with pytest.raises(MediaHostUnreachable):
        MediaFetch(deadline=5).fetch(host, host.url_of("/a.png"))


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answer("200 OK", b"proxied")) as proxy, listening(answer("200 OK", BODY)) as media:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert fetched(media) == Image(BODY, None)
        assert proxy.connections == 0


def test_an_untrusted_certificate_is_unreachable(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                heads.append(secured.recv(1024))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host = media_host(f"https://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(MediaHostUnreachable, match="SSLCertVerificationError"):
            MediaFetch(allow_private=True, deadline=5).fetch(host, host.url_of("/a.png"))
        thread.join(10)
    assert heads == []
