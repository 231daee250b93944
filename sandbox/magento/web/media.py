"""The catalog's image files under ``/media/catalog/product/``, served as by a web server.

A file exists if a product refers to it. Responses have an `ETag`; a request with that `ETag` gets 304.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_images import draw_image
from sandbox.magento.catalog.websites import STORE_VIEWS
from sandbox.magento.store import Store

IMAGE_ATTRIBUTES = ("image", "small_image", "thumbnail")


def media(store: Store) -> Blueprint:
    """Build the route."""
    folder = Blueprint("media", __name__, url_prefix="/media/catalog/product")

    @folder.get("/<path:file>")
    def image_file(file: str) -> Response:
        if not any(f"/{file}" in image_files(product) for product in store.products()):
            raise NotFound
        content_type, body = draw_image(file)
        response = Response(body, content_type=content_type)
        response.set_etag(hashlib.sha256(body).hexdigest()[:16])
        response.make_conditional(request)
        return response

    return folder


def image_files(product: Product) -> set[str]:
    """Return the image files that the product refers to."""
    files = (product.value(code, view) for code in IMAGE_ATTRIBUTES for view in STORE_VIEWS)
    return {str(file) for file in files if file} | set(product.gallery)
