"""Accepting a delivery: signature, then JSON, then events; pure, with the time and new ids as parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from magento.payloads import event_ids, product_payload, strict_json
from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import Told
from magento.payloads.strict_json import Unreadable
from magento.senders.standard import Headers, Unverified, verify
from schemas.product_event import ProductEvent
from schemas.shop import Shop

MOST_PRODUCTS = 2_000
"""Products in one delivery; more could not be acknowledged within the second that the sender waits."""

MOST_BYTES = 16 * 2**20
"""Bytes that one delivery may become on the topic: a mass update repeats its attributes for each product."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The store told these events; `event_id` is the delivery's."""

    event_id: str
    events: tuple[ProductEvent, ...]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The store signed it, but it can't be read: kept as raw bytes, with the reason as a word and as a sentence."""

    event_id: str
    reason: str
    detail: str
    received_at: datetime
    traceparent: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken. `code` goes into the answer, `reason` is for our log only."""

    status: int
    code: str
    reason: str


def accept(
    raw: bytes, headers: Headers, shop: Shop, now: datetime, new_id: Callable[[], UUID]
) -> Accepted | Quarantined | Refused:
    """What this delivery is; only a wrong signature is refused."""
    try:
        delivery = verify(shop.magento, headers, raw, now)
    except Unverified as error:
        return Refused(401, "unverified", error.reason)
    event_id = delivery or str(new_id())
    trace = event_ids.traceparent(headers.get("traceparent"), new_id)
    return judge(raw, shop.key, event_id, now, trace)


def judge(raw: bytes, shop: str, event_id: str, received_at: datetime, trace: str) -> Accepted | Quarantined:
    """What a body whose sender is known tells: at the door, and once more where a quarantined one is redriven."""
    try:
        told = product_payload.read(strict_json.read(raw))
        _refuse_too_much(told)
    except (Unreadable, NotAProduct) as error:
        return Quarantined(event_id, error.reason, error.detail, received_at, trace)
    ids = event_ids.numbered(event_id, len(told))
    return Accepted(
        event_id,
        tuple(_event(shop, id_, one, received_at, trace) for id_, one in zip(ids, told, strict=True)),
    )


def _event(shop: str, id_: str, told: Told, now: datetime, trace: str) -> ProductEvent:
    return ProductEvent(
        id=id_,
        shop=shop,
        kind=told.kind,
        received_at=now,
        entity_id=told.entity_id,
        sku=told.sku,
        store_id=told.store_id,
        attributes=told.attributes,
        original=told.original,
        is_new=told.is_new,
        updated_at=told.updated_at,
        traceparent=trace,
    )


def _refuse_too_much(told: tuple[Told, ...]) -> None:
    if len(told) > MOST_PRODUCTS:
        raise NotAProduct(
            "too_many_products", f"The body names {len(told)} products; send at most {MOST_PRODUCTS} at once."
        )
    if len(told) > 1 and len(told) * len(orjson.dumps(told[0].attributes)) > MOST_BYTES:
        raise NotAProduct(
            "too_many_products",
            f"The attributes, once for each of {len(told)} products, are more than {MOST_BYTES} bytes; send fewer.",
        )
