"""Plan the calls that lead from the last sent values to the wanted listing. Pure; the plan is often empty.

Content differs -> partial edit of the properties that differ (full edit if the category changes). Price differs ->
price update, once the listing is ACTIVATE. Stock differs -> inventory update of our warehouse. Availability
differs, or a person took the product off sale in Seller Center -> activate, deactivate, delete or recover. A part that
was refused is not sent again with the same content.

TikTok requires price and stock of each SKU that an edit contains. Such an edit carries both, so that no further call
repeats them; if it is refused, they are sent on their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import orjson

from schemas.listing import Availability, Content, LastSent, Listing, ListingStatus, Money, Part
from schemas.synchronization_policy import WhenLeaving
from tiktok.documents import Document
from tiktok.listing.desired_listing import Sendable, WantedListing
from tiktok.listing.warehouses import has_other_warehouses, in_warehouses_of, quantity_of

_MAY_HAVE_FOREIGN_ENTRIES = frozenset({"skus", "product_attributes"})
_Offer = TypeVar("_Offer", Money, Mapping[str, int])


class Operation(StrEnum):
    """A call of TikTok's product API."""

    SEARCH = "search"
    CREATE = "create"
    GET = "get"
    PARTIAL_EDIT = "partial_edit"
    EDIT = "edit"
    PRICE = "price"
    INVENTORY = "inventory"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
    RECOVER = "recover"


_READ_BEFORE = frozenset({Operation.EDIT, Operation.DEACTIVATE, Operation.DELETE})
STARTS_AN_AUDIT = frozenset({Operation.CREATE, Operation.PARTIAL_EDIT, Operation.EDIT, Operation.ACTIVATE})


@dataclass(frozen=True, slots=True)
class Call:
    """A planned call.

    `sends` are the last sent values once the call is accepted. `digest` identifies the content, to remember a refusal.
    The body of a full edit is incomplete: `edit_bodies` adds what was read from TikTok. `otherwise` are the steps that
    take its place if it can't be made or is refused. `keeps` are the parts of its SKUs that must stay as TikTok has
    them, price or stock, which are read too. `replaces` is whether it replaces a list that may have entries of the
    seller's. `beside_others` are the calls in place of a take-down, if the seller has SKUs in the product.
    """

    operation: Operation
    part: Part
    body: str
    sends: LastSent
    digest: str
    otherwise: tuple[Call | Wait, ...] = ()
    keeps: frozenset[Part] = frozenset()
    replaces: bool = False
    beside_others: tuple[Call, ...] = ()

    @property
    def must_be_read(self) -> bool:
        """Whether the product is read immediately before: what the call would take away and is not ours, must stay."""
        return self.operation in _READ_BEFORE or bool(self.keeps) or self.replaces


@dataclass(frozen=True, slots=True)
class Wait:
    """A part that differs and can't be sent now, with the reason for people."""

    part: Part
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls to make, in order; the parts that must wait; and those withheld because their content was refused."""

    calls: tuple[Call, ...] = ()
    waits: tuple[Wait, ...] = ()
    withheld: tuple[Part, ...] = ()


def instead_of(planned: Plan, call: Call) -> Plan:
    """Return the plan with the steps that take the place of a call that is not made."""
    at, steps = planned.calls.index(call), call.otherwise
    calls = (step for step in steps if isinstance(step, Call))
    waits = (step for step in steps if isinstance(step, Wait))
    made = (*planned.calls[:at], *calls, *planned.calls[at + 1 :])
    return replace(planned, calls=made, waits=(*planned.waits, *waits))


def plan(wanted: Sendable, listing: Listing, *, inventory_price_sync: bool, requested: bool = False) -> Plan:
    """Return the plan for a listing that exists on TikTok. A part of `wanted` that is None stays as it is there.

    `requested` sends parts again whose content was refused: a person requested the sync.
    """
    last = listing.last_sent
    first, others = _offers(wanted, listing, synced=inventory_price_sync)
    content = _content(wanted, listing, synced=inventory_price_sync)
    steps: list[Call | Wait]
    if content is not None and content.sends.price is not None:
        # It carries price and stock. A decrease of stock stays the first call, because an edit may fail.
        steps = [*first, replace(content, otherwise=tuple(others))]
    else:
        others += [] if content is None else [content]
        steps = [*first, *sorted(others, key=lambda step: step.part is Part.STOCK)]
    if last.availability is Availability.DELETED:
        steps.insert(0, _move(Operation.RECOVER, Availability.DEACTIVATED))
    off_sale = listing.status is ListingStatus.SELLER_DEACTIVATED and last.availability is Availability.LIVE
    if off_sale or last.availability in (Availability.DELETED, Availability.DEACTIVATED):
        steps.append(_move(Operation.ACTIVATE, Availability.LIVE))
    if listing.status is ListingStatus.FREEZE:
        return _frozen(steps)
    return _split_refused(steps, listing, requested)


def was_zeroed(listing: Listing) -> bool:
    """Return whether the listing comes back after its stock was set to 0, whatever Inventory/Price Sync says."""
    return listing.ineligible_since is not None and listing.last_sent.zeroed


def misses_offer(wanted: Sendable, listing: Listing, *, inventory_price_sync: bool) -> bool:
    """Return whether an edit of the content must contain a price or a stock, and none is known."""
    content = wanted.content
    differs = content is not None and content != listing.last_sent.content
    return differs and _content(wanted, listing, synced=inventory_price_sync) is None


def _offers(
    wanted: Sendable, listing: Listing, *, synced: bool
) -> tuple[list[Call | Wait], list[Call | Wait]]:
    """Return the calls of price and stock: first a decrease of stock, which prevents overselling; then the others."""
    last = listing.last_sent
    first: list[Call | Wait] = []
    others: list[Call | Wait] = []
    if synced and wanted.price is not None and wanted.price != last.price and _has_ids(wanted.price, listing):
        others.append(_price(listing, wanted.price))
    if (
        wanted.stock is not None
        and wanted.stock != (before := in_warehouses_of(wanted.stock, last.stock))
        and (synced or was_zeroed(listing))
        and _has_ids(wanted.stock, listing)
    ):
        decreases = quantity_of(wanted.stock) < quantity_of(before)
        (first if decreases else others).append(_inventory(listing, wanted.stock))
    return first, others


def _has_ids(by_sku: Mapping[str, object], listing: Listing) -> bool:
    """Return whether TikTok has one of these SKUs: only an edit creates a SKU."""
    return not by_sku.keys().isdisjoint(listing.skus)


def take_down(how: WhenLeaving, listing: Listing, warehouse_id: str) -> Plan:
    """Return the plan that takes a listing down: availability or stock only, whatever Inventory/Price Sync says."""
    steps = list(_take_down_steps(how, listing, warehouse_id))
    return (
        _frozen(steps)
        if listing.status is ListingStatus.FREEZE
        else _split_refused(steps, listing, requested=True)
    )


def create_call(wanted: WantedListing, idempotency_key: str) -> Call:
    """Return the call that creates the listing: content, price and stock in one body."""
    skus = [with_price_and_stock(sku, wanted.price, wanted.stock) for sku in wanted.content["skus"]]
    body = {**wanted.content, "skus": skus, "save_mode": "LISTING", "idempotency_key": idempotency_key}
    sends = LastSent(wanted.content, wanted.price, wanted.stock, Availability.LIVE)
    return Call(
        Operation.CREATE, Part.CONTENT, json_body(body), sends, _create_digest(wanted.content, wanted.price)
    )


def digest_of_create(body: str) -> str:
    """Return the digest of a create, read from its stored body."""
    sent = sent_by_create(body)
    return _create_digest(sent.content or {}, sent.price or {})


def _create_digest(content: Content, price: Mapping[str, Money]) -> str:
    # Content and price, because TikTok may refuse either. A change of stock alone does not repeat a refused create.
    return digest({"content": content, **price})


def sent_by_create(body: str) -> LastSent:
    """Return the last sent values after a create, read from its stored body."""
    document = orjson.loads(body)
    skus = document.pop("skus")
    for name in ("save_mode", "idempotency_key"):
        document.pop(name)
    document["skus"] = [
        {name: value for name, value in sku.items() if name not in ("price", "inventory")} for sku in skus
    ]
    return LastSent(
        content=document,
        price={sku["seller_sku"]: Money(**sku["price"]) for sku in skus},
        stock={
            sku["seller_sku"]: {row["warehouse_id"]: row["quantity"] for row in sku["inventory"]}
            for sku in skus
        },
        availability=Availability.LIVE,
    )


def after(last: LastSent, sends: LastSent) -> LastSent:
    """Return the last sent values after an accepted call: each part that it sends replaces the older value."""
    return LastSent(
        content=last.content if sends.content is None else sends.content,
        price=last.price if sends.price is None else sends.price,
        stock=last.stock if sends.stock is None else sends.stock,
        availability=last.availability if sends.availability is None else sends.availability,
        zeroed=last.zeroed if sends.stock is None else sends.zeroed,
    )


def digest(part: Mapping[str, object]) -> str:
    """Return a digest of a part's content, to remember what was refused."""
    plain = {key: _plain(value) for key, value in part.items()}
    return hashlib.blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    return [value.amount, value.currency] if isinstance(value, Money) else value


def _content(wanted: Sendable, listing: Listing, *, synced: bool) -> Call | None:
    content, last = wanted.content, listing.last_sent.content
    if content is None or last == content:
        return None
    category_changes = last is None or last.get("category_id") != content["category_id"]
    # A partial edit can't remove a property.
    removes = last is not None and not last.keys() <= content.keys()
    is_whole = (last is not None and category_changes) or removes
    properties = content if is_whole else _differing(content, last)
    sends, keeps = LastSent(content=content), frozenset[Part]()
    if "skus" in properties:
        carried = _carried(wanted, content, listing, synced=synced)
        if carried is None:
            return None
        sends, keeps = replace(carried, content=content), _kept(listing, synced=synced)
        properties = {**properties, "skus": [_edited_sku(sku, carried, listing) for sku in content["skus"]]}
    operation = Operation.EDIT if is_whole else Operation.PARTIAL_EDIT
    replaces = not properties.keys().isdisjoint(_MAY_HAVE_FOREIGN_ENTRIES)
    body = json_body(properties)
    return Call(operation, Part.CONTENT, body, sends, digest(content), keeps=keeps, replaces=replaces)


def _kept(listing: Listing, *, synced: bool) -> frozenset[Part]:
    if synced:
        return frozenset()
    return frozenset({Part.PRICE} if was_zeroed(listing) else {Part.PRICE, Part.STOCK})


def _differing(content: Content, last: Content | None) -> Content:
    return {
        name: value
        for name, value in content.items()
        if name != "category_id" and (last is None or last.get(name) != value)
    }


def _carried(wanted: Sendable, content: Content, listing: Listing, *, synced: bool) -> LastSent | None:
    """Return the price and stock that an edit of these SKUs contains, None if one of them is not known.

    What is not synced keeps the value that TikTok has: the one last sent, until it is read.
    """
    last = listing.last_sent
    prices = (wanted.price or {}, last.price or {})
    stocks = (wanted.stock or {}, last.stock or {})
    price, stock = {}, {}
    for sku in content["skus"]:
        name = str(sku["seller_sku"])
        found_price = _first(name, prices if synced else prices[::-1])
        found_stock = _first(name, stocks if synced or was_zeroed(listing) else stocks[::-1])
        if found_price is None or found_stock is None:
            return None
        price[name], stock[name] = found_price, found_stock
    return LastSent(price=price, stock=stock)


def _first(sku: str, by_sku: Sequence[Mapping[str, _Offer]]) -> _Offer | None:
    return next((offers[sku] for offers in by_sku if sku in offers), None)


def _edited_sku(sku: Document, carried: LastSent, listing: Listing) -> Document:
    """Return a SKU in the body of an edit. Without an id it is a new SKU."""
    sku_id = listing.skus.get(str(sku["seller_sku"]))
    identity = {"id": sku_id} if sku_id else {}
    return {**identity, **with_price_and_stock(sku, carried.price or {}, carried.stock or {})}


def with_price_and_stock(
    sku: Document, price: Mapping[str, Money], stock: Mapping[str, Mapping[str, int]]
) -> Document:
    """Return the SKU of a body with the price and stock of its `seller_sku`."""
    money = price[str(sku["seller_sku"])]
    return {
        **sku,
        "price": {"amount": money.amount, "currency": money.currency},
        "inventory": _inventory_of(stock[str(sku["seller_sku"])]),
    }


def _price(listing: Listing, price: Mapping[str, Money]) -> Call | Wait:
    if listing.status is not ListingStatus.ACTIVATE:
        return Wait(
            Part.PRICE,
            f"the product is {listing.status}, and TikTok accepts a price for ACTIVATE products only",
        )
    skus = [
        {"id": listing.skus[sku], "price": {"amount": money.amount, "currency": money.currency}}
        for sku, money in price.items()
        if sku in listing.skus
    ]
    return Call(Operation.PRICE, Part.PRICE, json_body({"skus": skus}), LastSent(price=price), digest(price))


def _inventory(listing: Listing, stock: Mapping[str, Mapping[str, int]], *, zeroes: bool = False) -> Call:
    skus = [
        {"id": listing.skus[sku], "inventory": _inventory_of(quantities)}
        for sku, quantities in stock.items()
        if sku in listing.skus
    ]
    sends, others = LastSent(stock=stock, zeroed=zeroes), has_other_warehouses(listing.last_sent.stock, stock)
    body = json_body({"skus": skus})
    return Call(Operation.INVENTORY, Part.STOCK, body, sends, digest(stock), replaces=others)


def _inventory_of(quantities: Mapping[str, int]) -> list[Document]:
    return [{"warehouse_id": warehouse, "quantity": quantity} for warehouse, quantity in quantities.items()]


def _take_down_steps(how: WhenLeaving, listing: Listing, warehouse_id: str) -> Iterator[Call | Wait]:
    availability, status = listing.last_sent.availability, listing.status
    none_left = {sku: {warehouse_id: 0} for sku in listing.skus}
    zero = (_inventory(listing, none_left, zeroes=True),) if none_left else ()
    if how is WhenLeaving.DELETE:
        if availability is not Availability.DELETED:
            yield replace(_move(Operation.DELETE, Availability.DELETED), beside_others=zero)
        return
    off_sale = availability in (Availability.DEACTIVATED, Availability.DELETED)
    if how is WhenLeaving.DEACTIVATE:
        if off_sale or status is ListingStatus.SELLER_DEACTIVATED:
            return
        if status in (ListingStatus.ACTIVATE, None):
            yield replace(_move(Operation.DEACTIVATE, Availability.DEACTIVATED), beside_others=zero)
            return
    if in_warehouses_of(none_left, listing.last_sent.stock) != none_left:
        yield from zero
    if how is WhenLeaving.DEACTIVATE:
        yield Wait(Part.AVAILABILITY, f"the product is {status}")


def _frozen(steps: Sequence[Call | Wait]) -> Plan:
    return Plan(waits=tuple(Wait(step.part, "TikTok has frozen the product") for step in steps))


def _move(operation: Operation, to: Availability) -> Call:
    return Call(operation, Part.AVAILABILITY, "", LastSent(availability=to), digest({"to": to.value}))


def _split_refused(steps: Sequence[Call | Wait], listing: Listing, requested: bool) -> Plan:
    calls: list[Call] = []
    waits: list[Wait] = []
    withheld: list[Part] = []
    for step in steps:
        if isinstance(step, Wait):
            waits.append(step)
        elif not requested and listing.was_refused(step.part, step.digest):
            withheld.append(step.part)
            others = _split_refused(step.otherwise, listing, requested)
            calls, waits = [*calls, *others.calls], [*waits, *others.waits]
            withheld.extend(others.withheld)
        else:
            calls.append(step)
    return Plan(tuple(calls), tuple(waits), tuple(withheld))


def json_body(body: Mapping[str, object]) -> str:
    """Return the body of a call as JSON."""
    return orjson.dumps(body).decode()
