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
from schemas.listing import LastSent, Listing, ListingStatus, Money
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy
from tests.consumer.engine import SHIRT, SKU, TEMPLATE
from tests.policies import examples
from tests.records.examples import SHOP
from tiktok.listing.desired_listing import content_of
from tiktok.listing.remote_product import Ownership, RemoteProduct, remote_product
from tiktok.listing.sync_plan import Operation

BY_HAND = "by-hand"
"""The TikTok id of a product that the seller listed by hand."""
AUDIT = timedelta(seconds=40)
LEASE = timedelta(seconds=20)
HOODIES = replace(TEMPLATE, category_id="600002")


@dataclass
class ModelProduct:
    """A product on TikTok."""

    id: str
    content: dict[str, Any]
    price: dict[str, Money]
    stock: dict[str, dict[str, int]]
    status: ListingStatus
    audit_until: datetime | None
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The seller's SKUs by id, in the shape of an edit."""
    filled: dict[str, object] = field(default_factory=dict)
    """The fields that the seller filled in Seller Center."""
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every SKU that the seller has ever added: none may be lost."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """The stock of our SKU in a warehouse of the seller."""

    def snapshot(self) -> object:
        """Return what buyers can see. A new audit is no change."""
        return repr((self.content, self.price, self.stock, self.status, self.others))

    def add_sku(self) -> None:
        sku_id = f"{self.id}-{len(self.added) + 2}"
        self.added[sku_id] = {
            "id": sku_id,
            "seller_sku": f"OTHER-{sku_id}",
            "sales_attributes": [{"id": "1", "name": "Size", "value_id": "2", "value_name": sku_id}],
            "identifier_code": {"code": "4006381333931", "type": "EAN"},
            "price": {"amount": "7.00", "currency": SHOP.tiktok.currency},
            "inventory": [{"warehouse_id": SHOP.tiktok.warehouse_ids[0], "quantity": 3}],
        }
        self.others[sku_id] = self.added[sku_id]

    def fill_fields(self) -> None:
        count = len(self.filled)
        filled = {"manufacturer_ids": [str(count)], "search_terms": ["linen"], "is_cod_allowed": False}
        name = list(filled)[count % len(filled)]
        self.filled[name] = self.content[name] = filled[name]

    def stock_elsewhere(self) -> None:
        self.elsewhere = {"7009": self.elsewhere.get("7009", 0) + 5}
        for stock in self.stock.values():
            stock.update(self.elsewhere)

    def lost(self) -> list[object]:
        """Return what of the seller's is no longer there."""
        return [
            [stock for stock in self.stock.values() if not self.elsewhere.items() <= stock.items()],
            [sku for sku_id, sku in self.added.items() if self.others.get(sku_id) != sku],
            [name for name, value in self.filled.items() if self.content.get(name) != value],
        ]


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

    def read(self, product_id: str, last: LastSent, ownership: Ownership) -> RemoteProduct:
        product = self.products[product_id]
        audit = "AUDITING" if product.audit_until is not None else "APPROVED"
        return remote_product(document_of(product, audit), last, ownership)

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
            case Operation.PARTIAL_EDIT | Operation.EDIT:
                if operation is Operation.EDIT:
                    product.content.clear()
                _edit(product, document)
                product.audit_until = now + AUDIT
            case Operation.PRICE:
                if product.status is not ListingStatus.ACTIVATE:
                    raise WrongState
                _take_skus(product, document["skus"])
            case Operation.INVENTORY:
                warehouses = {row["warehouse_id"] for row in document["skus"][0]["inventory"]}
                if any(warehouses != stock.keys() for stock in product.stock.values()):
                    raise WrongState
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
        own = [sku for sku in skus if sku.get("id") not in product.added]
        product.content["skus"] = [
            {name: value for name, value in sku.items() if name not in beside} for sku in own
        ]
        product.others = {sku["id"]: sku for sku in skus if sku.get("id") in product.added}


def _take_skus(product: ModelProduct, skus: list[dict[str, Any]]) -> None:
    own = [sku for sku in skus if sku.get("id") not in product.added]
    (name,) = product.price or (own[0]["seller_sku"],)
    for sku in own:
        if "price" in sku:
            product.price[name] = Money(sku["price"]["amount"], sku["price"]["currency"])
        if "inventory" in sku:
            product.stock[name] = {level["warehouse_id"]: level["quantity"] for level in sku["inventory"]}


def document_of(product: ModelProduct, audit: str) -> dict[str, Any]:
    """Return the data of Get Product."""
    own = {
        **product.content["skus"][0],
        "id": f"{product.id}-1",
        "price": {"amount": money.amount, "currency": money.currency}
        if (money := next(iter(product.price.values()), None))
        else {},
        "inventory": [
            {"warehouse_id": warehouse, "quantity": quantity}
            for stock in product.stock.values()
            for warehouse, quantity in stock.items()
        ],
    }
    skus = [own, *product.others.values()]
    renamed = ("category_id", "category_version", "brand_id", "skus")
    return {
        **{name: value for name, value in product.content.items() if name not in renamed},
        "id": product.id,
        "status": product.status.value,
        "audit": {"status": audit},
        "category_chains": [{"id": product.content["category_id"], "is_leaf": True}],
        "skus": [{**sku, "price": _as_returned(sku["price"])} for sku in skus],
    }


def _as_returned(price: dict[str, Any]) -> dict[str, Any]:
    return {"sale_price": price["amount"], "currency": price["currency"]}


@dataclass
class Records:
    """What is stored: product, policy, listing, the row of the queue, and the request numbers of the open events."""

    now: datetime = examples.NOON
    product: Product = field(default_factory=lambda: replace(examples.product(**SHIRT), is_new=True))
    policy: SynchronizationPolicy = field(default_factory=examples.policy)
    listing: Listing = field(default_factory=lambda: Listing(7, SHOP.key))
    template: ListingTemplate = TEMPLATE
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

    def move_category(self) -> None:
        """Give the listing template another category, which makes the listing due."""
        self.template = HOODIES if self.template is TEMPLATE else TEMPLATE
        self.mark()

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
            (self.template,),
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
    return {SHOP.tiktok.warehouse_id: quantity}
