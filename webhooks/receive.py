"""Receive a webhook: check its size, find the shop, read the delivery, publish to Kafka, answer; in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from magento.delivery import Accepted, Refused, accept
from magento.payloads.event_ids import uuid7
from magento.senders import SENDERS
from magento.senders.sender import Reply, Result
from schemas.quarantined import QuarantinedWebhook
from schemas.shop import Shop
from topics.producer import NotPublished, OutgoingRecord, Publisher, Topics
from webhooks.shop_cache import ShopCache, ShopsNotRead

LARGEST_BODY = 768 * 1024
"""Bytes. Kafka records may have 4 MiB."""

ACCEPTED, QUARANTINED, CHALLENGED = "accepted", "quarantined", "challenged"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The endpoint's dependencies.

    `probes` are health checks by name: each returns what is wrong, None if nothing is.
    """

    shops: ShopCache
    publisher: Publisher
    topics: Topics
    probes: Mapping[str, Callable[[], str | None]]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request.

    `result` is `accepted`, `quarantined`, `challenged` or a problem's code. `shop` is the key of the shop, None if no
    shop was found. `quarantined` is the reason code of a quarantined delivery. `reply` is the answer in the format of
    the shop's sender, None if the endpoint answers with a problem document.
    """

    status: int
    result: str
    log_fields: Mapping[str, object]
    shop: str | None = None
    event_id: str | None = None
    quarantined: str | None = None
    reply: Reply | None = None


def receive(endpoint: Endpoint, key: str, request: Request) -> Answer:
    """Return the answer to a webhook for the shop with this key.

    An accepted webhook's events are on the Kafka topic when this returns. Raises `ClientDisconnected`.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return Answer(415, "unsupported_encoding", {})
    if not _is_json(request.mimetype):
        return Answer(415, "unsupported_content_type", {"content_type": request.mimetype[:60]})
    raw = _read_body(request)
    if raw is None:
        return Answer(413, "body_too_large", {"declared": request.content_length})
    try:
        shop = endpoint.shops.find(key)
    except ShopsNotRead:
        return Answer(503, "shops_not_read", {})
    if shop is None:
        return Answer(404, "unknown_shop", {})
    return _with_sender_reply(shop, _process(endpoint, shop, raw, request))


def challenge(endpoint: Endpoint, key: str, query: Mapping[str, str]) -> Answer | None:
    """Return the answer to a GET with which a sender confirms the endpoint before it sends webhooks.

    Return None if the request is not such a challenge.
    """
    try:
        shop = endpoint.shops.find(key)
    except ShopsNotRead:
        return Answer(503, "shops_not_read", {})
    reply = SENDERS[shop.magento.sender].challenge(shop.magento, query) if shop is not None else None
    if shop is None or reply is None:
        return None
    return Answer(reply.status, CHALLENGED, {}, shop.key, reply=reply)


def _with_sender_reply(shop: Shop, answer: Answer) -> Answer:
    """Return the answer in the format that the shop's sender expects."""
    result = Result(answer.result, answer.status, answer.event_id, answer.quarantined)
    reply = SENDERS[shop.magento.sender].answer(result)
    return answer if reply is None else replace(answer, status=reply.status, reply=reply)


def _process(endpoint: Endpoint, shop: Shop, raw: bytes, request: Request) -> Answer:
    """Verify and read the delivery, publish it, and return the answer."""
    now = endpoint.clock()
    delivery = accept(raw, request.headers, shop, now, lambda: uuid7(now))
    if isinstance(delivery, Refused):
        return Answer(delivery.status, delivery.code, {"reason": delivery.reason}, shop.key)
    log_fields = {"event_id": delivery.event_id, **_log_fields(delivery)}
    try:
        endpoint.publisher.publish(_records(endpoint.topics, raw, delivery))
    except NotPublished as error:
        return Answer(503, "not_published", {**log_fields, "reason": error.reason}, shop.key)
    if isinstance(delivery, QuarantinedWebhook):
        return Answer(202, QUARANTINED, log_fields, shop.key, delivery.event_id, delivery.reason)
    return Answer(202, ACCEPTED, log_fields, shop.key, delivery.event_id)


def _records(topics: Topics, raw: bytes, delivery: Accepted | QuarantinedWebhook) -> list[OutgoingRecord]:
    if isinstance(delivery, QuarantinedWebhook):
        return [topics.quarantine_record(delivery, raw)]
    return topics.event_records(delivery.events)


def _log_fields(delivery: Accepted | QuarantinedWebhook) -> dict[str, object]:
    """Return what the log says about a delivery: its first product, or why it was quarantined."""
    if isinstance(delivery, QuarantinedWebhook):
        return {"reason": delivery.reason, "detail": delivery.detail}
    first = delivery.events[0]
    product = {"sku": first.sku} if first.sku is not None else {"entity_id": first.entity_id}
    return {"kind": first.kind.value, "events": len(delivery.events), **product}


def _read_body(request: Request) -> bytes | None:
    """Return the body, None if it is too large. Raises `ClientDisconnected` if the connection ends too early.

    For a chunked body the limit is one byte above ours, because werkzeug silently cuts a body at its limit.
    """
    declared = request.content_length
    if declared is None:
        request.max_content_length = LARGEST_BODY + 1
        try:
            raw = request.get_data(cache=False)
        except RequestEntityTooLarge:
            return None
    elif declared <= LARGEST_BODY:
        raw = request.environ["wsgi.input"].read(declared)
        if len(raw) < declared:
            raise ClientDisconnected
    else:
        return None
    return raw if len(raw) <= LARGEST_BODY else None


def _is_json(content_type: str) -> bool:
    """Return whether the content type is JSON. A request without a content type counts as JSON."""
    return content_type in ("", "application/json") or content_type.endswith("+json")
