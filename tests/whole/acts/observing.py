"""Send acts to a running system, and read what is known of each product and what TikTok has."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import func, select

from commands.demo_world.demo_shops import COLOR, SIZE
from policies.attribute_changes import as_amount
from records.catalog import listings, products
from records.catalog.products import ProductKey
from records.catalog.tables import pending_syncs
from records.log.tables import events
from schemas.gates import read_stock_status
from schemas.product import Product
from tests.webhooks.examples import signed
from tests.whole.acts.rows import Fields
from tests.whole.system import System, eventually
from webhooks.request_bodies import LARGEST_BODY

_SOON = timedelta(seconds=60)
"""What is due later than this waits for a date, such as the end of a special price."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook: the name of its event, its id, its body, how many products it is about, and its HTTP request."""

    event: str
    id: str
    body: bytes
    products: int = 1
    request: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the shop that its webhooks are for, and the webhooks in order."""

    name: str
    shop: str
    deliveries: Sequence[Delivery]


@dataclass(slots=True)
class Observed:
    """What an act led to: the answers to its webhooks by event, and its products and listings by entity id."""

    answers: list[tuple[str, str]] = field(default_factory=list)
    store: dict[str, Fields | None] = field(default_factory=dict)
    tiktok: dict[str, Fields | None] = field(default_factory=dict)


def carry_out(
    system: System, acts: Sequence[Act], products_of: Callable[[str], Sequence[str]]
) -> dict[str, Observed]:
    """Send the acts in order; return what each led to.

    Acts that share no product are sent together, to save time. The requests of an act are sent one after the other: in
    the captured acts they are a second apart.
    """
    found = {act.name: Observed() for act in acts}
    for batch in rounds(acts, products_of):
        requests_of = {act.name: list(dict.fromkeys(row.request for row in act.deliveries)) for act in batch}
        for turn in range(max(map(len, requests_of.values()))):
            accepted = []
            for act in batch:
                for delivery in act.deliveries:
                    if delivery.request in requests_of[act.name][turn : turn + 1]:
                        answer = send(system, act.shop, delivery)
                        found[act.name].answers.append((delivery.event, answer))
                        accepted.extend([(act.shop, delivery)] if answer == "accepted" else [])
            settle(system, accepted)
        for act in batch:
            observe(system, act.shop, products_of(act.name), found[act.name])
    return found


def rounds(acts: Sequence[Act], products_of: Callable[[str], Sequence[str]]) -> Iterator[list[Act]]:
    """Group the acts so that those of a product stay in their order, each in a round of its own."""
    found: list[list[Act]] = []
    last: dict[str, int] = {}
    for act in acts:
        touched = products_of(act.name)
        place = max((last.get(product, -1) for product in touched), default=-1) + 1
        last |= dict.fromkeys(touched, place)
        if place == len(found):
            found.append([])
        found[place].append(act)
    yield from found


def send(system: System, shop: str, delivery: Delivery) -> str:
    """Send a signed webhook; return *accepted*, the reason of a quarantine, or the status."""
    key = base64.b64decode(system.secret.removeprefix("whsec_"))
    url = f"http://127.0.0.1:{system.settings.door_port}/webhooks/magento/{shop}"
    headers = signed(delivery.body, id_=delivery.id, sent=datetime.now(UTC), key=key)
    if len(delivery.body) > LARGEST_BODY:
        return str(_status_of_headers(system.settings.door_port, url, len(delivery.body), headers))
    answer = requests.post(url, data=delivery.body, headers=headers, timeout=30)
    if answer.status_code != 202:
        return str(answer.status_code)
    return str(answer.json().get("quarantined") or "accepted")


def _status_of_headers(port: int, url: str, size: int, headers: Mapping[str, str]) -> int:
    """Return the answer to the headers alone: a body that is too large is not waited for."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", urlsplit(url).path)
    for name, value in {**headers, "content-type": "application/json", "content-length": str(size)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def settle(system: System, accepted: Sequence[tuple[str, Delivery]]) -> None:
    """Wait until each event has its result, nothing is due soon, and TikTok audits nothing."""

    def ids() -> set[tuple[str, str]]:
        with system.database.read() as connection:
            rows = connection.execute(select(events.c.shop, events.c.id).where(events.c.end.is_not(None)))
            return {(row.shop, row.id) for row in rows}

    def is_settled() -> bool:
        if not wanted <= ids():
            return False
        with system.database.read() as connection:
            open_events = connection.execute(select(func.count()).where(events.c.end.is_(None))).scalar_one()
            due = select(func.count()).where(pending_syncs.c.due_at < datetime.now(UTC) + _SOON)
            if open_events or connection.execute(due).scalar_one():
                return False
        return not any(
            listing["audit"] == "AUDITING" or listing["version_under_review"] is not None
            for listing in system.tiktok("products")["products"]
        )

    wanted = {
        (shop, delivery.id if delivery.products == 1 else f"{delivery.id}/{number}")
        for shop, delivery in accepted
        for number in range(1, delivery.products + 1)
    }
    eventually("the acts are settled", is_settled)


def observe(system: System, shop: str, entity_ids: Sequence[str], into: Observed) -> None:
    """Read the products with these entity ids, and their listings. Fails if TikTok has a SKU twice."""
    on_tiktok = {listing["id"]: listing for listing in system.tiktok("products")["products"]}
    skus = [listing["skus"][0]["seller_sku"] for listing in on_tiktok.values()]
    assert len(skus) == len(set(skus)), f"listed twice: {sorted(skus)}"
    keys = {entity_id: ProductKey(shop, entity_id, None) for entity_id in entity_ids}
    with system.database.read() as connection:
        found = products.find(connection, keys.values())
        stored = {entity_id: found.get(key) for entity_id, key in keys.items()}
        records = listings.load(connection, [product.id for product in stored.values() if product])
    for entity_id, product in stored.items():
        into.store[entity_id] = None if product is None else known_fields(product)
        listing = None if product is None else on_tiktok.get(str(records[product.id].tiktok_product_id))
        into.tiktok[entity_id] = None if listing is None else listed_fields(listing)


def known_fields(product: Product) -> Fields:
    """Return what is known of a product in the shop's store view, in plain values."""
    special = _amount(product.value("special_price"))
    dates = [str(product.value(code) or "")[:10] for code in ("special_from_date", "special_to_date")]
    return {
        "sku": product.sku,
        "name": product.value("name"),
        "type": product.value("type_id"),
        "price": _amount(product.value("price")),
        "special": None if special is None else (special, *dates),
        "status": str(getattr(product.status, "name", product.status)).lower(),
        "visibility": product.visibility,
        "quantity": _quantity(product.value("quantity")),
        "in_stock": read_stock_status(product.value("stock_status")),
        "manages_stock": read_stock_status(product.value("manage_stock")),
        "websites": _ids(product.value("website_ids")),
        "categories": _ids(product.value("category_ids")),
        "color": str(product.value("color")),
        "size": str(product.value("size")),
        "image": product.value("image"),
        "images": _images(product.value("media_gallery")),
        "sources": _sources(product.value("source_items")),
        "child": product.is_child,
        "deleted": product.deleted,
    }


def listed_fields(listing: Mapping[str, Any]) -> Fields:
    """Return what TikTok has of a listing."""
    (sku,) = listing["skus"]
    labels = {row["id"]: row["values"][0]["name"] for row in listing["product_attributes"]}
    return {
        "on_sale": listing["status"] == "ACTIVATE",
        "sku": sku["seller_sku"],
        "title": listing["title"],
        "price": sku["price"]["amount"],
        "quantity": sku["quantity"],
        "color": labels.get(COLOR),
        "size": labels.get(SIZE),
    }


def _amount(value: Any) -> str | None:
    amount = as_amount(value)
    return None if amount is None else f"{amount:.2f}"


def _quantity(value: Any) -> str | None:
    amount = as_amount(value)
    return None if amount is None else f"{amount.normalize():f}" if amount else "0"


def _ids(value: Any) -> tuple[int, ...]:
    return tuple(sorted(int(item) for item in value)) if isinstance(value, list | tuple) else ()


def _images(value: Any) -> int:
    images = value.get("images", ()) if isinstance(value, dict) else value
    return len(images) if isinstance(images, list | dict) else 0


def _sources(value: Any) -> Fields:
    items = value if isinstance(value, list | tuple) else ()
    return {str(item["source_code"]): _quantity(item["quantity"]) for item in items}
