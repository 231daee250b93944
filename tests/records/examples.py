"""A shop with secrets that can be searched for, a policy of each kind, and rows that the tests vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from records.catalog import listings, products, sync_queue
from records.catalog.products import ProductKey
from records.catalog.sync_queue import QueueRow, SyncRequest
from records.db.secret_box import SecretBox
from records.log import events
from records.log.events import EventRow
from schemas.event_signature import EventSignatures
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.listing import Listing
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.product import Product
from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, MagentoConnection, Shop, TikTokConnection
from schemas.template_policies import TemplatePolicy
from tests.policies.examples import NOON

KEY = Secret("the key of the box, forty characters long")
BOX = SecretBox(KEY)
SIGNATURES = EventSignatures((KEY,))
WEBHOOK_SECRET = "whsec_dHdlbnR5LWZvdXIgcmFuZG9tIGJ5dGVz"
SECRETS = {
    "webhook": WEBHOOK_SECRET,
    "magento": "magento-integration-token",
    "app_secret": "tiktok-app-secret-value",
    "access": "TTP_access_token_value",
    "refresh": "TTP_refresh_token_value",
}
SHOP = Shop(
    key="demo",
    title="Demo shop",
    synchronization_policy="Default",
    magento=MagentoConnection(
        STANDARD_SENDER,
        (Secret(WEBHOOK_SECRET),),
        website_id=1,
        base_url="https://magento.example",
        token=Secret(SECRETS["magento"]),
    ),
    tiktok=TikTokConnection(
        app_key="app",
        app_secret=Secret(SECRETS["app_secret"]),
        access_token=Secret(SECRETS["access"]),
        refresh_token=Secret(SECRETS["refresh"]),
        shop_cipher="cipher",
        region="US",
        currency="USD",
        warehouse_ids=("7001", "7002"),
        # Port 9 of this machine refuses every connection: no test calls TikTok itself.
        api_url="http://127.0.0.1:9",
        auth_url="http://127.0.0.1:9/auth",
    ),
)
PRICING = PricingPolicy(
    "Plus ten",
    PriceSource.SPECIAL_PRICE,
    None,
    "Europe/Berlin",
    Decimal("1.0950"),
    Adjustment.PERCENT,
    Decimal(10),
    Rounding.NEAREST_99,
    Decimal("4.50"),
    Decimal(30),
)
INVENTORY = InventoryPolicy(
    "Careful", StockSource.MSI, "berlin", None, 100, 5, 10, 20, 2, True, 500, sync_out_of_stock=False
)
IMAGES = ImagePolicy("Own images", "listing_image", "/p/l/placeholder.jpg", 5)
WHOLE: tuple[TemplatePolicy, ...] = (PRICING, INVENTORY, IMAGES)
"""A policy of each kind, with every field set."""


def with_tokens(access: str, refresh: str) -> Shop:
    """Return the shop with these tokens."""
    return replace(
        SHOP, tiktok=replace(SHOP.tiktok, access_token=Secret(access), refresh_token=Secret(refresh))
    )


def located(connection: Connection, entity_id: str | None, sku: str | None, shop: str = "demo") -> Product:
    """Return the product with this entity id and SKU, created if needed."""
    key = ProductKey(shop, entity_id, sku)
    return products.locate(connection, [key])[key]


def listing_of(connection: Connection, product_id: int) -> Listing:
    """Return the product's listing."""
    return listings.load(connection, [product_id])[product_id]


def enqueued(
    connection: Connection, product_id: int, *, lane: int = 2, now: datetime = NOON, **more: Any
) -> int:
    """Make the listing due; return its request number."""
    return sync_queue.enqueue(connection, [SyncRequest(product_id, "demo", lane, **more)], now=now)[
        product_id
    ]


def queue_row(connection: Connection, product_id: int) -> QueueRow:
    """Return the listing's row of the queue, which must exist."""
    row = sync_queue.get(connection, product_id)
    assert row is not None
    return row


def take_event(connection: Connection, event_id: str, product_id: int, **more: Any) -> None:
    """Store an event of this product."""
    events.put(connection, [EventRow("demo", event_id, product_id, "saved", NOON, **more)])
