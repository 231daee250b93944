"""Magento's REST API, for reading: products, attributes with their options, stock items, categories.

`/rest/V1` and `/rest/default/V1` read the default store view, `/rest/all/V1` the default scope.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox.magento.catalog import categories, stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, VIEWS, Attribute
from sandbox.magento.errors import NoSuchEntity, NotAuthorized
from sandbox.magento.rest import product_document, search_criteria
from sandbox.magento.store import Store
from sandbox.magento.webhooks import php_json

DEFAULT_VIEW = "default"
View = Callable[..., Response]


def rest_api(store: Store, access_token: str) -> Blueprint:
    """The addresses, all of which want `Authorization: Bearer` with the token."""
    api = Blueprint("rest", __name__, url_prefix="/rest")

    def reads(address: str) -> Callable[[Callable[..., Any]], None]:
        """Answer what the function returns, under both forms of the address; it is given the store view's id."""

        def register(read: Callable[..., Any]) -> None:
            def view(store_code: str = DEFAULT_VIEW, **names: str) -> Response:
                return Response(
                    php_json.encode(read(_store_id(store_code), **names)), mimetype="application/json"
                )

            api.add_url_rule(f"/V1/{address}", read.__name__, view)
            api.add_url_rule(f"/<store_code>/V1/{address}", f"{read.__name__}_in_view", view)

        return register

    @api.before_request
    def check_token() -> None:
        told = request.headers.get("Authorization", "")
        if not hmac.compare_digest(told.encode(), f"Bearer {access_token}".encode()):
            raise NotAuthorized

    @reads("products")
    def products(store_id: int) -> dict[str, Any]:
        asked = search_criteria.criteria(request.args.items(multi=True))
        everything = [product_document.in_list(product, store_id) for product in store.products()]
        items, total = search_criteria.search(everything, asked)
        told = {"page_size": asked.page_size, "current_page": asked.current_page}
        return {"items": items, "search_criteria": told, "total_count": total}

    @reads("products/<sku:sku>")
    def product(store_id: int, sku: str) -> dict[str, Any]:
        return product_document.full(store.product(sku), store_id)

    @reads("products/attributes/<code>")
    def attribute(store_id: int, code: str) -> dict[str, Any]:
        return product_document.attribute(_attribute(code), store_id)

    @reads("products/attributes/<code>/options")
    def options(store_id: int, code: str) -> list[dict[str, str]]:
        return product_document.options(_attribute(code), store_id)

    @reads("stockItems/<sku:sku>")
    def stock(store_id: int, sku: str) -> dict[str, Any]:
        return stock_item.typed(store.product(sku))

    @reads("configurable-products/<sku:sku>/children")
    def children(store_id: int, sku: str) -> list[dict[str, Any]]:
        held = store.by_ids(store.product(sku).child_ids)
        return [product_document.in_list(child, store_id) for child in held]

    @reads("categories")
    def category_tree(store_id: int) -> dict[str, Any]:
        return categories.tree(product.category_ids for product in store.products())

    return api


def _store_id(code: str) -> int:
    for store_id, known in VIEWS.items():
        if known == code:
            return store_id
    raise NoSuchEntity(f"No store view has the code {code!r}: use {' or '.join(VIEWS.values())}.")


def _attribute(code: str) -> Attribute:
    if code not in ATTRIBUTES:
        raise NoSuchEntity(f'The attribute with a "{code}" attribute code doesn\'t exist.')
    return ATTRIBUTES[code]
