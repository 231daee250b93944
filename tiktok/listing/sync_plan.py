"""Plan the calls that lead from the last sent values to the wanted listing. Pure; the plan is often empty.

Content differs -> partial edit of the properties that differ (full edit if the category changes). Price differs ->
price update, once the listing is ACTIVATE. Stock differs -> inventory update with every warehouse. Availability
differs, or a person took the product off sale in Seller Center -> activate, deactivate, delete or recover. A part that
was refused is not sent again with the same content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import orjson

from schemas.listing import Availability, Content, LastSent, Listing, ListingStatus, Money, Part
from schemas.synchronization_policy import WhenLeaving
from tiktok.documents import Document, children
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
    """A planned call.

    `sends` are the last sent values once the call is accepted. `digest` identifies the content, to remember a refusal.
    The body of a full edit is incomplete: `merge_for_edit` adds what was read from TikTok.
    """

    operation: Operation
    part: Part
    body: str
    sends: LastSent
    digest: str


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


def plan(
    wanted: WantedListing, listing: Listing, *, inventory_price_sync: bool, requested: bool = False
) -> Plan:
    """Return the plan for a listing that exists on TikTok.

    `requested` sends parts again whose content was refused: a person requested the sync.
    """
    last = listing.last_sent
    steps: list[Call | Wait] = []
    coming_back = listing.ineligible_since is not None
    zeroed = coming_back and last.stock is not None and _all_zero(last.stock)
    decreases = False
    if (inventory_price_sync or zeroed) and wanted.stock != last.stock:
        decreases = _total(wanted.stock) < _total(last.stock or {})
        steps.append(_inventory(listing, wanted.stock))
    if inventory_price_sync and wanted.price != last.price:
        steps.append(_price(listing, wanted.price))
    if (content := _content(wanted, listing)) is not None:
        steps.append(content)
    if not decreases:
        # A decrease is sent first, to prevent overselling; any other stock is sent last.
        steps.sort(key=lambda step: step.part is Part.STOCK)
    if last.availability is Availability.DELETED:
        steps.insert(0, _move(Operation.RECOVER, Availability.DEACTIVATED))
    off_sale = listing.status is ListingStatus.SELLER_DEACTIVATED and last.availability is Availability.LIVE
    if off_sale or last.availability in (Availability.DELETED, Availability.DEACTIVATED):
        steps.append(_move(Operation.ACTIVATE, Availability.LIVE))
    if listing.status is ListingStatus.FREEZE:
        return _frozen(steps)
    return _split_refused(steps, listing, requested)


def take_down(how: WhenLeaving, listing: Listing, warehouse_ids: Sequence[str]) -> Plan:
    """Return the plan that takes a listing down: availability or stock only, whatever Inventory/Price Sync says."""
    steps = list(_take_down_steps(how, listing, warehouse_ids))
    return (
        _frozen(steps)
        if listing.status is ListingStatus.FREEZE
        else _split_refused(steps, listing, requested=True)
    )


def create_call(wanted: WantedListing, idempotency_key: str) -> Call:
    """Return the call that creates the listing: content, price and stock in one body."""
    skus = [_with_price_and_stock(sku, wanted) for sku in wanted.content["skus"]]
    body = {**wanted.content, "skus": skus, "save_mode": "LISTING", "idempotency_key": idempotency_key}
    sends = LastSent(wanted.content, wanted.price, wanted.stock, Availability.LIVE)
    return Call(
        Operation.CREATE, Part.CONTENT, _json(body), sends, _create_digest(wanted.content, wanted.price)
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


def merge_for_edit(unmanaged: Content, call: Call) -> str:
    """Return the body of a full edit: the call's properties, and the fields that we do not manage.

    A full edit clears every field that it omits.
    """
    return _json({**unmanaged, **orjson.loads(call.body)})


def after(last: LastSent, sends: LastSent) -> LastSent:
    """Return the last sent values after an accepted call: each part that it sends replaces the older value."""
    return LastSent(
        content=last.content if sends.content is None else sends.content,
        price=last.price if sends.price is None else sends.price,
        stock=last.stock if sends.stock is None else sends.stock,
        availability=last.availability if sends.availability is None else sends.availability,
    )


def digest(part: Mapping[str, object]) -> str:
    """Return a digest of a part's content, to remember what was refused."""
    plain = {key: _plain(value) for key, value in part.items()}
    return hashlib.blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    return [value.amount, value.currency] if isinstance(value, Money) else value


def _content(wanted: WantedListing, listing: Listing) -> Call | None:
    last = listing.last_sent.content
    if last == wanted.content:
        return None
    content_digest = digest(wanted.content)
    category_changes = last is None or last.get("category_id") != wanted.content["category_id"]
    # A partial edit can't remove a property.
    removes = last is not None and not last.keys() <= wanted.content.keys()
    sends = LastSent(content=wanted.content)
    if (last is not None and category_changes) or removes:
        body = _json(_edit(wanted.content, wanted, listing))
        return Call(Operation.EDIT, Part.CONTENT, body, sends, content_digest)
    differs = {
        name: value
        for name, value in wanted.content.items()
        if name != "category_id" and (last is None or last.get(name) != value)
    }
    body = _json(_edit(differs, wanted, listing))
    return Call(Operation.PARTIAL_EDIT, Part.CONTENT, body, sends, content_digest)


def _edit(properties: Content, wanted: WantedListing, listing: Listing) -> Mapping[str, object]:
    """Return the body of an edit. TikTok requires the id, price and stock of each SKU that an edit contains."""
    if "skus" not in properties:
        return properties
    skus = []
    for sku in properties["skus"]:
        sku_id = listing.skus.get(sku["seller_sku"])
        identity = {"id": sku_id} if sku_id else {}
        skus.append({**identity, **_with_price_and_stock(sku, wanted)})
    return {**properties, "skus": skus}


def _with_price_and_stock(sku: Document, wanted: WantedListing) -> Document:
    name = str(sku["seller_sku"])
    return {
        **sku,
        "price": {"amount": wanted.price[name].amount, "currency": wanted.price[name].currency},
        "inventory": _inventory_of(wanted.stock[name]),
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
    return Call(Operation.PRICE, Part.PRICE, _json({"skus": skus}), LastSent(price=price), digest(price))


def _inventory(listing: Listing, stock: Mapping[str, Mapping[str, int]]) -> Call:
    skus = [
        {"id": listing.skus[sku], "inventory": _inventory_of(quantities)}
        for sku, quantities in stock.items()
        if sku in listing.skus
    ]
    return Call(Operation.INVENTORY, Part.STOCK, _json({"skus": skus}), LastSent(stock=stock), digest(stock))


def _inventory_of(quantities: Mapping[str, int]) -> list[Document]:
    return [{"warehouse_id": warehouse, "quantity": quantity} for warehouse, quantity in quantities.items()]


def _take_down_steps(
    how: WhenLeaving, listing: Listing, warehouse_ids: Sequence[str]
) -> Iterator[Call | Wait]:
    availability, status = listing.last_sent.availability, listing.status
    if how is WhenLeaving.DELETE:
        if availability is not Availability.DELETED:
            yield _move(Operation.DELETE, Availability.DELETED)
        return
    off_sale = availability in (Availability.DEACTIVATED, Availability.DELETED)
    if how is WhenLeaving.DEACTIVATE:
        if off_sale or status is ListingStatus.SELLER_DEACTIVATED:
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


def _split_refused(steps: Sequence[Call | Wait], listing: Listing, requested: bool) -> Plan:
    calls, waits, withheld = [], [], []
    for step in steps:
        if isinstance(step, Wait):
            waits.append(step)
        elif not requested and listing.refused.get(step.part) == step.digest:
            withheld.append(step.part)
        else:
            calls.append(step)
    return Plan(tuple(calls), tuple(waits), tuple(withheld))


def _all_zero(stock: Mapping[str, Mapping[str, int]] | None) -> bool:
    return stock is not None and not any(_quantities(stock))


def _total(stock: Mapping[str, Mapping[str, int]]) -> int:
    return sum(_quantities(stock))


def _quantities(stock: Mapping[str, Mapping[str, int]]) -> Iterator[int]:
    return (quantity for by_warehouse in stock.values() for quantity in by_warehouse.values())


def _json(body: Mapping[str, object]) -> str:
    return orjson.dumps(body).decode()


def with_sku_ids(listing: Listing, data: Document) -> Listing:
    """Return the listing with the SKU ids in the data of a create or an edit, unchanged if there are none."""
    skus = {
        str(sku["seller_sku"]): str(sku["id"])
        for sku in children(data, "skus")
        if sku.get("seller_sku") and sku.get("id")
    }
    return replace(listing, skus=skus) if skus else listing
