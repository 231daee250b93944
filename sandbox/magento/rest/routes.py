"""Magento's REST API: products, attributes with their options, stock, categories, websites and store views.

`/rest/V1` and `/rest/default/V1` read the default store view, `/rest/all/V1` the default scope. Writing is in
`write_routes`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Blueprint, Response, request

from sandbox.magento import php_json
from sandbox.magento.catalog import categories, product_document, stock_item
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, ATTRIBUTES, Attribute
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.websites import REST_CODES, WEBSITES
from sandbox.magento.errors import (
    ApplicationFailed,
    InvalidChange,
    NoSuchEntity,
    NoSuchProduct,
    NotAuthorized,
)
from sandbox.magento.rest import fields, search_criteria, store_documents
from sandbox.magento.rest.write_routes import add_write_routes
from sandbox.magento.store import Store

DEFAULT_VIEW = "default"
Route = Callable[[str], Callable[[Callable[..., object]], None]]


def rest_api(store: Store, access_token: str) -> Blueprint:
    """Build the routes, which all require `Authorization: Bearer` with the token."""
    api = Blueprint("rest", __name__, url_prefix="/rest")

    @api.before_request
    def check_token() -> None:
        header = request.headers.get("Authorization", "")
        if not hmac.compare_digest(header.encode(), f"Bearer {access_token}".encode()):
            raise NotAuthorized

    def get(address: str) -> Callable[[Callable[..., object]], None]:
        return _route(api, "GET", address)

    _add_product_routes(get, store)
    _add_catalog_routes(get, store)
    _add_inventory_routes(get, store)
    _add_store_routes(get)
    add_write_routes(lambda method, address: _route(api, method, address), store)
    return api


def _route(api: Blueprint, method: str, address: str) -> Callable[[Callable[..., object]], None]:
    """Register a function that takes the store view's id, under both forms of the address."""

    def register(answer: Callable[..., object]) -> None:
        def view(store_code: str = DEFAULT_VIEW, **names: str) -> Response:
            document = answer(_store_id(store_code), **names)
            wanted = request.args.get("fields")
            chosen = fields.only(document, wanted) if wanted else document
            return Response(php_json.encode(chosen), mimetype="application/json")

        api.add_url_rule(f"/V1/{address}", answer.__name__, view, methods=[method])
        name = f"{answer.__name__}_in_view"
        api.add_url_rule(f"/<store_code>/V1/{address}", name, view, methods=[method])

    return register


def _add_product_routes(get: Route, store: Store) -> None:
    @get("products")
    def products(store_id: int) -> dict[str, object]:
        criteria = search_criteria.parse_criteria(request.args.items(multi=True))
        documents = [product_document.list_item(product, store_id) for product in store.products()]
        items, total = search_criteria.search(documents, criteria)
        return {"items": items, "search_criteria": criteria.to_json(), "total_count": total}

    @get("products/<sku:sku>")
    def product(store_id: int, sku: str) -> dict[str, object]:
        return product_document.full_document(store.product(sku), store_id)

    @get("products/<sku:sku>/media")
    def media(store_id: int, sku: str) -> list[dict[str, object]]:
        return product_document.gallery_with_content(store.product(sku))

    @get("stockItems/<sku:sku>")
    def stock(store_id: int, sku: str) -> dict[str, object]:
        try:
            return stock_item.to_rest(store.product(sku))
        except NoSuchProduct:
            raise NoSuchEntity('The Product with the "%1" SKU doesn\'t exist.', [sku]) from None

    @get("configurable-products/<sku:sku>/children")
    def children(store_id: int, sku: str) -> list[dict[str, object]]:
        products = store.products_by_ids(store.product(sku).child_ids)
        return [product_document.child(product, store_id) for product in products]


def _add_catalog_routes(get: Route, store: Store) -> None:
    @get("products/attributes/<code>")
    def attribute(store_id: int, code: str) -> dict[str, object]:
        return product_document.attribute(_attribute(code), store_id)

    @get("products/attributes/<code>/options")
    def options(store_id: int, code: str) -> list[dict[str, str]]:
        return product_document.options(_attribute(code), store_id)

    @get("products/attributes")
    def attributes(store_id: int) -> dict[str, object]:
        items = [product_document.attribute(row, store_id) for row in ATTRIBUTES.values()]
        return {"items": items, "search_criteria": {"filter_groups": []}, "total_count": len(items)}

    @get("products/attribute-sets/sets/list")
    def attribute_sets(store_id: int) -> dict[str, object]:
        items = [
            {"attribute_set_id": id_, "attribute_set_name": name, "sort_order": order, "entity_type_id": 4}
            for order, (id_, name) in enumerate(ATTRIBUTE_SETS.items(), start=1)
        ]
        criteria = search_criteria.parse_criteria(request.args.items(multi=True))
        return {"items": items, "search_criteria": criteria.to_json(), "total_count": len(items)}

    @get("categories")
    def category_tree(store_id: int) -> dict[str, object]:
        tree = categories.tree(product.category_ids for product in store.products())
        return tree if store_id else categories.under_root(tree)


def _add_inventory_routes(get: Route, store: Store) -> None:
    def salable(sku: str) -> Product:
        try:
            return store.product(sku)
        except NoSuchProduct:
            raise ApplicationFailed from None

    @get("inventory/get-product-salable-quantity/<sku:sku>/<int:stock_id>")
    def salable_quantity(store_id: int, sku: str, stock_id: int) -> float:
        return store_documents.salable_quantity(salable(sku))

    @get("inventory/is-product-salable/<sku:sku>/<int:stock_id>")
    def is_salable(store_id: int, sku: str, stock_id: int) -> bool:
        return stock_item.is_salable(salable(sku))

    @get("inventory/source-items")
    def source_items(store_id: int) -> dict[str, object]:
        criteria = search_criteria.parse_criteria(
            request.args.items(multi=True), search_criteria.SOURCE_ITEM_FIELDS
        )
        documents = store_documents.source_items(store.products())
        items, total = search_criteria.search(documents, criteria)
        return {"items": items, "search_criteria": criteria.to_json(), "total_count": total}

    @get("inventory/sources")
    def sources(store_id: int) -> dict[str, object]:
        return store_documents.sources()

    @get("inventory/stock-resolver/website/<code>")
    def stock_resolver(store_id: int, code: str) -> dict[str, object]:
        if code not in {website.code for website in WEBSITES.values()}:
            raise NoSuchEntity("No linked stock found")
        return store_documents.stock()


def _add_store_routes(get: Route) -> None:
    @get("store/websites")
    def websites(store_id: int) -> list[dict[str, object]]:
        return store_documents.websites()

    @get("store/storeViews")
    def store_views(store_id: int) -> list[dict[str, object]]:
        return store_documents.store_views()

    @get("store/storeConfigs")
    def store_configs(store_id: int) -> list[dict[str, object]]:
        return store_documents.store_configs(request.host_url)


def _store_id(code: str) -> int:
    if code not in REST_CODES:
        raise InvalidChange("Specified request cannot be processed.")
    return REST_CODES[code]


def _attribute(code: str) -> Attribute:
    if code not in ATTRIBUTES:
        raise NoSuchEntity(
            'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.',
            [code],
        )
    return ATTRIBUTES[code]
