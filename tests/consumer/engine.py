"""The engine: a Magento store that saves products, the real intake on a database file, and what is stored then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from consumer.intake.intake import BatchResult, Intake
from records.catalog import baselines, listings, products, sync_queue
from records.catalog.sync_queue import SyncRequest
from records.catalog.tables import pending_syncs as pending_table
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log import activity, events, feeds
from records.log.activity import ActivityRow
from records.log.feeds import FeedRow
from records.log.tables import events as events_table
from records.rules import policies, shops, templates
from schemas.event_signature import HEADER, EventSignatures
from schemas.listing import FirstAudit, LastSent, Listing, ListingStatus
from schemas.listing_template import AttributeMapping, ListingTemplate
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent, to_record
from schemas.secret import Secret
from schemas.shop import Shop
from tests.policies import examples
from tests.records.examples import BOX, SHOP, SIGNATURES
from topics.event_consumer import Record

SHIRT: Mapping[str, Any] = {**examples.SHIRT, "description": "<p>Linen, woven in Portugal.</p>"}
SKU = "SHIRT-M"
TEMPLATE = replace(
    examples.template(),
    image_uri="tos-sandbox/main-1",
    attributes=(AttributeMapping("100392", "color"), AttributeMapping("100393", "size")),
)
READ_DELAY = timedelta(seconds=2)


class Clock:
    """The time of day, plus what was added to it. `stand_still` freezes it."""

    def __init__(self) -> None:
        self._added = timedelta()
        self._stands: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stands or datetime.now(UTC)) + self._added

    def pass_by(self, seconds: float) -> None:
        self._added += timedelta(seconds=seconds)

    def stand_still(self) -> None:
        self._stands = datetime.now(UTC)


def record_of(event: ProductEvent, offset: int = 0) -> Record:
    """Return the event as a record of the topic. Events that name ids only lie in another partition."""
    key, value, headers = to_record(event, SIGNATURES)
    return Record(
        "magento.product.events",
        int(event.sku is None),
        offset,
        1_795_000_000_000,
        key,
        value,
        tuple(headers),
    )


def signed_again(record: Record) -> Record:
    """Return the record with a valid signature, whatever it contains."""
    kept = [(name, raw) for name, raw in record.headers if name != HEADER]
    return replace(record, headers=(*kept, SIGNATURES.header(record.key, record.value, kept)))


class Engine:
    """A database with a shop, a policy and a template, an intake, and a Magento store."""

    def __init__(self, database: Database, box: SecretBox = BOX) -> None:
        self.database = database
        self.box = box
        self.clock = Clock()
        self.intake = self.new_intake()
        self._offset = 0
        self._state: dict[tuple[str, str], dict[str, Any]] = {}
        self._entities: dict[tuple[str, str], str] = {}

    def new_intake(self, signatures: EventSignatures = SIGNATURES) -> Intake:
        return Intake(self.database, self.box, signatures, read_delay=READ_DELAY, clock=self.clock)

    # Rules

    def connect(self, shop: Shop = SHOP) -> None:
        with self.database.write() as connection:
            shops.save(connection, shop, self.box, now=self.clock(), replace_tokens=True)

    def policy(self, title: str = "Default", **switches: Any) -> None:
        """Store a policy with everything on and nothing observed, except these switches."""
        with self.database.write() as connection:
            policy = examples.policy(title=title, **switches)
            policies.save(connection, policy, now=self.clock(), author="test")

    def template(self, template: ListingTemplate = TEMPLATE) -> None:
        with self.database.write() as connection:
            templates.save(connection, template, now=self.clock(), author="test")

    # Magento

    def event(self, sku: str = SKU, kind: EventKind = EventKind.SAVED, **value: Any) -> ProductEvent:
        """Return a new event. Its entity id is that of the SKU."""
        self._offset += 1
        shop = value.get("shop", "demo")
        usual = {
            "id": f"evt-{self._offset}",
            "shop": "demo",
            "received_at": self.clock(),
            "entity_id": self.entity_id(sku, shop),
        }
        return ProductEvent(sku=sku, kind=kind, **{**usual, **value})

    def saved(self, sku: str = SKU, shop: str = "demo", **changes: Any) -> ProductEvent:
        """Return the event of a full save, with these changes to the last state."""
        state = self._state.setdefault((shop, sku), dict(SHIRT))
        state.update(changes)
        return self.event(sku, shop=shop, attributes=dict(state))

    def take(self, *event: ProductEvent | Record) -> BatchResult:
        """Process a batch with these events."""
        return self.intake.take(
            [item if isinstance(item, Record) else record_of(item, self._place()) for item in event]
        )

    def save(self, sku: str = SKU, shop: str = "demo", **changes: Any) -> str:
        """Save the product and process the event. Return its id."""
        event = self.saved(sku, shop, **changes)
        self.take(event)
        return event.id

    def stock(self, quantity: int, sku: str = SKU) -> str:
        event = self.event(sku, EventKind.STOCK_CHANGED, attributes={"quantity": quantity, "stock_status": 1})
        self._state.setdefault(("demo", sku), dict(SHIRT))["quantity"] = quantity
        self.take(event)
        return event.id

    def delete(self, sku: str = SKU) -> str:
        event = self.event(sku, EventKind.DELETED)
        self.take(event)
        return event.id

    def ask(self, sku: str = SKU) -> None:
        """Request a sync, as a person does."""
        with self.database.write() as connection:
            mark = SyncRequest(self.product(sku).id, "demo", 2, requested=True)
            sync_queue.enqueue(connection, [mark], now=self.clock())

    def entity_id(self, sku: str = SKU, shop: str = "demo") -> str:
        """Return the entity id of this SKU; the store assigns one if there is none."""
        return self._entities.setdefault((shop, sku), str(40 + len(self._entities)))

    def recreated(self, sku: str = SKU) -> None:
        """Create another product with this SKU: the next event has another entity id."""
        self._entities["demo", sku] = f"9{self._entities['demo', sku]}"
        self._state.pop(("demo", sku), None)

    def _place(self) -> int:
        self._offset += 1
        return self._offset

    # What is stored

    def product(self, sku: str = SKU, shop: str = "demo") -> Product:
        """Return the newest product with this SKU."""
        with self.database.read() as connection:
            return products.by_sku(connection, shop, sku)[0]

    def listing(self, sku: str = SKU, shop: str = "demo") -> Listing:
        product = self.product(sku, shop)
        with self.database.read() as connection:
            return listings.load(connection, [product.id])[product.id]

    def pending(self, sku: str = SKU, shop: str = "demo") -> Any:
        product = self.product(sku, shop)
        with self.database.read() as connection:
            return sync_queue.get(connection, product.id)

    def baseline(self, sku: str = SKU) -> Mapping[str, Any] | None:
        product = self.product(sku)
        with self.database.read() as connection:
            return baselines.load(connection, [product.id]).get(product.id)

    def end(self, event_id: str, shop: str = "demo") -> str | None:
        """Return the end of the event, None while it is open."""
        with self.database.read() as connection:
            row = events.get(connection, shop, event_id)
        assert row is not None, f"{event_id} was never taken"
        value: str | None = row.end
        return value

    def ends(self) -> list[tuple[str, str | None]]:
        """Return every processed event in order, with its end."""
        with self.database.read() as connection:
            query = select(events_table.c.id, events_table.c.end).order_by(events_table.c.seq)
            return [(row.id, row.end) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        with self.database.read() as connection:
            return events.counts(connection)

    def history(self, sku: str = SKU, shop: str = "demo") -> list[ActivityRow]:
        """Return the activity log of the product, oldest first."""
        product = self.product(sku, shop)
        with self.database.read() as connection:
            return activity.of_product(connection, product.id, limit=500)[::-1]

    def outcomes(self, sku: str = SKU, shop: str = "demo") -> list[str]:
        """Return the outcomes in the activity log of the product, oldest first."""
        return [row.reason for row in self.history(sku, shop) if row.kind == "outcome"]

    def decisions(self, sku: str = SKU) -> list[str]:
        """Return the decisions in the activity log of the product, oldest first, as ``action reason``."""
        return [f"{row.action} {row.reason}" for row in self.history(sku) if row.kind == "decision"]

    def feed(self, sku: str = SKU) -> list[FeedRow]:
        product = self.product(sku)
        with self.database.read() as connection:
            return feeds.of_product(connection, product.id, limit=500)[::-1]

    def put_on_tiktok(self, sku: str = SKU, **value: Any) -> None:
        """Store the listing as live, as if delivery had created it, and empty its queue."""
        usual: dict[str, Any] = {
            "tiktok_product_id": str(1729592969712207007 + self.listing(sku).product_id),
            "skus": {sku: "1729592969712207012"},
            "status": ListingStatus.ACTIVATE,
            "first_audit": FirstAudit.PASSED,
            "last_sent": LastSent(),
        }
        with self.database.write() as connection:
            found = self.listing(sku)
            listings.save_delivered(connection, [replace(found, **{**usual, **value})])
            listings.clear_ineligible(connection, found.product_id, found.ineligible_since)
            connection.execute(pending_table.delete().where(pending_table.c.product_id == found.product_id))
            now = self.clock()
            events.finish(
                connection, [events.Ending(found.product_id, 1_000_000, events.End.APPLIED)], now=now
            )


def connected_to(url: str, key: str = "demo", policy: str = "Default", **tiktok: Any) -> Shop:
    """Return a shop that calls the sandbox at this address."""
    usual = {
        "app_key": "sandboxapp",
        "app_secret": Secret("sandbox-app-secret-0123456789"),
        "access_token": Secret("TTP_sandbox_access"),
        "refresh_token": Secret("TTP_sandbox_refresh"),
        "shop_cipher": "GCP_sandbox_demo",
        "warehouse_ids": ("7068517275539719942",),
        "api_url": url,
        "auth_url": f"{url}/auth",
    }
    return replace(
        SHOP, key=key, synchronization_policy=policy, tiktok=replace(SHOP.tiktok, **{**usual, **tiktok})
    )


def reasons(result: BatchResult) -> Sequence[str]:
    """Return the decisions of the batch, as ``action reason``."""
    return [
        f"{decided.event_decision.decision.action} {decided.event_decision.decision.reason}"
        for decided in result.decided
    ]
