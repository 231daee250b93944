"""App URL: where an app has its webhooks sent, as somebody else would write it from TikTok's description alone."""

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
    def told(self) -> dict[str, Any]:
        """The body; fails unless the signature is right."""
        expected = hmac.new(APP_SECRET.encode(), APP_KEY.encode() + self.body, hashlib.sha256).hexdigest()
        assert self.authorization == expected
        told: dict[str, Any] = json.loads(self.body)
        return told


class AppUrl:
    """Listens while the context is open. `answer` says with which status a webhook is answered, by how many came."""

    def __init__(self) -> None:
        self.answer: Callable[[int], int] = lambda number: 200
        self._webhooks: list[Webhook] = []
        self._news = Condition()
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
        """What was told, when there is that much of it; each signature is right."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._webhooks) >= count, 20), self._webhooks
            return [webhook.told for webhook in self._webhooks]

    def of_kind(self, kind: int, count: int) -> list[dict[str, Any]]:
        """The `data` of the webhooks of one type, when there are that many."""

        def found() -> list[dict[str, Any]]:
            return [one.told["data"] for one in self._webhooks if one.told["type"] == kind]

        with self._news:
            assert self._news.wait_for(lambda: len(found()) >= count, 20), self._webhooks
            return found()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with app._news:
                    app._webhooks.append(Webhook(self.headers["authorization"], body))
                    status = app.answer(len(app._webhooks))
                    app._news.notify_all()
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
