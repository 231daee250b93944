"""Transport: one HTTP request and its reply within one total deadline, whatever drips.

urllib3's own total ends where the headers do, and a socket's time-out begins anew with each byte; so each read of the
status line, the headers and the body is given what is left. No proxy variable is obeyed, no redirect followed. It
stands on urllib3 alone, for what requests adds to it costs as much again (docs/decisions/0024).
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any, Final
from urllib.parse import urlsplit

import certifi
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import create_urllib3_context

MOST_BYTES: Final = 4 * 1024 * 1024
CONNECT_SECONDS: Final = 3.0
SMALL_BODY: Final = 256 * 1024
LEAST_SECONDS: Final = 0.1


class Transport:
    """Connections to TikTok, each thread's its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the reply, all read by `deadline`, which is of `time.monotonic`.

        Raises what urllib3 and the socket raise; `HTTPError` for more than 4 MiB.
        """
        where = urlsplit(url)
        left = max(LEAST_SECONDS, deadline - time.monotonic())
        # What is sent is sent under the time-out of the connect: an image takes its time.
        connect = left if len(body) > SMALL_BODY else min(CONNECT_SECONDS, left)
        response = self._pool(where.scheme, where.netloc).urlopen(
            method,
            where._replace(scheme="", netloc="").geturl(),
            body or None,
            headers,
            retries=False,
            redirect=False,
            timeout=Timeout(connect=connect, read=left, total=left),
            preload_content=False,
            decode_content=False,
        )
        whole = False
        try:
            read = _read(response)
            whole = True
            return response.status, response.headers, read
        finally:
            response.release_conn() if whole else response.close()

    def _pool(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        pools: dict[tuple[str, str], HTTPConnectionPool] = self._local.__dict__.setdefault("pools", {})
        if (scheme, netloc) not in pools:
            host, port = urlsplit(f"//{netloc}").hostname or "", urlsplit(f"//{netloc}").port
            pools[scheme, netloc] = (
                _TlsPool(host, port, ssl_context=self._trust) if scheme == "https" else _Pool(host, port)
            )
        return pools[scheme, netloc]

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made once: a bundle of certificates is slow to read, and takes its room."""
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(certifi.where())
        return context


def _read(response: BaseHTTPResponse) -> bytes:
    read = bytearray()
    while chunk := response.read1(65_536, decode_content=False):
        read += chunk
        if len(read) > MOST_BYTES:
            raise HTTPError(f"the answer is larger than {MOST_BYTES} bytes")
    return bytes(read)


class _TimedReads(io.RawIOBase):
    """A socket's bytes; each read may take what is left until the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A reply that is read by its deadline."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw: io.RawIOBase = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReads(raw, sock, deadline))


class _Connection(HTTPConnection):
    """Headers and body leave in one piece: http.client sends them apart, which costs both sides a packet more."""

    _piece: bytearray | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._piece = bytearray()
        try:
            super().request(*args, **kwargs)
            piece = self._piece
        finally:
            self._piece = None
        super().send(piece)

    def send(self, data: Any) -> None:
        if self._piece is None:
            super().send(data)
        else:
            self._piece += data

    def getresponse(self) -> Any:
        # What `timeout` says by now is what is left of the total.
        deadline = time.monotonic() + (self.timeout or CONNECT_SECONDS)
        self.response_class = partial(_Response, deadline=deadline)  # type: ignore[assignment]  # a callable does
        return super().getresponse()


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
