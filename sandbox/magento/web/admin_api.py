"""`/_store`: the actions of Magento Admin as JSON, for demos and tests, and the delivery ledger.

POST   /_store/products/{SKU or entity id}/save   {"changes": {"color": "Red", "qty": 5}, "store_id": 0, "shape":
                                                  "flat", "fire": true, "with_original": false}
                                                  "sources": {"wh2": {"quantity": 4, "in_stock": true}} is optional
POST   /_store/products                           {"sku": "...", "changes": {"name": "...", "price": 9.9}}
GET, DELETE /_store/products/{SKU or entity id}
POST   /_store/products/{SKU or entity id}/stock  {"qty": 3}
POST   /_store/configurables                      {"sku": "...", "changes": {...}, "variations": {"SKU": {...}}}
POST   /_store/mass-update                        {"skus": [...], "attributes": {...}}
POST   /_store/mass-websites                      {"skus": [...], "website_ids": [1], "action": "add"}
POST   /_store/mass-inventory                     {"skus": [...], "stock": {"qty": 3}}
POST   /_store/mass-delete                        {"skus": [...]}
POST   /_store/import                             {"rows": [{"sku": "...", "name": "..."}]}
POST   /_store/import-delete                      {"skus": [...]}
POST   /_store/orders                             {"sku": "...", "qty": 2}, as the web shop's checkout
POST   /_store/orders/{increment id}/ship
GET    /_store/ledger?after=SEQ
POST   /_store/webhooks/{id}/redeliver
GET, PUT /_store/targets                          [{"url": "...", "secret": "whsec_...", "events": [...]}]
                                                  "sku_prefix": "DEMO-" limits a target to these products
GET, POST, DELETE /_store/burst                   {"saves": 1000, "products": 100, "per_second": 50, "seed": 1}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint

from sandbox.magento.acts import admin, csv_import, inventory, mass_actions
from sandbox.magento.burst import Burst, BurstRequest
from sandbox.magento.catalog.attribute_values import format_quantity, parse_amount
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input, option_label
from sandbox.magento.catalog.product import Product, SourceItem
from sandbox.magento.errors import InvalidChange
from sandbox.magento.store import SaveResult, Store
from sandbox.magento.web.request_body import check_object, flag, json_body, json_object, whole_number
from sandbox.magento.webhooks.signing import Target

Document = dict[str, Any]


def admin_api(store: Store, burst: Burst) -> Blueprint:
    """Build the routes. There is no login: the store listens on its own machine."""
    api = Blueprint("admin", __name__, url_prefix="/_store")
    _add_product_routes(api, store)
    _add_mass_action_routes(api, store)
    _add_import_and_order_routes(api, store)
    _add_webhook_routes(api, store)
    _add_burst_routes(api, burst)
    return api


def _add_product_routes(api: Blueprint, store: Store) -> None:
    @api.get("/products")
    def products() -> Document:
        summaries = [product_summary(product) for product in store.products()]
        return {"items": summaries, "total_count": len(summaries)}

    @api.post("/products")
    def create() -> tuple[Document, int]:
        body = json_object(sku=str, changes=dict, fire=bool, shape=str)
        sku, changes = body.pop("sku", ""), body.pop("changes", {})
        return _single_result(store.create(sku, changes, **body)), 201

    @api.get("/products/<sku:key>")
    def product(key: str) -> Document:
        return product_details(store.product(store.find_sku(key)))

    @api.delete("/products/<sku:key>")
    def delete(key: str) -> Document:
        return _single_result(store.delete(store.find_sku(key), fire=flag("fire", True)))

    @api.post("/products/<sku:key>/save")
    def save(key: str) -> Document:
        body = json_object(changes=dict, store_id=int, shape=str, fire=bool, with_original=bool, sources=dict)
        sources = {code: _source_item(item) for code, item in body.pop("sources", {}).items()}
        saved = store.save(store.find_sku(key), body.pop("changes", {}), sources=sources, **body)
        return _single_result(saved)

    @api.post("/products/<sku:key>/stock")
    def change_stock(key: str) -> Document:
        body = json_object(qty=object, is_in_stock=object, manage_stock=object, fire=bool)
        fire = body.pop("fire", True)
        return _single_result(store.change_stock(store.find_sku(key), body, fire=fire))


def _add_mass_action_routes(api: Blueprint, store: Store) -> None:
    @api.post("/mass-update")
    def mass_update() -> Document:
        body = json_object(skus=list, attributes=dict, store_id=int, fire=bool)
        skus, attributes = _checked_texts("skus", body.pop("skus", [])), body.pop("attributes", {})
        return _list_result(store.mass_update(skus, attributes, **body))

    @api.post("/mass-websites")
    def mass_websites() -> Document:
        body = json_object(skus=list, website_ids=list, action=str, fire=bool)
        skus, website_ids = _checked_texts("skus", body.pop("skus", [])), body.pop("website_ids", [])
        return _list_result(store.change_websites(skus, website_ids, **body))

    @api.post("/mass-inventory")
    def mass_inventory() -> Document:
        body = json_object(skus=list, stock=dict)
        skus, stock = _checked_texts("skus", body.get("skus", [])), body.get("stock", {})
        return _list_result(store.perform(mass_actions.update_inventory(skus, stock)))

    @api.post("/mass-delete")
    def mass_delete() -> Document:
        skus = _checked_texts("skus", json_object(skus=list).get("skus", []))
        return _list_result(store.perform(admin.mass_delete(skus)))

    @api.post("/configurables")
    def create_configurable() -> tuple[Document, int]:
        body = json_object(sku=str, changes=dict, variations=dict)
        variations = {
            sku: check_object(values, dict.fromkeys(values, object) if isinstance(values, dict) else {})
            for sku, values in body.get("variations", {}).items()
        }
        act = admin.create_configurable(body.get("sku", ""), body.get("changes", {}), variations)
        return _list_result(store.perform(act)), 201


def _add_import_and_order_routes(api: Blueprint, store: Store) -> None:
    @api.post("/import")
    def import_rows() -> Document:
        columns = dict.fromkeys(csv_import.COLUMNS, str)
        rows = [check_object(row, columns) for row in json_object(rows=list).get("rows", [])]
        return _list_result(store.perform(csv_import.append(rows)))

    @api.post("/import-delete")
    def import_deletes() -> Document:
        skus = _checked_texts("skus", json_object(skus=list).get("skus", []))
        return _list_result(store.perform(csv_import.delete(skus)))

    @api.post("/orders")
    def place_order() -> tuple[Document, int]:
        body = json_object(sku=str, qty=object)
        placed = store.perform(inventory.place_order(body.get("sku", ""), body.get("qty", 1)))
        return _single_result(placed), 201

    @api.post("/orders/<increment_id>/ship")
    def ship_order(increment_id: str) -> Document:
        return _single_result(store.perform(inventory.ship_order(increment_id)))


def _add_webhook_routes(api: Blueprint, store: Store) -> None:
    @api.get("/ledger")
    def ledger() -> Document:
        after = whole_number("after", 0)
        entries = store.ledger(after, whole_number("limit", 100_000))
        last = entries[-1]["seq"] if entries else after
        return {"entries": entries, "last_seq": last, "waiting": store.count_waiting()}

    @api.post("/webhooks/<webhook_id>/redeliver")
    def redeliver(webhook_id: str) -> Document:
        return {"webhooks": [store.redeliver(webhook_id)]}

    @api.get("/targets")
    def targets() -> list[Document]:
        return [target.to_public_json() for target in store.targets]

    @api.put("/targets")
    def set_targets() -> list[Document]:
        body = json_body()
        if not isinstance(body, list):
            raise InvalidChange(
                'The body is not a list of targets. A target is an object with "url" and "secret".'
            )
        store.set_targets([Target.from_json(item) for item in body])
        return targets()


def _add_burst_routes(api: Blueprint, burst: Burst) -> None:
    @api.get("/burst")
    def progress() -> Document:
        return asdict(burst.progress)

    @api.post("/burst")
    def start_burst() -> tuple[Document, int]:
        return asdict(
            burst.start(BurstRequest(**json_object(saves=int, products=int, per_second=int, seed=int)))
        ), 202

    @api.delete("/burst")
    def stop_burst() -> Document:
        return asdict(burst.stop())


def product_details(product: Product) -> Document:
    """Return all data of the product, with the labels of its select options."""
    selected = {
        code: value for code, value in product.values.items() if ATTRIBUTES[code].input is Input.SELECT
    }
    return {
        **asdict(product),
        "labels": {code: option_label(code, value) for code, value in selected.items()},
    }


def product_summary(product: Product) -> Document:
    """Return the main fields of the product."""
    attributes = {code: product.values.get(code) for code in ("name", "price", "color", "size")}
    return {
        "entity_id": product.entity_id,
        "sku": product.sku,
        "type_id": product.type_id,
        **attributes,
        "qty": product.stock.qty,
        "status": option_label("status", product.values.get("status")),
        "visibility": option_label("visibility", product.values.get("visibility")),
        "updated_at": product.updated_at,
        "version": product.version,
    }


def _single_result(saved: SaveResult) -> Document:
    return {"product": product_details(saved.product), "webhooks": list(saved.webhooks)}


def _list_result(saved: SaveResult) -> Document:
    return {
        "products": [product_details(product) for product in saved.products],
        "webhooks": list(saved.webhooks),
    }


def _source_item(item: object) -> SourceItem:
    row = check_object(item, {"quantity": object, "in_stock": bool})
    return SourceItem(
        format_quantity(parse_amount("quantity", row.get("quantity"))), row.get("in_stock", True)
    )


def _checked_texts(name: str, values: list[object]) -> list[str]:
    texts = [item for item in values if isinstance(item, str)]
    if len(texts) != len(values):
        raise InvalidChange(f"{name}: not a list of texts.")
    return texts
