"""The store as a Flask application: REST, `/_store` and the pages, and one place where errors become answers."""

from __future__ import annotations

import logging

from flask import Flask, request
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.routing import BaseConverter

from sandbox.magento.burst import Burst
from sandbox.magento.errors import StoreError
from sandbox.magento.rest.routes import rest_api
from sandbox.magento.store import Store
from sandbox.magento.web.admin_api import admin_api
from sandbox.magento.web.media import media
from sandbox.magento.web.pages import pages

LARGEST_BODY = 1024 * 1024
log = logging.getLogger(__name__)
Answer = tuple[dict[str, str], int]


class SkuConverter(BaseConverter):
    """A SKU in an address: anything, slashes too, wherever they stand."""

    part_isolating = False
    regex = ".+?"
    weight = 200


def create_app(store: Store, burst: Burst, access_token: str) -> Flask:
    """The application; who calls it closes the burst and the store. REST wants the token."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["sku"] = SkuConverter
    app.before_request(refuse_other_sites)
    app.register_blueprint(rest_api(store, access_token))
    app.register_blueprint(admin_api(store, burst))
    app.register_blueprint(media(store))
    app.register_blueprint(pages(store))
    app.register_error_handler(StoreError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _mistake)
    return app


def refuse_other_sites() -> None:
    """A page of another site must not save here through the browser of who visits it."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        raise Forbidden("Pages of other sites may not use this store.")


def _refused(error: StoreError) -> Answer:
    return {"message": str(error)}, error.status


def _http(error: HTTPException) -> Answer:
    code = error.code or 500
    said = {
        404: f"Nothing is at {request.path}.",
        405: f"{request.method} is not what {request.path} is for.",
        413: f"The body is larger than {LARGEST_BODY} bytes.",
    }
    return {"message": said.get(code, error.description or error.name)}, code


def _mistake(error: Exception) -> Answer:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return {"message": "The store made a mistake: see its log."}, 500
