"""A store's media folder, served on loopback."""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = "/media/catalog/product"


def picture(seed: int = 0, side: int = 800) -> bytes:
    """Return a PNG with this side length in pixels. Another seed gives other bytes."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    image = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return image + str(seed).encode()


@dataclass
class Media:
    """The files by path, and the requests. If `away` it answers 503, if `moved` it redirects."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    away: bool = False
    moved: bool = False

    def put(self, **files: bytes) -> None:
        self.files.update({f"/{name}.png": image for name, image in files.items()})


@contextmanager
def media_folder() -> Iterator[Media]:
    """Serve a folder until the end of the block."""
    media = Media()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = self.path.removeprefix(FOLDER)
            media.requested.append(file)
            body = media.files.get(file)
            etag = f'"{hashlib.sha256(body or b"").hexdigest()[:8]}"'
            is_unchanged = body is not None and self.headers.get("if-none-match") == etag
            usual = 404 if body is None else 304 if is_unchanged else 200
            self.send_response(503 if media.away else 302 if media.moved else usual)
            if body is None or is_unchanged or media.away or media.moved:
                body = b""
            else:
                media.sent.append(file)
                self.send_header("etag", etag)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    media.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield media
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
