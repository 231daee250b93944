"""The plan: which calls bring TikTok from what it was last given to what it should hold. Pure, and often empty.

Content differs -> partial edit of the properties that differ (full edit where the category moves). Price differs ->
price update, once the listing is ACTIVATE. Stock differs -> inventory update, every warehouse named. Availability
differs, or a hand took it off sale -> activate, deactivate, delete, recover. A part that was refused is not sent again
with the same content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from schemas.listing import Availability, Content, LastSent, Listing, ListingStatus, Money, Part
from schemas.synchronization_policy import WhenLeaving
from tiktok.listing.desired_listing import WantedListing


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


STARTS_AN_AUDIT = frozenset({Operation.CREATE, Operation.PARTIAL_EDIT, Operation.EDIT, Operation.ACTIVATE})


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `sends` is what it makes true on TikTok when it is accepted; a full edit's body is made from a read."""

    operation: Operation
    part: Part
    body: str
    sends: LastSent
    digest: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A part that differs and can't be sent now, and why."""

    part: Part
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls to make, in order; what must wait; and what is withheld because it was refused as it is."""

    calls: tuple[Call, ...] = ()
    waits: tuple[Wait, ...] = ()
    withheld: tuple[Part, ...] = ()


def plan(wanted: WantedListing, listing: Listing, *, inventory_price_sync: bool, asked: bool = False) -> Plan:
    """What to send of a listing that exists on TikTok."""
    last = listing.last_sent
    steps: list[Call | Wait] = []
    coming_back = listing.ineligible_since is not None
    zeroed = coming_back and last.stock is not None and _all_zero(last.stock)
    falls = False
    if (inventory_price_sync or zeroed) and wanted.stock != last.stock:
        falls = _pieces(wanted.stock) < _pieces(last.stock or {})
        steps.append(_inventory(listing, wanted.stock))
    if inventory_price_sync and wanted.price != last.price:
        steps.append(_price(listing, wanted.price))
    if (content := _content(wanted, listing)) is not None:
        steps.append(content)
    if not falls:
        steps.sort(key=lambda step: step.part is Part.STOCK)
    if last.availability is Availability.DELETED:
        steps.insert(0, _move(Operation.RECOVER, Availability.DEACTIVATED))
    off_sale = listing.status is ListingStatus.SELLER_DEACTIVATED and last.availability is Availability.LIVE
    if off_sale or last.availability in (Availability.DELETED, Availability.DEACTIVATED):
        steps.append(_move(Operation.ACTIVATE, Availability.LIVE))
    if listing.status is ListingStatus.FREEZE:
        return _frozen(steps)
    return _sift(steps, listing, asked)


def take_down(how: WhenLeaving, listing: Listing, warehouse_ids: Sequence[str]) -> Plan:
    """How a listing leaves: availability or stock, whatever Inventory/Price Sync says, and nothing else."""
    steps = list(_way_out(how, listing, warehouse_ids))
    return _frozen(steps) if listing.status is ListingStatus.FREEZE else _sift(steps, listing, asked=True)


def create_call(wanted: WantedListing, idempotency_key: str) -> Call:
    """The create of a listing that TikTok has not: content, price and stock in one body."""
    skus = [_with_price_and_stock(sku, wanted) for sku in wanted.content["skus"]]
    body = {**wanted.content, "skus": skus, "save_mode": "LISTING", "idempotency_key": idempotency_key}
    sends = LastSent(wanted.content, wanted.price, wanted.stock, Availability.LIVE)
    # Content and price, for both can be what TikTok refuses; the stock moves too often to be asked again for it.
    named = digest({"content": wanted.content, **wanted.price})
    return Call(Operation.CREATE, Part.CONTENT, _json(body), sends, named)


def sent_by_create(body: str) -> LastSent:
    """What a create's written-down body made true, read back from it."""
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
            sku["seller_sku"]: {one["warehouse_id"]: one["quantity"] for one in sku["inventory"]}
            for sku in skus
        },
        availability=Availability.LIVE,
    )


def merge_for_edit(value: Content, call: Call) -> str:
    """The body of a full edit: our own properties, and what `held` keeps beside them, which it would blank."""
    return _json({**value, **orjson.loads(call.body)})


def after(last: LastSent, sends: LastSent) -> LastSent:
    """What TikTok was last given, once a call is accepted: of each part that it sends, that and nothing older."""
    return LastSent(
        content=last.content if sends.content is None else sends.content,
        price=last.price if sends.price is None else sends.price,
        stock=last.stock if sends.stock is None else sends.stock,
        availability=last.availability if sends.availability is None else sends.availability,
    )


def digest(part: Any) -> str:
    """A short name of a part's content, for remembering what was refused."""
    plain = {key: _plain(value) for key, value in part.items()} if isinstance(part, Mapping) else part
    return hashlib.blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return [value.amount, value.currency] if isinstance(value, Money) else value


def _content(wanted: WantedListing, listing: Listing) -> Call | None:
    last = listing.last_sent.content
    if last == wanted.content:
        return None
    named = digest(wanted.content)
    moved = last is None or last.get("category_id") != wanted.content["category_id"]
    dropped = last is not None and not last.keys() <= wanted.content.keys()
    sends = LastSent(content=wanted.content)
    if (last is not None and moved) or dropped:
        return Call(Operation.EDIT, Part.CONTENT, _json(_edit(wanted.content, wanted, listing)), sends, named)
    differs = {
        name: value
        for name, value in wanted.content.items()
        if name != "category_id" and (last is None or last.get(name) != value)
    }
    body = _json(_edit(differs, wanted, listing))
    return Call(Operation.PARTIAL_EDIT, Part.CONTENT, body, sends, named)


def _edit(properties: Content, wanted: WantedListing, listing: Listing) -> dict[str, Any]:
    """An edit that names SKUs names their ids too, and gives the price and stock that TikTok demands with them."""
    if "skus" not in properties:
        return dict(properties)
    skus = []
    for sku in properties["skus"]:
        known = listing.skus.get(sku["seller_sku"])
        identity = {"id": known} if known else {}
        skus.append({**identity, **_with_price_and_stock(sku, wanted)})
    return {**properties, "skus": skus}


def _with_price_and_stock(sku: Mapping[str, Any], wanted: WantedListing) -> dict[str, Any]:
    name = sku["seller_sku"]
    return {
        **sku,
        "price": {"amount": wanted.price[name].amount, "currency": wanted.price[name].currency},
        "inventory": _inventory_of(wanted.stock[name]),
    }


def _price(listing: Listing, price: Mapping[str, Money]) -> Call | Wait:
    if listing.status is not ListingStatus.ACTIVATE:
        return Wait(
            Part.PRICE, f"the product is {listing.status}, and TikTok takes a price for ACTIVATE ones only"
        )
    skus = [
        {"id": listing.skus[sku], "price": {"amount": money.amount, "currency": money.currency}}
        for sku, money in price.items()
        if sku in listing.skus
    ]
    return Call(Operation.PRICE, Part.PRICE, _json({"skus": skus}), LastSent(price=price), digest(price))


def _inventory(listing: Listing, stock: Mapping[str, Mapping[str, int]]) -> Call:
    skus = [
        {"id": listing.skus[sku], "inventory": _inventory_of(pieces)}
        for sku, pieces in stock.items()
        if sku in listing.skus
    ]
    return Call(Operation.INVENTORY, Part.STOCK, _json({"skus": skus}), LastSent(stock=stock), digest(stock))


def _inventory_of(pieces: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"warehouse_id": warehouse, "quantity": quantity} for warehouse, quantity in pieces.items()]


def _way_out(how: WhenLeaving, listing: Listing, warehouse_ids: Sequence[str]) -> Iterator[Call | Wait]:
    availability, status = listing.last_sent.availability, listing.status
    if how is WhenLeaving.DELETE:
        if availability is not Availability.DELETED:
            yield _move(Operation.DELETE, Availability.DELETED)
        return
    away = availability in (Availability.DEACTIVATED, Availability.DELETED)
    if how is WhenLeaving.DEACTIVATE:
        if away or status is ListingStatus.SELLER_DEACTIVATED:
            return
        if status in (ListingStatus.ACTIVATE, None):
            yield _move(Operation.DEACTIVATE, Availability.DEACTIVATED)
            return
    if listing.skus and not _all_zero(listing.last_sent.stock):
        yield _inventory(listing, {sku: dict.fromkeys(warehouse_ids, 0) for sku in listing.skus})
    if how is WhenLeaving.DEACTIVATE:
        yield Wait(Part.AVAILABILITY, f"the product is {status}")


def _frozen(steps: Sequence[Call | Wait]) -> Plan:
    return Plan(waits=tuple(Wait(step.part, "TikTok has frozen the product") for step in steps))


def _move(operation: Operation, to: Availability) -> Call:
    return Call(operation, Part.AVAILABILITY, "", LastSent(availability=to), digest({"to": to.value}))


def _sift(steps: Sequence[Call | Wait], listing: Listing, asked: bool) -> Plan:
    calls, waits, withheld = [], [], []
    for step in steps:
        if isinstance(step, Wait):
            waits.append(step)
        elif not asked and listing.refused.get(step.part) == step.digest:
            withheld.append(step.part)
        else:
            calls.append(step)
    return Plan(tuple(calls), tuple(waits), tuple(withheld))


def _all_zero(stock: Mapping[str, Mapping[str, int]] | None) -> bool:
    return stock is not None and not any(_quantities(stock))


def _pieces(stock: Mapping[str, Mapping[str, int]]) -> int:
    return sum(_quantities(stock))


def _quantities(stock: Mapping[str, Mapping[str, int]]) -> Iterator[int]:
    return (quantity for pieces in stock.values() for quantity in pieces.values())


def _json(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body).decode()


def with_sku_ids(listing: Listing, answered: Sequence[Mapping[str, Any]]) -> Listing:
    """The listing with the SKU ids that TikTok answered, matched by `seller_sku`."""
    fields = {sku["seller_sku"]: sku["id"] for sku in answered if sku.get("seller_sku") and sku.get("id")}
    return replace(listing, skus=fields) if fields else listing
