"""App: the Flask application: TikTok's API, the auth host, the page and the sandbox's own door."""

from __future__ import annotations

import socket
from typing import Final

import flask
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from sandbox.tiktok import calls
from sandbox.tiktok.admin import admin, only_loopback
from sandbox.tiktok.database import Closed
from sandbox.tiktok.gate import Request
from sandbox.tiktok.page import product_page, shops_page
from sandbox.tiktok.world import World

MOST_BYTES: Final = 12 * 1024 * 1024
_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'"
}
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(world: World) -> Flask:
    """The application over this world."""
    app = Flask("sandbox.tiktok", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(admin(world))

    @app.get("/")
    def shop_page() -> Response:
        only_loopback()
        return _page(shops_page(world, flask.request.args.get("sought", "").strip()))

    @app.get("/products/<product_id>")
    def one_product_page(product_id: str) -> Response:
        only_loopback()
        return _page(*product_page(world, product_id))

    @app.get("/api/v2/token/refresh")
    def refresh() -> Response:
        return _response(calls.refresh_token(world, flask.request.args))

    @app.route("/<path:_>", methods=_METHODS)
    def api(_: str) -> Response:
        try:
            return _response(calls.answer(world, _request()))
        except calls.Dropped:
            return _hang_up()

    @app.errorhandler(Closed)
    def too_late(error: Closed) -> Response:
        return _hang_up()

    @app.errorhandler(HTTPException)
    def in_words(error: HTTPException) -> tuple[dict[str, str | None], int]:
        return {"error": error.description}, error.code or 500

    return app


def _request() -> Request:
    request = flask.request
    return Request(
        method=request.method,
        path=request.path,
        raw_query=request.query_string,
        body=request.get_data(cache=False),
        content_type=request.headers.get("content-type", ""),
        token=request.headers.get("x-tts-access-token", ""),
    )


def _response(answer: calls.Answer) -> Response:
    response = flask.jsonify(answer.document)
    response.status_code = answer.http_status
    response.headers.update(answer.headers)
    return response


def _page(html: str, status: int = 200) -> Response:
    return Response(html, status, content_type="text/html; charset=utf-8", headers=_POLICY)


def _hang_up() -> Response:
    """End the connection under the answer: the server finds it gone when it comes to write."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=204)
