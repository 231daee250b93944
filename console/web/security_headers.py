"""Security headers and compression for every response."""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
WORTH_PACKING: Final = 500


def harden(app: Flask) -> None:
    """Set the headers on every response, error pages included."""
    app.after_request(_finish)


def _finish(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
        _pack(answer)
    return answer


def _pack(answer: Response) -> None:
    packs = request.accept_encodings["gzip"] > 0 and not answer.headers.get("Content-Encoding")
    if not packs or answer.is_streamed or answer.status_code in (204, 304):
        return
    content = answer.get_data()
    if len(content) < WORTH_PACKING:
        return
    answer.set_data(gzip.compress(content, 5))
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.add("Vary", "Accept-Encoding")
