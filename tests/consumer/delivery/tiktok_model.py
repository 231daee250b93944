"""A pure model of TikTok and of our records, for the reducer's property tests: no network, no database, no clock.

TikTok here holds products, ends audits by the model's time, and remembers idempotency keys. The records hold what was
stored with the notes, and the one row of the queue, with the rules of `records.catalog.sync_queue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from consumer.results.results import Done, Lease, LeasedListing, Note, Reschedule
from records.catalog.sync_queue_leases import PendingSync
from schemas.listing import Availability, LastSent, Listing, ListingStatus, Money
from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy
from tests.consumer.engine import SHIRT, SKU, TEMPLATE
from tests.policies import examples
from tests.records.examples import SHOP
from tiktok.listing.desired_listing import content_of
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import Operation

BY_HAND = "by-hand"
"""The TikTok id of a product that the seller listed by hand."""
AUDIT = timedelta(seconds=40)
LEASE = timedelta(seconds=20)


@dataclass
class ModelProduct:
    """A product on TikTok."""

    id: str
    content: dict[str, Any]
    price: dict[str, Money]
    stock: dict[str, dict[str, int]]
    status: ListingStatus
    audit_until: datetime | None

    def snapshot(self) -> object:
        """Return what buyers can see. A new audit is no change."""
        return (repr(self.content), repr(self.price), repr(self.stock), self.status)


@dataclass
class Call:
    """A writing call that reached TikTok, and whether it changed anything there."""

    operation: Operation
    body: str
    changed: bool


class WrongState(Exception):
    """The product's status forbids the call."""


class Missing(Exception):
    """There is no such product."""


@dataclass
class TikTok:
    """One shop of TikTok, with products that carry one SKU."""

    products: dict[str, ModelProduct] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def list_by_hand(self) -> None:
        """List a product with the SKU in Seller Center, before we know of it."""
        # An edit with SKUs also sends price and stock, so the planned calls after it would change nothing.
        content, _ = content_of(Records().product, TEMPLATE, SHOP)
        skus = content["skus"]
        money, stock = Money("5.00", SHOP.tiktok.currency), dict(wanted_stock(1))
        self.products[BY_HAND] = ModelProduct(
            BY_HAND,
            {"title": "By hand", "category_id": TEMPLATE.category_id, "skus": skus},
            {SKU: money},
            {SKU: stock},
            ListingStatus.ACTIVATE,
            None,
        )

    def carriers(self) -> frozenset[str]:
        return frozenset(
            product.id for product in self.products.values() if product.status is not ListingStatus.DELETED
        )

    def pass_by(self, now: datetime) -> None:
        """Let every audit pass whose time is over."""
        for product in self.products.values():
            if product.audit_until is not None and product.audit_until <= now:
                product.audit_until = None
                if product.status is ListingStatus.PENDING:
                    product.status = ListingStatus.ACTIVATE

    def read(self, product_id: str, last: LastSent) -> RemoteProduct:
        product = self.products[product_id]
        content = {name: value for name, value in product.content.items() if name != "category_version"}
        version = (last.content or {}).get("category_version")
        return RemoteProduct(
            product_id=product_id,
            status=product.status,
            audit="AUDITING" if product.audit_until is not None else None,
            reasons=(),
            skus=dict.fromkeys(product.price, f"{product_id}-1"),
            last_sent=LastSent(
                content={**content, **({"category_version": version} if version else {})},
                price=dict(product.price),
                stock={sku: dict(quantities) for sku, quantities in product.stock.items()},
                availability={
                    ListingStatus.DELETED: Availability.DELETED,
                    ListingStatus.SELLER_DEACTIVATED: Availability.DEACTIVATED,
                }.get(product.status, Availability.LIVE),
            ),
            raw={},
        )

    def write(self, operation: Operation, product_id: str | None, body: str, now: datetime) -> dict[str, Any]:
        """Carry out the call. Return the data of the answer."""
        document = orjson.loads(body) if body else {}
        if operation is Operation.CREATE:
            return self._create(document, body, now)
        product = self.products.get(product_id or "")
        if product is None or (
            product.status is ListingStatus.DELETED and operation is not Operation.RECOVER
        ):
            raise Missing
        before = product.snapshot()
        self._change(product, operation, document, now)
        self.calls.append(Call(operation, body, product.snapshot() != before))
        return {}

    def _create(self, document: dict[str, Any], body: str, now: datetime) -> dict[str, Any]:
        key = document.pop("idempotency_key")
        document.pop("save_mode")
        is_repeated = key in self.by_key
        if not is_repeated:
            product_id = f"1729-{len(self.products)}"
            product = ModelProduct(product_id, {}, {}, {}, ListingStatus.PENDING, now + AUDIT)
            _edit(product, document)
            self.products[product_id], self.by_key[key] = product, product_id
        self.calls.append(Call(Operation.CREATE, body, changed=not is_repeated))
        product_id = self.by_key[key]
        skus = [{"seller_sku": sku, "id": f"{product_id}-1"} for sku in self.products[product_id].price]
        return {"product_id": product_id, "skus": skus}

    def _change(
        self, product: ModelProduct, operation: Operation, document: dict[str, Any], now: datetime
    ) -> None:
        match operation:
            case Operation.PARTIAL_EDIT:
                _edit(product, document)
                product.audit_until = now + AUDIT
            case Operation.PRICE:
                if product.status is not ListingStatus.ACTIVATE:
                    raise WrongState
                _take_skus(product, document["skus"])
            case Operation.INVENTORY:
                _take_skus(product, document["skus"])
            case Operation.DEACTIVATE:
                if product.status is not ListingStatus.ACTIVATE:
                    raise WrongState
                product.status = ListingStatus.SELLER_DEACTIVATED
            case Operation.ACTIVATE:
                if product.status is not ListingStatus.SELLER_DEACTIVATED:
                    raise WrongState
                product.status, product.audit_until = ListingStatus.PENDING, now + AUDIT
            case Operation.DELETE:
                product.status = ListingStatus.DELETED
            case Operation.RECOVER:
                product.status = ListingStatus.SELLER_DEACTIVATED
            case _:
                raise AssertionError(f"the model knows no {operation}")


def _edit(product: ModelProduct, document: dict[str, Any]) -> None:
    skus = document.get("skus")
    product.content.update(document)
    if skus is not None:
        _take_skus(product, skus)
        beside = ("id", "price", "inventory")
        product.content["skus"] = [
            {name: value for name, value in sku.items() if name not in beside} for sku in skus
        ]


def _take_skus(product: ModelProduct, skus: list[dict[str, Any]]) -> None:
    (name,) = product.price or (skus[0]["seller_sku"],)
    for sku in skus:
        if "price" in sku:
            product.price[name] = Money(sku["price"]["amount"], sku["price"]["currency"])
        if "inventory" in sku:
            product.stock[name] = {level["warehouse_id"]: level["quantity"] for level in sku["inventory"]}


@dataclass
class Records:
    """What is stored: product, policy, listing, the row of the queue, and the request numbers of the open events."""

    now: datetime = examples.NOON
    product: Product = field(default_factory=lambda: replace(examples.product(**SHIRT), is_new=True))
    policy: SynchronizationPolicy = field(default_factory=examples.policy)
    listing: Listing = field(default_factory=lambda: Listing(7, SHOP.key))
    row: PendingSync | None = None
    open_events: list[int] = field(default_factory=list)

    def save(self, **attributes: object) -> None:
        """Save the product in Magento: its event queues the listing."""
        self.product = replace(self.product, default={**self.product.default, **attributes})
        if attributes.get("status") == "2" and self.listing.listed and not self.listing.ineligible_since:
            # Intake sets this mark in the transaction of its decision.
            self.listing = replace(self.listing, ineligible_since=self.now)
        self.mark()
        assert self.row is not None
        self.open_events.append(self.row.request_number)

    def mark(self, *, requested: bool = False) -> None:
        """Queue the listing."""
        if (row := self.row) is None:
            now = self.now
            self.row = PendingSync(7, SHOP.key, 1, requested, 2, now, now, 0, "", now, read_back_first=False)
            return
        self.row = replace(
            row,
            request_number=row.request_number + 1,
            due_at=self.now,
            requested=row.requested or requested,
            awaiting_audit=False,
        )

    def lease(self) -> LeasedListing:
        """Lease the row once it is due. After an expired lease, the sync must read TikTok first."""
        row = self.row
        assert row is not None
        self.now = max(self.now, row.due_at) + timedelta(milliseconds=10)
        if row.lease_token:
            self.now = max(self.now, row.lease_until)
        until = self.now + LEASE
        row = self.row = replace(
            row,
            read_back_first=row.read_back_first or bool(row.lease_token),
            lease_token="ours",
            lease_until=until,
        )
        return LeasedListing(
            Lease(row, until),
            self.product,
            self.listing,
            SHOP,
            self.policy,
            (TEMPLATE,),
            "event" if self.open_events else None,
        )

    def store(self, note: Note) -> None:
        """Store a note, as `consumer.results.write_results` does."""
        marked = self.listing.ineligible_since
        if note.eligible and marked == note.leased.listing.ineligible_since:
            marked = None
        self.listing = replace(note.listing, ineligible_since=marked)
        leased = note.leased.lease.pending
        if note.end is not None:
            self.open_events = [number for number in self.open_events if number > leased.request_number]
        row = self.row
        assert row is not None
        as_leased = row.request_number == leased.request_number
        if isinstance(note.row, Done):
            again = replace(
                row, lease_token="", due_at=self.now, tries=0, read_back_first=False, awaiting_audit=False
            )
            self.row = None if as_leased else again
        elif isinstance(note.row, Reschedule):
            self.row = replace(
                row,
                lease_token="",
                due_at=note.row.at if as_leased else self.now,
                requested=(leased.requested and note.end is None) or (not as_leased and row.requested),
                tries=note.row.tries,
                read_back_first=note.row.read_back_first,
                awaiting_audit=as_leased and note.row.awaiting_audit,
            )


def wanted_stock(quantity: int) -> Mapping[str, int]:
    """Return the stock by warehouse for this quantity."""
    first, *others = SHOP.tiktok.warehouse_ids
    return {first: quantity, **dict.fromkeys(others, 0)}
