"""Magento's REST API, read only: products, attributes with their options, stock items, categories.

`/rest/V1` and `/rest/default/V1` read the default store view, `/rest/all/V1` the default scope.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Blueprint, Response, request

from sandbox.magento import php_json
from sandbox.magento.catalog import categories, product_document, stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTES, VIEWS, Attribute
from sandbox.magento.errors import NoSuchEntity, NotAuthorized
from sandbox.magento.rest import search_criteria
from sandbox.magento.store import Store

DEFAULT_VIEW = "default"
View = Callable[..., Response]


def rest_api(store: Store, access_token: str) -> Blueprint:
    """Build the routes, which all require `Authorization: Bearer` with the token."""
    api = Blueprint("rest", __name__, url_prefix="/rest")

    @api.before_request
    def check_token() -> None:
        header = request.headers.get("Authorization", "")
        if not hmac.compare_digest(header.encode(), f"Bearer {access_token}".encode()):
            raise NotAuthorized

    _add_product_routes(api, store)
    _add_catalog_routes(api, store)
    return api


def _get_route(api: Blueprint, address: str) -> Callable[[Callable[..., object]], None]:
    """Register a function that takes the store view's id, under both forms of the address."""

    def register(read: Callable[..., object]) -> None:
        def view(store_code: str = DEFAULT_VIEW, **names: str) -> Response:
            return Response(
                php_json.encode(read(_store_id(store_code), **names)), mimetype="application/json"
            )

        api.add_url_rule(f"/V1/{address}", read.__name__, view)
        api.add_url_rule(f"/<store_code>/V1/{address}", f"{read.__name__}_in_view", view)

    return register


def _add_product_routes(api: Blueprint, store: Store) -> None:
    @_get_route(api, "products")
    def products(store_id: int) -> dict[str, object]:
        criteria = search_criteria.parse_criteria(request.args.items(multi=True))
        documents = [product_document.list_item(product, store_id) for product in store.products()]
        items, total = search_criteria.search(documents, criteria)
        paging = {"page_size": criteria.page_size, "current_page": criteria.current_page}
        return {"items": items, "search_criteria": paging, "total_count": total}

    @_get_route(api, "products/<sku:sku>")
    def product(store_id: int, sku: str) -> dict[str, object]:
        return product_document.full_document(store.product(sku), store_id)

    @_get_route(api, "stockItems/<sku:sku>")
    def stock(store_id: int, sku: str) -> dict[str, object]:
        return stock_item.to_rest(store.product(sku))

    @_get_route(api, "configurable-products/<sku:sku>/children")
    def children(store_id: int, sku: str) -> list[dict[str, object]]:
        products = store.products_by_ids(store.product(sku).child_ids)
        return [product_document.list_item(child, store_id) for child in products]


def _add_catalog_routes(api: Blueprint, store: Store) -> None:
    @_get_route(api, "products/attributes/<code>")
    def attribute(store_id: int, code: str) -> dict[str, object]:
        return product_document.attribute(_attribute(code), store_id)

    @_get_route(api, "products/attributes/<code>/options")
    def options(store_id: int, code: str) -> list[dict[str, str]]:
        return product_document.options(_attribute(code), store_id)

    @_get_route(api, "categories")
    def category_tree(store_id: int) -> dict[str, object]:
        return categories.tree(product.category_ids for product in store.products())


def _store_id(code: str) -> int:
    for store_id, view_code in VIEWS.items():
        if view_code == code:
            return store_id
    raise NoSuchEntity(f"Unknown store view {code!r}: use {' or '.join(VIEWS.values())}.")


def _attribute(code: str) -> Attribute:
    if code not in ATTRIBUTES:
        raise NoSuchEntity(f'The attribute with a "{code}" attribute code doesn\'t exist.')
    return ATTRIBUTES[code]
