"""Send one HTTP request and read its response within one total deadline, however slowly the bytes arrive.

urllib3's total timeout does not cover the body, and a socket's timeout starts again with each byte; so each read of the
status line, the headers and the body gets the time that is left. Proxy variables are ignored, redirects not followed.
This uses urllib3 without requests, whose overhead would double the cost of a call (docs/decisions/0024).
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import certifi
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.util import Retry, create_urllib3_context

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_BYTES: Final = 4 * 1024 * 1024
CONNECT_SECONDS: Final = 3.0
SMALL_BODY: Final = 256 * 1024
LEAST_SECONDS: Final = 0.1
NO_RETRIES: Final = Retry(False, redirect=False)
"""What urllib3 makes of ``retries=False``, made once."""


class Transport:
    """Connections to TikTok. Each thread has its own."""

    def __init__(self) -> None:
        self._local = threading.local()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the response, read completely by `deadline` (of `time.monotonic`).

        Raises the errors of urllib3 and the socket, and `HTTPError` for a body larger than 4 MiB. Raises
        `ConnectTimeoutError` or `NewConnectionError` only if nothing was sent.
        """
        scheme, _, rest = url.partition("://")
        netloc, _, path = rest.partition("/")
        left = max(LEAST_SECONDS, deadline - time.monotonic())
        send_by: _SendBy = self._local.__dict__.setdefault("send_by", _SendBy())
        send_by.deadline = time.monotonic() + left
        # urllib3 applies the connect timeout to sending as well, and an image takes longer to send.
        connect = left if len(body) > SMALL_BODY else min(CONNECT_SECONDS, left)
        response = self._pool(scheme, netloc, send_by).urlopen(
            method,
            f"/{path}",
            body or None,
            headers,
            retries=NO_RETRIES,
            redirect=False,
            timeout=Timeout(connect=connect, read=left, total=left),
            preload_content=False,
            decode_content=False,
        )
        complete = False
        try:
            read = _read(response)
            complete = True
            return response.status, response.headers, read
        finally:
            response.release_conn() if complete else response.close()

    def _pool(self, scheme: str, netloc: str, send_by: _SendBy) -> HTTPConnectionPool:
        pools: dict[tuple[str, str], HTTPConnectionPool] = self._local.__dict__.setdefault("pools", {})
        if (scheme, netloc) not in pools:
            host, port = urlsplit(f"//{netloc}").hostname or "", urlsplit(f"//{netloc}").port
            pools[scheme, netloc] = (
                _TlsPool(host, port, ssl_context=self._trust, send_by=send_by)
                if scheme == "https"
                else _Pool(host, port, send_by=send_by)
            )
        return pools[scheme, netloc]

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The trusted certificates, loaded once: the bundle is slow to read and large."""
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


@dataclass(slots=True)
class _SendBy:
    """The deadline of the current call of a thread, of `time.monotonic`; the thread's connections share it."""

    deadline: float = 0.0


class _TimedReads(io.RawIOBase):
    """The bytes of a socket; each read may take the time that is left until the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
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
    """A response that must be read by a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw: io.RawIOBase = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReads(raw, sock, deadline))


class _Connection(HTTPConnection):
    """Send headers and body together: http.client sends them separately, which costs another packet."""

    _unsent: bytearray | None = None

    def __init__(self, *args: Any, send_by: _SendBy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._send_by = send_by

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._unsent = bytearray()
        try:
            super().request(*args, **kwargs)
            unsent = self._unsent
        finally:
            self._unsent = None
        if self.sock is None:
            self.connect()
        # No timeout covers the name server, nor all addresses and the TLS handshake together. A call that begins after
        # its deadline could be made after its lease ended, beside the next owner's.
        if time.monotonic() >= self._send_by.deadline:
            raise ConnectTimeoutError(self, "connected after the deadline of the call")
        super().send(unsent)

    def send(self, data: Any) -> None:
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent += data

    def getresponse(self) -> Any:
        # By now urllib3 has set `timeout` to the rest of the total timeout.
        deadline = time.monotonic() + (self.timeout or CONNECT_SECONDS)
        self.response_class = partial(_Response, deadline=deadline)  # type: ignore[assignment]  # a callable does
        return super().getresponse()


class _TlsConnection(_Connection, HTTPSConnection):
    """The same connection over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
