"""An HTTP server on loopback in place of TikTok: it sends the replies of a test, and records the requests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import orjson


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as TikTok received it; `query` contains decoded values."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Reply: TypeAlias = Callable[[BaseHTTPRequestHandler, threading.Event], None]
"""Send a response, or fail to. The event is set when the test is over."""


@dataclass
class AnsweringTikTok:
    """The server. It sends its `replies` in order, and repeats the last one."""

    replies: list[Reply]
    requests: list[ReceivedRequest] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def json_reply(document: Any, status: int = 200, **headers: str) -> Reply:
    return bytes_reply(orjson.dumps(document), status, missing=0, **headers)


def success(**data: Any) -> Reply:
    return json_reply({"code": 0, "message": "Success", "request_id": "20261124", "data": data})


def failure(code: int, message: str, status: int = 200, **headers: str) -> Reply:
    return json_reply(
        {"code": code, "message": message, "request_id": "20261124", "data": None}, status, **headers
    )


def bytes_reply(body: bytes, status: int = 200, *, missing: int = 0, **headers: str) -> Reply:
    """Return a reply with this body, which ends early if bytes are `missing`."""

    def reply(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) + missing))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = missing > 0

    return reply


def hang_up(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Close the connection without a response."""
    handler.close_connection = True


def silence(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send nothing until the test is over."""
    over.wait(60)
    handler.close_connection = True


def trickle(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send a body that never ends, byte by byte, until the client disconnects."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.close_connection = True
    while not over.wait(0.01):
        handler.wfile.write(b" ")


def trickling_headers(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send headers that never end, byte by byte, until the client disconnects."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    handler.close_connection = True
    while not over.wait(0.01):
        handler.wfile.write(b"a")


def trickling_status(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    """Send a status line that never ends."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 ")
    while not over.wait(0.01):
        handler.wfile.write(b"O")


@contextmanager
def answering(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[AnsweringTikTok]:
    """Run the server on a free port until the end of the block."""
    tiktok = AnsweringTikTok(list(replies))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            tiktok.requests.append(ReceivedRequest(self.command, split.path, query, headers, body))
            try:
                tiktok.next_reply()(self, tiktok.over)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    tiktok.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    try:
        yield tiktok
    finally:
        tiktok.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
