"""Media: an image, fetched from the merchant's own media host and from nowhere else.

No redirect is followed, no proxy variable obeyed, no cookie or credential sent. At most 10 MiB (what TikTok takes) are
read, and the whole exchange ends within its deadline, however slowly the host sends.
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
MOST_BYTES: Final = 10 * 1024 * 1024
_CONNECT_SECONDS: Final = 5.0
_CHUNK: Final = 65_536
_ETAG: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,200}"\Z')
_LATER: Final = frozenset({408, 425, 429})


class NotAnswered(Exception):
    """The media host did not give the image now; a later try may. `status` is HTTP's, None where none came."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class HostSilent(NotAnswered):
    """The media host does not answer at all: no other image of it would come either."""


class NotThere(Exception):
    """The media host has no such image, or not one that we take; another try would say the same."""

    def __init__(self, reason: str, hint: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.status = status


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes of an image, and the `ETag` that the host gave them (None where it gave none)."""

    body: bytes
    etag: str | None


class MediaFetch:
    """Fetches images of shops. `allow_private`: from this machine too, where a shop's own media host is here."""

    def __init__(
        self, *, allow_private: bool = False, deadline: float = DEADLINE, resolve: Resolve = resolve
    ) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve

    def fetch(self, host: MediaHost, url: str, *, etag: str | None = None) -> Image | None:
        """The image at a URL that `host` made; None where it is still the one of this `etag`.

        Raises `AddressRefused`, `NotThere`, or `NotAnswered` (`HostSilent` where it is the host).
        """
        until = time.monotonic() + self._deadline
        try:
            in_time = partial(_in_time, self._resolve, until)
            addresses = checked_addresses(host, allow_private=self._allow_private, resolve=in_time)
            with _connected(addresses, host, until) as connection:
                return _asked(connection, host, url, etag, until)
        except (OSError, HTTPException) as error:
            words = f"The shop's media host {host.origin} does not answer ({type(error).__name__})."
            raise HostSilent(words) from error


def _in_time(resolve: Resolve, until: float, host: str, port: int) -> list[str]:
    """What `resolve` says; the system's resolver knows no deadline, so it is left behind where it takes too long."""
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put(resolve(host, port))
        except OSError as error:
            found.put(error)

    threading.Thread(target=look, name="resolver", daemon=True).start()
    try:
        answer = found.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise TimeoutError(f"DNS did not answer for {host}") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


@contextmanager
def _connected(addresses: list[str], host: MediaHost, until: float) -> Iterator[HTTPConnection]:
    """A connection to the first checked address that answers; it is cut off at the deadline, whatever it is at."""
    connected = _first_that_answers(addresses, host.port, until)
    if host.scheme == "https":
        trust = ssl.create_default_context(cafile=certifi.where())
        name = host.host.strip("[]")
        connected = trust.wrap_socket(connected, server_hostname=name, do_handshake_on_connect=False)
    watch = threading.Timer(max(0.0, until - time.monotonic()), _cut_off, (connected,))
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


def _first_that_answers(addresses: list[str], port: int, until: float) -> socket.socket:
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


def _cut_off(connected: socket.socket) -> None:
    # A socket's time-out begins anew with each read: only this ends a host that sends a byte a second.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _asked(
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
        raise TimeoutError  # what was cut off looks like a head that ended
    given = response.headers.get("etag", "")
    given = given if _ETAG.match(given) else ""
    if etag is not None and (response.status == 304 or (response.status == 200 and given == etag)):
        return None
    _judge(response, url)
    return Image(_body(response, url, until), given or None)


def _judge(response: HTTPResponse, url: str) -> None:
    status = response.status
    if status >= 500 or status in _LATER:
        raise NotAnswered(f"The media host answers {status} for {url}.", status)
    if 300 <= status < 400:
        raise NotThere(
            f"The media host answers {status} for {url}: it redirects, and redirects are not followed.",
            "Set the shop's magento.media_url to where the images really lie.",
            status,
        )
    if status != 200:
        raise NotThere(
            f"The media host answers {status} for {url}.",
            "Open this address in a browser; save the product's image in Magento anew where it is not there.",
            status,
        )


def _body(response: HTTPResponse, url: str, until: float) -> bytes:
    length = response.length
    read = bytearray()
    if length is None or length <= MOST_BYTES:
        while len(read) <= MOST_BYTES and (chunk := response.read(_CHUNK)):
            read += chunk
    if len(read) > MOST_BYTES or (length or 0) > MOST_BYTES:
        raise NotThere(
            f"The image {url} is larger than 10 MB.", "TikTok takes images up to 10 MB: save a smaller one."
        )
    if time.monotonic() >= until:
        raise NotAnswered(f"The image {url} did not come in time.")
    if length is not None and len(read) < length:
        raise NotAnswered(f"The image {url} broke off after {len(read)} of {length} bytes.")
    return bytes(read)
