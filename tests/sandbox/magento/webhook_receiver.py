"""An independent receiver of webhooks: a real HTTP server that verifies with the public package."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclass(frozen=True)
class Delivery:
    """One request: its headers by lower-case name, and the bytes of its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The webhook id."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        """The parsed body. Fails unless the signature is valid."""
        verified: dict[str, Any] = Webhook(SECRET).verify(self.body, self.headers)
        assert verified == json.loads(self.body)
        return verified


Answer = Callable[[Delivery], int]


class Receiver:
    """Listens while the context is open. `answer` returns the status to respond to a delivery with."""

    def __init__(self) -> None:
        self.answer: Answer = lambda delivery: 202
        self.deliveries: list[Delivery] = []
        self._changed = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/magento/demo"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, timeout: float = 20) -> list[Delivery]:
        """Wait for that many deliveries and return all of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.deliveries) >= count, timeout), self.deliveries
            return list(self.deliveries)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                delivery = Delivery({name.lower(): value for name, value in self.headers.items()}, body)
                with receiver._changed:
                    receiver.deliveries.append(delivery)
                    receiver._changed.notify_all()
                status = receiver.answer(delivery)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b'{"seen": %d}' % status)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
