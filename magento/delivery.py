"""Turn one delivery into product events: verify the signature, unwrap the body, read its products.

Pure: the time and new ids are parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from magento.payloads import event_ids, product_payload
from magento.payloads.file_contents import without_file_contents
from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import ProductPayload
from magento.payloads.strict_json import Unreadable
from magento.senders import SENDERS
from magento.senders.sender import Headers, Payload, Sender, Unverified
from schemas.product_event import DIGEST_LENGTH, LARGEST_RECORD, ProductEvent
from schemas.quarantined import FIRST_BYTES, Kept, QuarantinedWebhook
from schemas.shop import Shop

MOST_PRODUCTS = 2_000
"""Products in one delivery. Kafka could not acknowledge more of them within the second that the sender waits."""

MOST_BYTES = 16 * 2**20
"""Size of the events of one delivery: a mass update repeats its attributes for each product."""

TOO_LARGE = "record_too_large"
"""The reason of a delivery of which only the start is kept."""

_NOTHING_HASHED: Final = Hash(SHA256())


@dataclass(frozen=True, slots=True)
class Accepted:
    """The events of an accepted delivery. `event_id` is the delivery's id."""

    event_id: str
    events: tuple[ProductEvent, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that is not accepted. The answer contains `code`; our logs and metrics contain `reason`."""

    status: int
    code: str
    reason: str


ReadPayload = tuple[Payload, tuple[ProductPayload, ...]]
"""One event of a body, and the products that it describes."""


def accept(
    raw: bytes, headers: Headers, shop: Shop, now: datetime, new_id: Callable[[], UUID]
) -> Accepted | QuarantinedWebhook | Refused:
    """Verify a delivery and return its events. Only a delivery whose signature can't be verified is refused.

    What is too large is refused before, by the driver. The content of uploaded files is left out first.
    """
    sender = SENDERS[shop.magento.sender]
    try:
        delivery_id = sender.verify(shop.magento, headers, raw, now)
    except Unverified as error:
        return Refused(401, "unverified", error.reason)
    event_id = delivery_id or str(new_id())
    trace = event_ids.traceparent(headers.get("traceparent"), new_id)
    body = without_file_contents(raw)
    body_digest = digest(raw)[:DIGEST_LENGTH]
    return read_delivery(body, sender, shop.key, event_id, now, trace, body_digest)


def keep(webhook: QuarantinedWebhook, raw: bytes) -> tuple[QuarantinedWebhook, bytes]:
    """Return what is quarantined of a body: all but the content of files, or its start if no record can hold it.

    The webhook says which of them it is, with the size and the digest of the body as it was received.
    """
    body = without_file_contents(raw)
    if webhook.reason == TOO_LARGE:
        return replace(webhook, kept=Kept.START, size=len(raw), digest=digest(raw)), body[:FIRST_BYTES]
    if body is raw:
        return webhook, raw
    return replace(webhook, kept=Kept.WITHOUT_FILES, size=len(raw), digest=digest(raw)), body


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a body in hex."""
    # hashlib would release the interpreter lock, which costs more than the digest of a small body. A copy costs less
    # than a new hash, for which OpenSSL looks up the algorithm.
    hashed = _NOTHING_HASHED.copy()
    hashed.update(raw)
    return hashed.finalize().hex()


def read_delivery(
    raw: bytes,
    sender: Sender,
    shop: str,
    event_id: str,
    received_at: datetime,
    trace: str,
    body_digest: str | None = None,
) -> Accepted | QuarantinedWebhook:
    """Return the events of a verified body. Also called when a quarantined delivery is redriven, without a digest.

    A body is accepted or quarantined as a whole: one unreadable event quarantines its batch. Only rows of an import or
    of saved source items that name nothing are left out. A body that no record can hold is not read: as objects it
    would take many times its size.
    """
    if len(raw) > LARGEST_RECORD:
        return too_large(shop, event_id, received_at, trace, sender.name)
    try:
        payloads = [(payload, _products(payload)) for payload in sender.unwrap(raw)]
        _refuse_too_much(payloads)
    except (Unreadable, NotAProduct) as error:
        return QuarantinedWebhook(shop, event_id, error.reason, error.detail, received_at, trace, sender.name)
    rows = [product for _, products in payloads for product in products]
    events = [
        _event(shop, id_, product, received_at, trace, body_digest)
        for id_, product in zip(_ids(event_id, payloads), rows, strict=True)
    ]
    return Accepted(event_id, tuple(events))


def too_large(shop: str, event_id: str, received_at: datetime, trace: str, sender: str) -> QuarantinedWebhook:
    """Return a delivery as quarantined, because a record can't hold its body or one of its events."""
    detail = f"The body, or one of its events, is larger than {LARGEST_RECORD} bytes. Only its start is kept."
    return QuarantinedWebhook(shop, event_id, TOO_LARGE, detail, received_at, trace, sender)


def _products(payload: Payload) -> tuple[ProductPayload, ...]:
    if payload.event is None:
        return product_payload.read(payload.document)
    return product_payload.read({"event": payload.event, "product": payload.document})


def _ids(event_id: str, payloads: Sequence[ReadPayload]) -> list[str]:
    """Return the event id of each product: its event's own id or the delivery's, numbered if several share an id."""
    sharing = sum([len(products) for payload, products in payloads if payload.event_id is None])
    shared = iter(event_ids.numbered(event_id, sharing))
    ids: list[str] = []
    for payload, products in payloads:
        own = payload.event_id
        ids += islice(shared, len(products)) if own is None else event_ids.numbered(own, len(products))
    return ids


def _event(
    shop: str, id_: str, payload: ProductPayload, now: datetime, trace: str, body_digest: str | None
) -> ProductEvent:
    return ProductEvent(
        id=id_,
        shop=shop,
        kind=payload.kind,
        received_at=now,
        entity_id=payload.entity_id,
        sku=payload.sku,
        store_id=payload.store_id,
        attributes=payload.attributes,
        original=payload.original,
        is_new=payload.is_new,
        updated_at=payload.updated_at,
        traceparent=trace,
        body_digest=body_digest,
    )


def _refuse_too_much(payloads: Sequence[ReadPayload]) -> None:
    count = sum([len(products) for _, products in payloads])
    if count == 0:
        raise NotAProduct("names_no_product", "The body contains no event.")
    if count > MOST_PRODUCTS:
        raise NotAProduct(
            "too_many_products", f"The body names {count} products; send at most {MOST_PRODUCTS} at once."
        )
    # Products of a mass update share their attributes, so its events are larger than its body; others are not.
    repeated = sum(
        [
            len(products) * len(orjson.dumps(products[0].attributes))
            for _, products in payloads
            if len(products) > 1
        ]
    )
    if repeated > MOST_BYTES:
        raise NotAProduct(
            "too_many_products",
            f"The attributes, repeated for each product ({count}), are more than {MOST_BYTES} bytes; send fewer.",
        )
