"""Static files: vendored htmx and Pico (checksums in `static/CHECKSUMS`), and the console's own CSS and JavaScript."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, request, url_for

from console.web.access import public

ROOM: Final = Path(__file__).parents[1]
STATIC: Final = ROOM / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def serve(app: Flask) -> None:
    """Add the route of the static files, and the function `asset('console.css')` for templates."""

    @app.get("/static/<name>")
    @public
    def static(name: str) -> Response:
        if name not in _names():
            abort(404)
        content, packed, _ = _read(name)
        answer = Response(content, content_type=_TYPES[Path(name).suffix])
        if request.accept_encodings["gzip"] > 0:
            answer = Response(packed, content_type=_TYPES[Path(name).suffix])
            answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["Vary"] = "Accept-Encoding"
        return answer

    app.jinja_env.globals["asset"] = lambda name: url_for("static", name=name, v=_read(name)[2])


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in STATIC.iterdir() if file.suffix in _TYPES)


@cache
def _read(name: str) -> tuple[bytes, bytes, str]:
    content = (STATIC / name).read_bytes()
    return content, gzip.compress(content, 9, mtime=0), hashlib.sha256(content).hexdigest()[:12]
