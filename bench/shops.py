"""Databases to measure on: a shop with listed products that are due or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from commands.demo_world.demo_shops import WAREHOUSE, shop_document, template_document
from commands.demo_world.rule import EVERYTHING
from operations.rules.apply import apply
from records.catalog import sync_queue
from records.catalog.sync_queue import SyncRequest
from records.catalog.tables import baselines, listing_parts, listings, product_layers, products
from records.db.database import Database
from records.db.secret_box import SecretBox
from schemas.apply_file import load_declaration
from schemas.event_signature import EventSignatures
from schemas.listing_template import ListingTemplateSchema
from schemas.product import DEFAULT_LAYER, Mark, Product, sku_key
from schemas.secret import Secret
from schemas.shop import ShopSchema
from schemas.template_policies import TemplatePolicies
from tiktok.listing.desired_listing import WantedListing, wanted_listing
from tiktok.listing.price_and_stock import offer_of

SHOP = "bench"
KEY = Secret("bench-0123456789-abcdefghijklmnopqrstuvwxyz")
SIGNATURES = EventSignatures((KEY,))
BATCH = 2_000
WEBHOOK_SECRET = "whsec_" + "A" * 43 + "="
TEMPLATE = ListingTemplateSchema().load(template_document("Shirts", "9"))
_SHOP = ShopSchema().load(shop_document(SHOP, "Bench", "Default", "http://127.0.0.1", WEBHOOK_SECRET))


def attributes(number: int, **changed: Any) -> dict[str, Any]:
    """Return the attributes of a product as Magento sends them, about 1 KB."""
    return {
        "name": f"Bench shirt {number}",
        "description": "<p>A shirt to measure with, made of cotton, worn by many.</p>" * 3,
        "short_description": "A shirt to measure with.",
        "attribute_set_id": 9,
        "type_id": "simple",
        "price": "29.000000",
        "quantity": 18,
        "stock_status": 1,
        "status": "1",
        "visibility": "4",
        "weight": "0.300000",
        "website_ids": ["1"],
        "category_ids": ["3", "4", "21"],
        "color": "58",
        "size": "168",
        "tax_class_id": "2",
        "url_key": f"bench-shirt-{number}",
        "meta_title": f"Bench shirt {number}",
        "image": f"/b/e/bench-{number}.png",
        **changed,
    }


def open_shop(path: Path, tiktok_url: str, secret: str = WEBHOOK_SECRET, **switches: Any) -> Database:
    """Create a database with one shop, connected to this TikTok, and no products."""
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    document = {
        "synchronization_policies": [{"title": "Default", **EVERYTHING, **switches}],
        "listing_templates": [template_document("Shirts", "9")],
        "shops": [shop_document(SHOP, "Bench", "Default", tiktok_url, secret)],
    }
    with database.write() as connection:
        apply(
            connection,
            lambda titles, _: load_declaration(document, titles),
            SecretBox(KEY),
            now=datetime.now(UTC),
            author="bench",
        )
    return database


def stock(database: Database, count: int, *, due: bool) -> None:
    """Add live listings. If `due`, each has another price than was last sent to TikTok, and is queued."""
    now = datetime.now(UTC)
    for start in range(0, count, BATCH):
        numbers = range(start + 1, min(start + BATCH, count) + 1)
        with database.write() as connection:
            for table, rows in _rows(numbers, now, due=due):
                connection.execute(insert(table), rows)
            if due:
                sync_queue.enqueue(connection, [SyncRequest(number, SHOP, 1) for number in numbers], now=now)


def _rows(numbers: range, now: datetime, *, due: bool) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    long_ago = now - timedelta(days=1)
    yield (
        products,
        [
            {
                "id": number,
                "shop": SHOP,
                "entity_id": str(number),
                "sku": sku(number),
                "sku_key": sku_key(sku(number)),
                "is_new": False,
                "deleted": False,
                "marks": {DEFAULT_LAYER: Mark(long_ago, long_ago)},
            }
            for number in numbers
        ],
    )
    yield (
        product_layers,
        [
            {"product_id": number, "default_layer": attributes(number), "store_view_layer": {}}
            for number in numbers
        ],
    )
    yield baselines, [{"product_id": number, "attributes": attributes(number)} for number in numbers]
    yield (
        listings,
        [
            {
                "product_id": number,
                "shop": SHOP,
                "template": "Shirts",
                "assigned_by": "policy",
                "tiktok_product_id": tiktok_id(number),
                "skus": {sku(number): str(int(tiktok_id(number)) + 1)},
                "status": "ACTIVATE",
                "first_audit": "passed",
                "gone": False,
            }
            for number in numbers
        ],
    )
    yield (
        listing_parts,
        [
            {"product_id": number, "last_sent": _last_sent(number, "28.00" if due else "29.00")}
            for number in numbers
        ],
    )


def sku(number: int) -> str:
    """Return the SKU of a product, by its number."""
    return f"BENCH-{number}"


def tiktok_id(number: int) -> str:
    """Return the TikTok id of a product, by its number."""
    return str(1_729_000_000_000_000_000 + 10 * number)


def _last_sent(number: int, price: str) -> dict[str, Any]:
    product = Product(SHOP, sku(number), str(number), number, default=attributes(number))
    offer = offer_of(product, TEMPLATE, _SHOP, TemplatePolicies(), datetime.now(UTC))
    wanted = wanted_listing(product, TEMPLATE, _SHOP, offer)
    if not isinstance(wanted, WantedListing):
        raise ValueError(wanted.sentence())
    return {
        "content": dict(wanted.content),
        "price": {sku(number): [price, "USD"]},
        "stock": {sku(number): {WAREHOUSE: 18}},
        "availability": "live",
    }
