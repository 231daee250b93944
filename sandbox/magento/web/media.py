"""Media: the image files of the catalogue under ``/media/catalog/product/``, as a web server gives them.

A file is there where a product names it; it carries an `ETag`, and a request that knows it gets 304.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_images import draw
from sandbox.magento.store import Store

IMAGE_ATTRIBUTES = ("image", "small_image", "thumbnail")


def media(store: Store) -> Blueprint:
    """The folder."""
    folder = Blueprint("media", __name__, url_prefix="/media/catalog/product")

    @folder.get("/<path:file>")
    def picture(file: str) -> Response:
        if not any(f"/{file}" in named(product) for product in store.products()):
            raise NotFound
        content_type, body = draw(file)
        response = Response(body, content_type=content_type)
        response.set_etag(hashlib.sha256(body).hexdigest()[:16])
        response.make_conditional(request)
        return response

    return folder


def named(product: Product) -> set[str]:
    """The files that this product names."""
    told = (product.value(code, view) for code in IMAGE_ATTRIBUTES for view in (0, 1))
    return {str(file) for file in told if file} | set(product.gallery)
