"""App: the Flask application: TikTok's API, the auth host, the page and the sandbox's own door."""

from __future__ import annotations

import socket
import time
from typing import Final

import flask
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from sandbox.tiktok.api import calls
from sandbox.tiktok.api.request_checks import Request
from sandbox.tiktok.control.consent_page import consent_page, consented_page
from sandbox.tiktok.control.control_api import admin, only_loopback
from sandbox.tiktok.control.pages import product_page, shops_page
from sandbox.tiktok.database import Closed
from sandbox.tiktok.world import World

AUTH_PATH: Final = "/auth"
"""Where the auth host is: another host than the API's, told apart by its path here."""
DRIP_SECONDS: Final = 0.05
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

    @app.route(f"{AUTH_PATH}/oauth/authorize", methods=["GET", "POST"])
    def consent() -> Response:
        only_loopback()
        if flask.request.method == "POST":
            return _page(*consented_page(world, flask.request.form))
        return _page(*consent_page(world, flask.request.args))

    @app.get(f"{AUTH_PATH}/api/v2/token/<any(get, refresh):grant>")
    def tokens(grant: str) -> Response:
        return _response(calls.give_tokens(world, grant, flask.request.args))

    @app.route("/<path:_>", methods=_METHODS)
    def api(_: str) -> Response:
        try:
            return _response(calls.answer(world, _request()))
        except calls.Dropped:
            return _hang_up()
        except calls.Garbled:
            return Response("<!doctype html><title>Success</title>", content_type="text/html")
        except calls.Dripping as dripping:
            return _drip(dripping.seconds)

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


def _drip(seconds: float) -> Response:
    """A header that goes on for so long as the other side listens, then the end."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    ends = time.monotonic() + seconds
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while time.monotonic() < ends:
            connection.sendall(b"a")
            time.sleep(DRIP_SECONDS)
        return _hang_up()
    except OSError:
        return Response(status=204)


def _hang_up() -> Response:
    """End the connection under the answer: the server finds it gone when it comes to write."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=204)
