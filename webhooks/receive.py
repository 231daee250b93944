"""Receive a webhook: find the shop, read the body, read the delivery, publish to Kafka, answer; in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from flask import Request

from magento.delivery import Accepted, Refused, accept, keep, too_large
from magento.payloads.event_ids import uuid7
from magento.senders import SENDERS
from magento.senders.sender import Reply, Result
from schemas.product_event import LARGEST_RECORD
from schemas.quarantined import QuarantinedWebhook
from schemas.shop import Shop
from topics.producer import NotPublished, OutgoingRecord, Publisher, Topics
from webhooks.refusals import RefusalReports
from webhooks.request_bodies import BodyTooLarge, RequestBodies, TooManyLargeBodies, small_body
from webhooks.request_headers import RequestHeaders
from webhooks.shop_cache import ShopCache, ShopsNotRead

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
    bodies: RequestBodies = field(default_factory=RequestBodies)
    refusals: RefusalReports = field(default_factory=RefusalReports)


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """The answer to one request.

    `result` is `accepted`, `quarantined`, `challenged` or a problem's code. `shop` is the key of the shop, None if no
    shop was found. `quarantined` is the reason code of a quarantined delivery, `refused` that of one that is not
    verified, or too large. `reply` is the answer in the format of the shop's sender, None if the endpoint answers with
    a problem document.
    """

    status: int
    result: str
    log_fields: Mapping[str, object]
    shop: str | None = None
    event_id: str | None = None
    quarantined: str | None = None
    refused: str | None = None
    reply: Reply | None = None

    def with_reply(self, reply: Reply) -> WebhookAnswer:
        """Return the answer in the format of the sender."""
        # `dataclasses.replace` takes three times as long, for every webhook.
        return WebhookAnswer(
            reply.status,
            self.result,
            self.log_fields,
            self.shop,
            self.event_id,
            self.quarantined,
            self.refused,
            reply,
        )


def receive(endpoint: Endpoint, key: str, request: Request) -> WebhookAnswer:
    """Return the answer to a webhook for the shop with this key.

    An accepted webhook's events are on the Kafka topic when this returns. Raises `ClientDisconnected`.
    """
    headers = RequestHeaders(request.environ)
    if (headers.get("content-encoding") or "identity").lower() != "identity":
        return WebhookAnswer(415, "unsupported_encoding", {})
    if not _is_json(request.mimetype):
        return WebhookAnswer(415, "unsupported_content_type", {"content_type": request.mimetype[:60]})
    try:
        shop = endpoint.shops.find(key)
    except ShopsNotRead:
        return WebhookAnswer(503, "shops_not_read", {})
    if shop is None:
        return WebhookAnswer(404, "unknown_shop", {})
    answer = _read_and_process(endpoint, shop, request, headers)
    if answer.refused is not None:
        _report(endpoint, shop, answer.refused)
    return _with_sender_reply(shop, answer)


def _report(endpoint: Endpoint, shop: Shop, reason: str) -> None:
    """Publish that webhooks of the shop are refused, if that is due. Without Kafka they are only counted."""
    due = endpoint.refusals.add(shop.key, reason, endpoint.clock())
    if due is not None:
        with suppress(NotPublished):
            endpoint.publisher.publish([endpoint.topics.refused_record(due)])


def challenge(endpoint: Endpoint, key: str, query: Mapping[str, str]) -> WebhookAnswer | None:
    """Return the answer to a GET with which a sender confirms the endpoint before it sends webhooks.

    Return None if the request is not such a challenge.
    """
    try:
        shop = endpoint.shops.find(key)
    except ShopsNotRead:
        return WebhookAnswer(503, "shops_not_read", {})
    reply = SENDERS[shop.magento.sender].challenge(shop.magento, query) if shop is not None else None
    if shop is None or reply is None:
        return None
    return WebhookAnswer(reply.status, CHALLENGED, {}, shop.key, reply=reply)


def _with_sender_reply(shop: Shop, answer: WebhookAnswer) -> WebhookAnswer:
    """Return the answer in the format that the shop's sender expects."""
    result = Result(answer.result, answer.status, answer.event_id, answer.quarantined)
    reply = SENDERS[shop.magento.sender].answer(result)
    return answer if reply is None else answer.with_reply(reply)


def _read_and_process(
    endpoint: Endpoint, shop: Shop, request: Request, headers: RequestHeaders
) -> WebhookAnswer:
    """Read the body and process it. Raises `ClientDisconnected`."""
    now = endpoint.clock()
    try:
        small = small_body(request)
        if small is not None:
            return _process(endpoint, shop, small, headers, now)
        sender = SENDERS[shop.magento.sender]
        with endpoint.bodies.reading(
            request, lambda: sender.has_plausible_headers(shop.magento, headers, now)
        ) as raw:
            return _process(endpoint, shop, raw, headers, now)
    except BodyTooLarge:
        fields = {"declared": request.content_length}
        return WebhookAnswer(413, "body_too_large", fields, shop.key, refused="body_too_large")
    except TooManyLargeBodies:
        return WebhookAnswer(503, "too_many_large_bodies", {"declared": request.content_length}, shop.key)


def _process(
    endpoint: Endpoint, shop: Shop, raw: bytes, headers: RequestHeaders, now: datetime
) -> WebhookAnswer:
    """Verify and read the delivery, publish it, and return the answer."""
    delivery = accept(raw, headers, shop, now, lambda: uuid7(now))
    if isinstance(delivery, Refused):
        return WebhookAnswer(
            delivery.status, delivery.code, {"reason": delivery.reason}, shop.key, refused=delivery.reason
        )
    delivery, records = _records(endpoint.topics, shop.magento.sender, raw, delivery)
    log_fields = {"event_id": delivery.event_id, **_log_fields(delivery)}
    try:
        endpoint.publisher.publish(records)
    except NotPublished as error:
        return WebhookAnswer(503, "not_published", {**log_fields, "reason": error.reason}, shop.key)
    if isinstance(delivery, QuarantinedWebhook):
        return WebhookAnswer(202, QUARANTINED, log_fields, shop.key, delivery.event_id, delivery.reason)
    return WebhookAnswer(202, ACCEPTED, log_fields, shop.key, delivery.event_id)


def _records(
    topics: Topics, sender: str, raw: bytes, delivery: Accepted | QuarantinedWebhook
) -> tuple[Accepted | QuarantinedWebhook, list[OutgoingRecord]]:
    """Return the delivery with its records. One whose event no record can hold is quarantined instead."""
    if isinstance(delivery, Accepted):
        records = topics.event_records(delivery.events)
        if all(record.size <= LARGEST_RECORD for record in records):
            return delivery, records
        first = delivery.events[0]
        delivery = too_large(
            first.shop, delivery.event_id, first.received_at, first.traceparent or "", sender
        )
    webhook, body = keep(delivery, raw)
    return webhook, [topics.quarantine_record(webhook, body)]


def _log_fields(delivery: Accepted | QuarantinedWebhook) -> dict[str, object]:
    """Return what the log says about a delivery: its first product, or why it was quarantined."""
    if isinstance(delivery, QuarantinedWebhook):
        return {"reason": delivery.reason, "detail": delivery.detail}
    first = delivery.events[0]
    product = {"sku": first.sku} if first.sku is not None else {"entity_id": first.entity_id}
    return {"kind": first.kind.value, "events": len(delivery.events), **product}


def _is_json(content_type: str) -> bool:
    """Return whether the content type is JSON. A request without a content type counts as JSON."""
    return content_type in ("", "application/json") or content_type.endswith("+json")
