"""An HTTP server of the test's own: it keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    """One request, header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[Received], tuple[int, bytes]]


@dataclass
class Server:
    """Where it listens, and what it was sent."""

    port: int
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def answering(answer: Answer) -> Iterator[Server]:
    """Listens on loopback until the end."""
    rows: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, self.rfile.read(length))
            rows[0].received.append(request)
            status, body = answer(request)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            """No line a request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        rows.append(Server(server.server_port))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield rows[0]
        finally:
            server.shutdown()
            thread.join()
