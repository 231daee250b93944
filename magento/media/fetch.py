"""Fetch an image from the shop's media host, and from nowhere else.

Redirects are not followed, proxy variables are ignored, and neither cookies nor credentials are sent. At most 10 MiB
(TikTok's limit) are read, and the fetch ends at its deadline, however slowly the host sends.
"""

from __future__ import annotations

import contextlib
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import urlsplit

import certifi

from magento.media.allowed_addresses import MediaHost, Resolve, checked_addresses, resolve

DEADLINE: Final = 15.0
"""Seconds for the whole fetch, DNS included."""
MOST_BYTES: Final = 10 * 1024 * 1024
_CONNECT_SECONDS: Final = 5.0
_CHUNK: Final = 65_536
_ETAG: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,200}"\Z')
_TEMPORARY_STATUSES: Final = frozenset({408, 425, 429})


class FetchFailed(Exception):
    """The media host did not deliver the image; a later attempt may succeed.

    `status` is the HTTP status, None if there was none.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class MediaHostUnreachable(FetchFailed):
    """The media host does not answer at all, so its other images can't be fetched either."""


class ImageUnavailable(Exception):
    """The media host does not have the image, or it is too large: another attempt would fail as well.

    `hint` says what the merchant can do.
    """

    def __init__(self, reason: str, hint: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.status = status


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes of an image, and its `ETag`, None if the host sent none."""

    body: bytes
    etag: str | None


class MediaFetch:
    """Fetch images of shops. `allow_private` allows media hosts on this machine; `deadline` is in seconds."""

    def __init__(
        self, *, allow_private: bool = False, deadline: float = DEADLINE, resolve: Resolve = resolve
    ) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve

    def fetch(self, host: MediaHost, url: str, *, etag: str | None = None) -> Image | None:
        """Return the image at a URL from `MediaHost.url_of`, None if the image still has this `etag`.

        Raises `AddressRefused`, `ImageUnavailable` or `FetchFailed` (`MediaHostUnreachable` if no answer came).
        """
        until = time.monotonic() + self._deadline
        try:
            resolve = partial(_resolve_in_time, self._resolve, until)
            addresses = checked_addresses(host, allow_private=self._allow_private, resolve=resolve)
            with _connected(addresses, host, until) as connection:
                return _request(connection, host, url, etag, until)
        except (OSError, HTTPException) as error:
            reason = f"The shop's media host {host.origin} does not answer ({type(error).__name__})."
            raise MediaHostUnreachable(reason) from error


def _resolve_in_time(resolve: Resolve, until: float, host: str, port: int) -> list[str]:
    """Return the addresses from `resolve`, in a thread: the system's resolver has no timeout. Raises `OSError`."""
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def run() -> None:
        try:
            found.put(resolve(host, port))
        except OSError as error:
            found.put(error)

    threading.Thread(target=run, name="resolver", daemon=True).start()
    try:
        answer = found.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise TimeoutError(f"DNS did not answer for {host}") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


@contextmanager
def _connected(addresses: list[str], host: MediaHost, until: float) -> Iterator[HTTPConnection]:
    """Yield a connection to the first address that answers. It is shut down at the deadline, whatever it is doing."""
    connected = _connect(addresses, host.port, until)
    if host.scheme == "https":
        trust = ssl.create_default_context(cafile=certifi.where())
        name = host.host.strip("[]")
        connected = trust.wrap_socket(connected, server_hostname=name, do_handshake_on_connect=False)
    watch = threading.Timer(max(0.0, until - time.monotonic()), _shut_down, (connected,))
    watch.daemon = True
    watch.start()
    try:
        connected.settimeout(max(0.1, until - time.monotonic()))
        if isinstance(connected, ssl.SSLSocket):
            connected.do_handshake()
        connection = HTTPConnection(host.authority)
        connection.sock = connected
        connection.auto_open = 0
        yield connection
    finally:
        watch.cancel()
        connected.close()


def _connect(addresses: list[str], port: int, until: float) -> socket.socket:
    failure = OSError("the host has no address")
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=min(_CONNECT_SECONDS, left))
        except OSError as error:
            failure = error
    raise failure


def _shut_down(connected: socket.socket) -> None:
    # A socket's timeout starts again with each read, so it does not stop a host that sends one byte a second.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _request(
    connection: HTTPConnection, host: MediaHost, url: str, etag: str | None, until: float
) -> Image | None:
    split = urlsplit(url)
    headers = {
        "Host": host.authority,
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "magento-tiktok-sync",
    }
    if etag is not None:
        headers["If-None-Match"] = etag
    connection.request("GET", f"{split.path}?{split.query}" if split.query else split.path, headers=headers)
    response = connection.getresponse()
    if time.monotonic() >= until:
        raise TimeoutError  # a connection that was shut down looks like a complete response head
    new_etag = response.headers.get("etag", "")
    new_etag = new_etag if _ETAG.match(new_etag) else ""
    if etag is not None and (response.status == 304 or (response.status == 200 and new_etag == etag)):
        return None
    _check_status(response, url)
    return Image(_read_body(response, url, until), new_etag or None)


def _check_status(response: HTTPResponse, url: str) -> None:
    status = response.status
    if status >= 500 or status in _TEMPORARY_STATUSES:
        raise FetchFailed(f"The media host answers {status} for {url}.", status)
    if 300 <= status < 400:
        raise ImageUnavailable(
            f"The media host answers {status} for {url}: it redirects, and redirects are not followed.",
            "Set the shop's magento.media_url to the final address of the images.",
            status,
        )
    if status != 200:
        raise ImageUnavailable(
            f"The media host answers {status} for {url}.",
            "Open this address in a browser. If the image is missing, save the product's image again in Magento.",
            status,
        )


def _read_body(response: HTTPResponse, url: str, until: float) -> bytes:
    length = response.length
    read = bytearray()
    if length is None or length <= MOST_BYTES:
        while len(read) <= MOST_BYTES and (chunk := response.read(_CHUNK)):
            read += chunk
    if len(read) > MOST_BYTES or (length or 0) > MOST_BYTES:
        raise ImageUnavailable(
            f"The image {url} is larger than 10 MB.",
            "TikTok accepts images up to 10 MB: save a smaller image.",
        )
    if time.monotonic() >= until:
        raise FetchFailed(f"The image {url} did not arrive in time.")
    if length is not None and len(read) < length:
        raise FetchFailed(f"The image {url} ended after {len(read)} of {length} bytes.")
    return bytes(read)
