"""A proxy to the TikTok sandbox that saves the product again during each writing call."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from sandbox.magento import Store
from sandbox.tiktok import Sandbox

_PRODUCT = re.compile(r"/product/\d+/products/(\d{10,})")


class SavesDuringCalls:
    """Saves a product during its calls, up to `saves_each` times, and counts saves, calls and overlapping calls."""

    def __init__(self, store: Store, saves_each: int) -> None:
        self._store = store
        self._saves_each = saves_each
        self._lock = threading.Lock()
        self._saves: Counter[str] = Counter()
        self._skus: dict[str, str] = {}
        self._in_flight: defaultdict[str, list[socket.socket]] = defaultdict(list)
        self.overlaps = 0
        self.calls = 0

    @property
    def total(self) -> int:
        """The number of saves so far, including the first ones."""
        with self._lock:
            return self._saves.total()

    def create(self, sku: str) -> None:
        """Create the product."""
        with self._lock:
            self._saves[sku] += 1
        self._store.create(sku, {**_changes(sku, 1), "attribute_set_id": 9, "description": "<p>A shirt.</p>"})

    def during(self, sku: str) -> None:
        """Save the product during a call, unless it has had all of its saves."""
        with self._lock:
            if self._saves[sku] >= self._saves_each:
                return
            self._saves[sku] += 1
            number = self._saves[sku]
        self._store.save(sku, _changes(sku, number))

    def sku_of(self, path: str, body: Any) -> str | None:
        """Return the SKU that a writing call is about."""
        if found := _PRODUCT.search(path):
            return self._skus.get(found[1])
        ids = body.get("product_ids") if isinstance(body, dict) else None
        if ids:
            return self._skus.get(ids[0])
        skus = body.get("skus") if isinstance(body, dict) else None
        return skus[0].get("seller_sku") if skus else None

    def record_created(self, sku: str, answer: Any) -> None:
        """Remember the product id in the response to a create."""
        product_id = (answer.get("data") or {}).get("product_id") if isinstance(answer, dict) else None
        if product_id:
            self._skus[str(product_id)] = sku

    def begins(self, sku: str, caller: socket.socket) -> None:
        """Count a call for the product, and an overlap if the caller of another one still waits for its answer."""
        with self._lock:
            self.calls += 1
            self.overlaps += any(_waits(other) for other in self._in_flight[sku])
            self._in_flight[sku].append(caller)

    def ends(self, sku: str, caller: socket.socket) -> None:
        """Forget the call."""
        with self._lock:
            self._in_flight[sku].remove(caller)


def _waits(caller: socket.socket) -> bool:
    """Return whether the caller is connected: one that was killed, or whose deadline has passed, writes no more.

    What it sent goes on to the sandbox all the same, as it does on a real network.
    """
    try:
        return caller.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _changes(sku: str, number: int) -> dict[str, Any]:
    colors = ("Red", "Blue", "Green")
    return {
        "name": f"Shirt {sku} no. {number}",
        "price": f"{20 + number // 2}.00",
        "qty": 10 + number // 3,
        "color": colors[number % 3],
        "size": "M",
    }


@contextmanager
def proxy_with_saves(sandbox: Sandbox, saves: SavesDuringCalls) -> Iterator[str]:
    """Yield the URL of a proxy to the sandbox."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sandbox.url, saves))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(target: str, saves: SavesDuringCalls) -> type[BaseHTTPRequestHandler]:
    sessions = threading.local()

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            writes = self.command != "GET" and not self.path.split("?")[0].endswith("/search")
            body = json.loads(raw) if raw else None
            sku = saves.sku_of(self.path, body) if writes else None
            if sku is None:
                self._answer(self._send(raw))
                return
            saves.begins(sku, self.connection)
            try:
                saves.during(sku)
                answer = self._send(raw)
                saves.record_created(sku, answer.json())
            finally:
                saves.ends(sku, self.connection)
            self._answer(answer)

        do_GET = do_POST = do_PUT = do_DELETE = _forward

        def _send(self, raw: bytes) -> requests.Response:
            if not hasattr(sessions, "session"):
                sessions.session = requests.Session()
                sessions.session.trust_env = False
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() in ("content-type", "x-tts-access-token")
            }
            send: Callable[..., requests.Response] = sessions.session.request
            return send(self.command, f"{target}{self.path}", data=raw or None, headers=headers, timeout=30)

        def _answer(self, answer: requests.Response) -> None:
            self.send_response(answer.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Write no log."""

        def handle(self) -> None:
            """Ignore the broken connection of a caller that was killed."""
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    return Forward
