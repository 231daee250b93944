"""The Flask application: REST, `/_store`, the pages, and the one place where errors become responses."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.routing import BaseConverter

from sandbox.magento.burst import Burst
from sandbox.magento.errors import ApplicationFailed, StoreError
from sandbox.magento.rest.routes import rest_api
from sandbox.magento.store import Store
from sandbox.magento.web.admin_api import admin_api
from sandbox.magento.web.media import media
from sandbox.magento.web.pages import pages

MAX_BODY_BYTES = 1024 * 1024
log = logging.getLogger(__name__)
ErrorResponse = tuple[dict[str, object], int]


class SkuConverter(BaseConverter):
    """A SKU in an address: any text, slashes included."""

    part_isolating = False
    regex = ".+?"
    weight = 200


def create_app(store: Store, burst: Burst, access_token: str) -> Flask:
    """Build the application. REST requires `access_token`; the caller closes the burst and the store."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["sku"] = SkuConverter
    app.before_request(refuse_other_sites)
    app.register_blueprint(rest_api(store, access_token))
    app.register_blueprint(admin_api(store, burst))
    app.register_blueprint(media(store))
    app.register_blueprint(pages(store))
    app.register_error_handler(StoreError, _store_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected_error)
    return app


def refuse_other_sites() -> None:
    """Raise `Forbidden` for a request from another site's page: its visitor's browser must not save here."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        raise Forbidden("Pages of other sites may not use this store.")


def _store_error(error: StoreError) -> ErrorResponse | Response:
    if isinstance(error, ApplicationFailed):
        return Response(str(error), error.status, mimetype="text/html")
    values = {"parameters": error.parameters} if error.parameters else {}
    return {"message": str(error), **values}, error.status


def _http_error(error: HTTPException) -> ErrorResponse:
    code = error.code or 500
    messages = {
        404: f"{request.path} does not exist.",
        405: f"{request.path} does not accept {request.method}.",
        413: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    }
    return {"message": messages.get(code, error.description or error.name)}, code


def _unexpected_error(error: Exception) -> ErrorResponse:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return {"message": "Internal error of the store: see its log."}, 500
