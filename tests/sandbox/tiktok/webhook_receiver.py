"""An independent receiver of webhooks, written from TikTok's documentation alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from tests.sandbox.tiktok.caller import APP_KEY, APP_SECRET


@dataclass(frozen=True)
class Webhook:
    """One request: its `Authorization`, and the bytes of its body."""

    authorization: str
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        """The parsed body. Fails unless the signature is valid."""
        expected = hmac.new(APP_SECRET.encode(), APP_KEY.encode() + self.body, hashlib.sha256).hexdigest()
        assert self.authorization == expected
        payload: dict[str, Any] = json.loads(self.body)
        return payload


class WebhookReceiver:
    """Listens while the context is open. `answer` returns the status for the webhook with this number."""

    def __init__(self) -> None:
        self.answer: Callable[[int], int] = lambda number: 200
        self._webhooks: list[Webhook] = []
        self._changed = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/tiktok"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Wait for that many webhooks and return all payloads; each signature must be valid."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._webhooks) >= count, 20), self._webhooks
            return [webhook.payload for webhook in self._webhooks]

    def of_kind(self, kind: int, count: int) -> list[dict[str, Any]]:
        """Wait for that many webhooks of one type and return their `data`."""

        def matching() -> list[dict[str, Any]]:
            return [webhook.payload["data"] for webhook in self._webhooks if webhook.payload["type"] == kind]

        with self._changed:
            assert self._changed.wait_for(lambda: len(matching()) >= count, 20), self._webhooks
            return matching()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver._changed:
                    receiver._webhooks.append(Webhook(self.headers["authorization"], body))
                    status = receiver.answer(len(receiver._webhooks))
                    receiver._changed.notify_all()
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
