"""`/_store`: what a person does in Admin, as JSON, for demos and tests; and what an oracle reads.

POST   /_store/products/{SKU or entity id}/save   {"changes": {"color": "Red", "qty": 5}, "store_id": 0, "shape":
                                                  "flat", "fire": true, "with_original": false}
POST   /_store/products                           {"sku": "...", "changes": {"name": "...", "price": 9.9}}
GET, DELETE /_store/products/{SKU or entity id}
POST   /_store/products/{SKU or entity id}/stock  {"qty": 3}
POST   /_store/mass-update                        {"skus": [...], "attributes": {...}}
POST   /_store/mass-websites                      {"skus": [...], "website_ids": [1], "action": "add"}
GET    /_store/ledger?after=SEQ
POST   /_store/webhooks/{id}/redeliver
GET, PUT /_store/targets                          [{"url": "...", "secret": "whsec_..."}]
GET, POST, DELETE /_store/burst                   {"saves": 1000, "products": 100, "per_second": 50, "seed": 1}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint

from sandbox.magento.burst import Burst, Order
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input, option_label
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.store import Saved, Store
from sandbox.magento.web.request_body import flag, json_body, json_object, whole_number
from sandbox.magento.webhooks.signing import Target

Answer = dict[str, Any]


def admin_api(store: Store, burst: Burst) -> Blueprint:
    """The addresses. There is no login: this store listens on its own machine."""
    api = Blueprint("admin", __name__, url_prefix="/_store")

    @api.get("/products")
    def products() -> Answer:
        everything = [summary(product) for product in store.products()]
        return {"items": everything, "total_count": len(everything)}

    @api.post("/products")
    def create() -> tuple[Answer, int]:
        told = json_object(sku=str, changes=dict, fire=bool, shape=str)
        sku, changes = told.pop("sku", ""), told.pop("changes", {})
        return _one(store.create(sku, changes, **told)), 201

    @api.get("/products/<sku:key>")
    def product(key: str) -> Answer:
        return described(store.product(store.sku_of(key)))

    @api.delete("/products/<sku:key>")
    def delete(key: str) -> Answer:
        return _one(store.delete(store.sku_of(key), fire=flag("fire", True)))

    @api.post("/products/<sku:key>/save")
    def save(key: str) -> Answer:
        told = json_object(changes=dict, store_id=int, shape=str, fire=bool, with_original=bool)
        return _one(store.save(store.sku_of(key), told.pop("changes", {}), **told))

    @api.post("/products/<sku:key>/stock")
    def change_stock(key: str) -> Answer:
        told = json_object(qty=object, is_in_stock=object, manage_stock=object, fire=bool)
        fire = told.pop("fire", True)
        return _one(store.change_stock(store.sku_of(key), told, fire=fire))

    @api.post("/mass-update")
    def mass_update() -> Answer:
        told = json_object(skus=list, attributes=dict, store_id=int, fire=bool)
        skus, attributes = _texts("skus", told.pop("skus", [])), told.pop("attributes", {})
        return _several(store.mass_update(skus, attributes, **told))

    @api.post("/mass-websites")
    def mass_websites() -> Answer:
        told = json_object(skus=list, website_ids=list, action=str, fire=bool)
        skus, website_ids = _texts("skus", told.pop("skus", [])), told.pop("website_ids", [])
        return _several(store.change_websites(skus, website_ids, **told))

    @api.get("/ledger")
    def ledger() -> Answer:
        after = whole_number("after", 0)
        entries = store.ledger(after, whole_number("limit", 100_000))
        last = entries[-1]["seq"] if entries else after
        return {"entries": entries, "last_seq": last, "waiting": store.waiting()}

    @api.post("/webhooks/<webhook_id>/redeliver")
    def redeliver(webhook_id: str) -> Answer:
        return {"webhooks": [store.redeliver(webhook_id)]}

    @api.get("/targets")
    def targets() -> list[dict[str, str]]:
        return [target.shown() for target in store.targets]

    @api.put("/targets")
    def send_to() -> list[dict[str, str]]:
        told = json_body()
        if not isinstance(told, list):
            raise InvalidChange('The body is not a list of targets, each an object with "url" and "secret".')
        store.send_to([Target.from_json(one) for one in told])
        return targets()

    @api.get("/burst")
    def progress() -> Answer:
        return asdict(burst.progress)

    @api.post("/burst")
    def start_burst() -> tuple[Answer, int]:
        return asdict(
            burst.start(Order(**json_object(saves=int, products=int, per_second=int, seed=int)))
        ), 202

    @api.delete("/burst")
    def stop_burst() -> Answer:
        return asdict(burst.stop())

    return api


def described(product: Product) -> Answer:
    """Everything that the store knows of the product, both layers apart; `labels` are those of its options."""
    choices = {
        code: value for code, value in product.values.items() if ATTRIBUTES[code].input is Input.SELECT
    }
    return {**asdict(product), "labels": {code: option_label(code, value) for code, value in choices.items()}}


def summary(product: Product) -> Answer:
    """The product in a line."""
    own = {code: product.values.get(code) for code in ("name", "price", "color", "size")}
    return {
        "entity_id": product.entity_id,
        "sku": product.sku,
        "type_id": product.type_id,
        **own,
        "qty": product.stock.qty,
        "status": option_label("status", product.values.get("status")),
        "visibility": option_label("visibility", product.values.get("visibility")),
        "updated_at": product.updated_at,
        "version": product.version,
    }


def _one(saved: Saved) -> Answer:
    return {"product": described(saved.product), "webhooks": list(saved.webhooks)}


def _several(saved: Saved) -> Answer:
    return {
        "products": [described(product) for product in saved.products],
        "webhooks": list(saved.webhooks),
    }


def _texts(name: str, told: list[object]) -> list[str]:
    texts = [one for one in told if isinstance(one, str)]
    if len(texts) != len(told):
        raise InvalidChange(f"{name}: a list of texts is wanted.")
    return texts
