"""The Flask application: TikTok's API, the auth host, the pages and `/_sandbox`."""

from __future__ import annotations

import socket
import time
from typing import Final

import flask
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from sandbox.tiktok.api import calls
from sandbox.tiktok.control.consent_page import consent_page, consented_page
from sandbox.tiktok.control.control_api import control_api, only_loopback
from sandbox.tiktok.control.pages import product_page, shops_page
from sandbox.tiktok.protocol.request import Request
from sandbox.tiktok.state.database import DatabaseClosed
from sandbox.tiktok.state.world import World

AUTH_PATH: Final = "/auth"
"""The auth host, which for TikTok is a separate host from the API's, is under this path."""
DRIP_SECONDS: Final = 0.05
MAX_BODY_BYTES: Final = 12 * 1024 * 1024
_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'"
}
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(world: World) -> Flask:
    """Build the application for this world."""
    app = Flask("sandbox.tiktok", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(control_api(world))
    _add_pages(app, world)
    _add_api(app, world)

    @app.errorhandler(DatabaseClosed)
    def connection_closed(error: DatabaseClosed) -> Response:
        return _close_connection()

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[dict[str, str | None], int]:
        return {"error": error.description}, error.code or 500

    return app


def _add_pages(app: Flask, world: World) -> None:
    @app.get("/")
    def show_shops() -> Response:
        only_loopback()
        return _page(shops_page(world, flask.request.args.get("sought", "").strip()))

    @app.get("/products/<product_id>")
    def show_product(product_id: str) -> Response:
        only_loopback()
        return _page(*product_page(world, product_id))

    @app.route(f"{AUTH_PATH}/oauth/authorize", methods=["GET", "POST"])
    def consent() -> Response:
        only_loopback()
        if flask.request.method == "POST":
            return _page(*consented_page(world, flask.request.form))
        return _page(*consent_page(world, flask.request.args))


def _add_api(app: Flask, world: World) -> None:
    @app.get(f"{AUTH_PATH}/api/v2/token/<any(get, refresh):grant>")
    def tokens(grant: str) -> Response:
        return _response(calls.issue_tokens(world, grant, flask.request.args))

    @app.route("/<path:_>", methods=_METHODS)
    def api(_: str) -> Response:
        try:
            return _response(calls.handle_request(world, _request()))
        except calls.DropConnection:
            return _close_connection()
        except calls.SendGarbage:
            return Response("<!doctype html><title>Success</title>", content_type="text/html")
        except calls.DripResponse as drip:
            return _drip(drip.seconds)


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


def _response(api_response: calls.ApiResponse) -> Response:
    response = flask.jsonify(api_response.document)
    response.status_code = api_response.http_status
    response.headers.update(api_response.headers)
    return response


def _page(html: str, status: int = 200) -> Response:
    return Response(html, status, content_type="text/html; charset=utf-8", headers=_POLICY)


def _drip(seconds: float) -> Response:
    """Send a header line that does not end for so many seconds, then close the connection."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    ends_at = time.monotonic() + seconds
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while time.monotonic() < ends_at:
            connection.sendall(b"a")
            time.sleep(DRIP_SECONDS)
        return _close_connection()
    except OSError:
        return Response(status=204)


def _close_connection() -> Response:
    """Shut the connection down before the server writes the response."""
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=204)
