"""A proxy to the TikTok sandbox that responds, on request, by quoting everything that it was sent."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

import requests

from sandbox.magento import Store
from sandbox.tiktok import Sandbox


class EchoProxy:
    """Quotes the next armed calls: in an error page of a proxy (`html`) or in a rejection by TikTok (`json`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[tuple[str, str]] = []
        self.echoed = 0

    def arm(self, form: str, part: str) -> None:
        """Quote the next call whose path contains `part`."""
        with self._lock:
            self._armed.append((form, part))

    def take(self, path: str) -> str | None:
        """Return the form of the response, None to forward the call."""
        with self._lock:
            for armed in self._armed:
                if armed[1] in path:
                    self._armed.remove(armed)
                    self.echoed += 1
                    return armed[0]
        return None

    @contextmanager
    def proxy(self, sandbox: Sandbox, store: Store) -> Iterator[str]:
        """Yield the URL of the proxy."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sandbox.url, self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(target: str, echo: EchoProxy) -> type[BaseHTTPRequestHandler]:
    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            form = echo.take(self.path)
            if form is not None:
                self._answer(*self._echoed(form))
                return
            wanted = ("content-type", "x-tts-access-token")
            headers = {name: value for name, value in self.headers.items() if name.lower() in wanted}
            answer = requests.request(
                self.command, f"{target}{self.path}", data=raw or None, headers=headers, timeout=30
            )
            self._answer(answer.status_code, answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = _forward

        def _echoed(self, form: str) -> tuple[int, bytes]:
            token = self.headers.get("x-tts-access-token", "")
            sent = f"{unquote(self.path)} {self.path} {token} {quote(token, safe='')}"
            words = f"Refused: {sent} {base64.b64encode(sent.encode()).decode()} {token.encode().hex()}"
            if form == "html":
                return 502, f"<html><title>Bad gateway</title>{words}</html>".encode()
            document = {"code": 12052990, "message": words, "request_id": "1" * 34, "data": None}
            return 200, json.dumps(document).replace("/", "\\/").encode()

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Write no log."""

    return Forward
