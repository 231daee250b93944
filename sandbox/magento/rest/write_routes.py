"""Magento's REST API, for writing: what an ERP or a PIM does with products, stock and categories."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.magento.acts import inventory, rest
from sandbox.magento.acts.act import Act
from sandbox.magento.catalog import product_document, stock_item
from sandbox.magento.errors import InvalidChange, NoSuchProduct
from sandbox.magento.store import Store
from sandbox.magento.web.request_body import json_body

Route = Callable[[str, str], Callable[[Callable[..., object]], None]]
_COLUMNS = ("name", "price", "status", "visibility", "weight", "attribute_set_id")
_STOCK_KEYS = ("qty", "is_in_stock", "manage_stock")


def add_write_routes(route: Route, store: Store) -> None:
    """Add the routes to the REST API."""
    _add_product_routes(route, store)
    _add_assignment_routes(route, store)
    _add_stock_routes(route, store)


def _add_product_routes(route: Route, store: Store) -> None:
    @route("POST", "products")
    def create_product(store_id: int) -> dict[str, object]:
        product = _part("product")
        sku = str(product.get("sku") or "")
        links = _extension_attributes(product).get("configurable_product_links") or []
        children = [child.sku for child in store.products_by_ids([int(str(id_)) for id_ in links])]
        act = rest.create(sku, _changes(product), child_skus=children)
        return product_document.full_document(store.perform(act).product, store_id)

    @route("PUT", "products/<sku:sku>")
    def put_product(store_id: int, sku: str) -> dict[str, object]:
        changes = _changes(_part("product"))
        try:
            done = store.perform(rest.put(sku, changes, store_id=store_id))
        except NoSuchProduct:
            raise InvalidChange("Invalid product data: %1", ["Invalid attribute set entity type"]) from None
        return product_document.full_document(done.product, store_id)

    @route("DELETE", "products/<sku:sku>")
    def delete_product(store_id: int, sku: str) -> bool:
        store.delete(sku)
        return True

    @route("POST", "products/<sku:sku>/media")
    def upload_image(store_id: int, sku: str) -> str:
        entry = _part("entry")
        name = str(_object(entry.get("content")).get("name") or "")
        if not re.fullmatch(r"[A-Za-z0-9._-]{2,80}", name):
            raise InvalidChange("The image content is invalid. Verify the content and try again.")
        file = f"/{name[0].lower()}/{name[1].lower()}/{name}"
        roles = [str(role) for role in entry.get("types") or []]
        product = store.perform(rest.upload_image(sku, file, roles=roles)).product
        return str(product_document.gallery(product)[-1]["id"])


def _add_assignment_routes(route: Route, store: Store) -> None:
    @route("POST", "products/<sku:sku>/websites")
    def add_website(store_id: int, sku: str) -> bool:
        website = int(str(_part("productWebsiteLink").get("website_id") or -1))
        ids = dict.fromkeys((*store.product(sku).website_ids, website))
        store.perform(rest.assign_websites(sku, list(ids)))
        return True

    @route("DELETE", "products/<sku:sku>/websites/<int:website_id>")
    def remove_website(store_id: int, sku: str, website_id: int) -> bool:
        others = [id_ for id_ in store.product(sku).website_ids if id_ != website_id]
        store.perform(rest.assign_websites(sku, others))
        return True

    @route("POST", "categories/<int:category_id>/products")
    def add_to_category(store_id: int, category_id: int) -> bool:
        store.perform(rest.assign_category([str(_part("productLink").get("sku") or "")], category_id))
        return True

    @route("POST", "configurable-products/<sku:sku>/child")
    def add_child(store_id: int, sku: str) -> bool:
        body = _object(json_body())
        store.perform(rest.add_child(sku, str(body.get("childSku") or "")))
        return True


def _add_stock_routes(route: Route, store: Store) -> None:
    @route("PUT", "products/<sku:sku>/stockItems/<int:item_id>")
    def put_stock_item(store_id: int, sku: str, item_id: int) -> str:
        item = _part("stockItem")
        changes = {key: item[key] for key in _STOCK_KEYS if key in item}
        product = store.perform(rest.put_stock_item(sku, changes)).product
        return str(stock_item.item_id(product))

    @route("POST", "inventory/source-items")
    def save_source_items(store_id: int) -> list[object]:
        items = _object(json_body()).get("sourceItems")
        if not isinstance(items, list):
            raise _required("sourceItems")
        for item in map(_object, items):
            store.perform(_source_item(item))
        return []

    @route("POST", "products/base-prices")
    def put_base_prices(store_id: int) -> list[object]:
        return _write_prices(store, "price")

    @route("POST", "products/special-price")
    def put_special_prices(store_id: int) -> list[object]:
        return _write_prices(store, "special_price")

    @route("POST", "orders")
    def take_in_order(store_id: int) -> dict[str, object]:
        order = _part("entity")
        if "payment" not in order:
            raise InvalidChange("Please provide payment for the order.")
        (item,) = map(_object, order.get("items") or [{}])
        number = str(order.get("increment_id") or "")
        sku = str(item.get("sku") or "")
        store.perform(inventory.take_in_order(number, sku, item.get("qty_ordered", 1)))
        return {**order, "items": [item]}

    @route("POST", "order/<increment_id>/ship")
    def ship_order(store_id: int, increment_id: str) -> str:
        store.perform(inventory.ship_order(increment_id))
        return "1"


def _write_prices(store: Store, code: str) -> list[object]:
    """Write the prices in the body; the answer lists those that Magento could not write, here none."""
    rows = _object(json_body()).get("prices")
    if not isinstance(rows, list):
        raise _required("prices")
    for row in map(_object, rows):
        store.perform(rest.put_price(str(row.get("sku") or ""), {code: row.get("price")}))
    return []


def _source_item(item: Mapping[str, Any]) -> Act:
    sku, code = str(item.get("sku") or ""), str(item.get("source_code") or "")
    in_stock = str(item.get("status", 1)) == "1"
    return inventory.save_source_item(sku, code, item.get("quantity", 0), in_stock=in_stock)


def _changes(product: Mapping[str, Any]) -> dict[str, object]:
    """Return the JSON product as changes: columns, custom attributes, websites, categories and the stock item."""
    changes: dict[str, object] = {name: product[name] for name in _COLUMNS if name in product}
    for attribute in map(_object, product.get("custom_attributes") or []):
        changes[str(attribute.get("attribute_code"))] = attribute.get("value")
    extension = _extension_attributes(product)
    if "website_ids" in extension:
        changes["website_ids"] = extension["website_ids"]
    if "category_links" in extension:
        changes["category_ids"] = [_object(link).get("category_id") for link in extension["category_links"]]
    item = _object(extension.get("stock_item") or {})
    return {**changes, **{key: item[key] for key in _STOCK_KEYS if key in item}}


def _extension_attributes(product: Mapping[str, Any]) -> dict[str, Any]:
    return _object(product.get("extension_attributes") or {})


def _part(name: str) -> dict[str, Any]:
    """Return the object in the body under this name. Raises `InvalidChange` for any other body."""
    try:
        body = json_body()
    except InvalidChange:
        raise _required(name) from None
    part = body.get(name) if isinstance(body, dict) else None
    if not isinstance(part, dict):
        raise _required(name)
    return part


def _required(name: str) -> InvalidChange:
    return InvalidChange('"%fieldName" is required. Enter and try again.', {"fieldName": name})


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidChange("The body has a value where an object is required.")
    return value
