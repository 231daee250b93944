"""Media: an image is fetched whole and in time, or it is said why not."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from magento.media.allowed_addresses import media_host
from magento.media.fetch import MOST_BYTES, HostSilent, Image, MediaFetch, NotAnswered, NotThere
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
def test_an_image_comes_with_its_etag(headers: dict[str, str], etag: str | None) -> None:
    with listening(answer("200 OK", BODY, **headers)) as media:
        assert fetched(media) == Image(BODY, etag)


def test_the_request_names_the_host_and_tells_nothing_else_of_us() -> None:
    with listening(answer("200 OK", BODY)) as media:
        fetched(media, '"abc"')
    first, *lines = media.heads[0].split("\r\n")
    names = {line.partition(":")[0].lower() for line in lines if line}
    assert first == "GET /media/catalog/product/m/u/mug.png HTTP/1.1"
    assert f"Host: 127.0.0.1:{media.port}" in lines
    assert names == {"host", "accept", "accept-encoding", "connection", "user-agent", "if-none-match"}


@pytest.mark.parametrize("reply", [answer("304 Not Modified"), answer("200 OK", BODY, etag='"abc"')])
def test_an_image_that_is_still_the_one_of_its_etag_is_not_read_again(reply: Reply) -> None:
    with listening(reply) as media:
        assert fetched(media, '"abc"') is None


def test_a_304_that_was_not_asked_for_is_no_image() -> None:
    with listening(answer("304 Not Modified")) as media, pytest.raises(NotThere):
        fetched(media)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with listening(answer("200 OK", BODY)) as other:
        redirect = answer(f"{status} Elsewhere", location=f"{other.url}/a.png")
        with listening(redirect) as media, pytest.raises(NotThere, match=f"{status}.*redirects"):
            fetched(media)
        assert other.connections == 0


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_what_is_not_there_will_not_be_there_in_a_minute(status: str) -> None:
    with listening(answer(status, b"<html>")) as media, pytest.raises(NotThere) as refused:
        fetched(media)
    assert refused.value.hint


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Too Many", "408 Timeout"])
def test_a_host_that_is_unwell_may_have_it_later(status: str) -> None:
    with listening(answer(status)) as media, pytest.raises(NotAnswered) as failed:
        fetched(media)
    assert not isinstance(failed.value, HostSilent)


@pytest.mark.parametrize(
    "reply", [silence, hang_up, drip_head, lambda connection, over: connection.sendall(b"?")]
)
def test_a_host_that_gives_no_answer_in_time_is_silent(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(HostSilent):
        fetched(media, deadline=0.4)


@pytest.mark.parametrize("reply", [drip_body, answer("200 OK", BODY, content_length="9999")])
def test_a_body_that_does_not_come_whole_in_time_is_no_image(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(NotAnswered):
        fetched(media, deadline=0.4)


@pytest.mark.parametrize("reply", [endless, answer("200 OK", b"", content_length=str(MOST_BYTES + 1))])
def test_no_more_is_read_than_tiktok_takes(reply: Reply) -> None:
    with listening(reply) as media, pytest.raises(NotThere, match="10 MB"):
        fetched(media, deadline=30)


def test_the_largest_image_is_read_whole() -> None:
    with listening(answer("200 OK", bytes(MOST_BYTES))) as media:
        image = fetched(media, deadline=30)
    assert image is not None
    assert len(image.body) == MOST_BYTES


def test_no_one_listens() -> None:
    with listening() as media:
        gone = media
    with pytest.raises(HostSilent):
        fetched(gone)


def test_a_name_is_resolved_once_and_the_connection_goes_where_it_was_looked_at() -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with listening(answer("200 OK", BODY)) as media:
        host = media_host(f"http://shop.invalid:{media.port}")
        fetch = MediaFetch(allow_private=True, deadline=5, resolve=resolve)
        assert fetch.fetch(host, host.url_of("/a.png")) == Image(BODY, None)
    assert asked == [("shop.invalid", media.port)]
    assert f"Host: shop.invalid:{media.port}" in media.heads[0]


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with listening(answer("200 OK", BODY)) as media:
        host = media_host(f"http://shop.invalid:{media.port}")
        fetch = MediaFetch(allow_private=True, deadline=5, resolve=lambda *_: ["::1", "127.0.0.1"])
        assert fetch.fetch(host, host.url_of("/a.png")) == Image(BODY, None)


def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    host = media_host("http://shop.invalid")
    with pytest.raises(HostSilent):
        MediaFetch(resolve=resolve).fetch(host, host.url_of("/a.png"))


def test_a_resolver_that_takes_its_time_is_left_behind() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        over.wait(60)
        return ["127.0.0.1"]

    host = media_host("http://shop.invalid")
    with pytest.raises(HostSilent, match="TimeoutError"):
        MediaFetch(resolve=resolve, deadline=0.2).fetch(host, host.url_of("/a.png"))
    over.set()


@pytest.mark.parametrize("name", ["a" * 64 + ".example", ".".join(["a" * 60] * 6)])
def test_a_name_that_no_host_can_have_is_no_answer(name: str) -> None:
    host = media_host(f"http://{name}")
    with pytest.raises(HostSilent):
        MediaFetch(deadline=5).fetch(host, host.url_of("/a.png"))


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answer("200 OK", b"proxied")) as proxy, listening(answer("200 OK", BODY)) as media:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert fetched(media) == Image(BODY, None)
        assert proxy.connections == 0


def test_a_certificate_that_no_one_vouches_for_is_no_answer(certificate: Path) -> None:
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
        with pytest.raises(HostSilent, match="SSLCertVerificationError"):
            MediaFetch(allow_private=True, deadline=5).fetch(host, host.url_of("/a.png"))
        thread.join(10)
    assert heads == []
