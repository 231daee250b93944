"""Receive a webhook: size, shop, signature, events, Kafka, answer; in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from magento.delivery import Accepted, Quarantined, Refused, accept
from magento.payloads.event_ids import uuid7
from magento.senders import SENDERS
from magento.senders.sender import Reply, Result
from schemas.shop import Shop
from topics.producer import NotPublished, Publisher, Topics
from webhooks.shop_cache import KnownShops, ShopsNotRead

LARGEST_BODY = 768 * 1024
"""Bytes; Kafka takes records of 4 MiB."""

ACCEPTED, QUARANTINED, CHALLENGED = "accepted", "quarantined", "challenged"


@dataclass(frozen=True, slots=True)
class Door:
    """What the endpoint works with. `probes` return, by name, what is wrong with a dependency, None if nothing is."""

    shops: KnownShops
    publisher: Publisher
    topics: Topics
    probes: Mapping[str, Callable[[], str | None]]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request. `result` is `accepted`, `quarantined`, `challenged` or a problem's code.

    `noted` is for the log. `reply` is what the shop's sender answers, None where the endpoint explains a problem.
    """

    status: int
    result: str
    noted: Mapping[str, Any]
    shop: str | None = None
    event_id: str | None = None
    quarantined: str | None = None
    reply: Reply | None = None


def receive(door: Door, key: str, request: Request) -> Answer:
    """Answer a webhook for the shop of this key: when it is accepted, its events are on the topic."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return Answer(415, "unsupported_encoding", {})
    if not _is_json(request.mimetype):
        return Answer(415, "unsupported_content_type", {"content_type": request.mimetype[:60]})
    raw = _read(request)
    if raw is None:
        return Answer(413, "body_too_large", {"declared": request.content_length})
    try:
        shop = door.shops.find(key)
    except ShopsNotRead:
        return Answer(503, "shops_not_read", {})
    if shop is None:
        return Answer(404, "unknown_shop", {})
    return _by_its_sender(shop, _delivered(door, shop, raw, request))


def challenge(door: Door, key: str, query: Mapping[str, str]) -> Answer | None:
    """Answer the challenge that a sender makes by GET when the shop's webhooks are registered; None if this is none."""
    try:
        shop = door.shops.find(key)
    except ShopsNotRead:
        return Answer(503, "shops_not_read", {})
    reply = SENDERS[shop.magento.sender].challenge(shop.magento, query) if shop is not None else None
    if shop is None or reply is None:
        return None
    return Answer(reply.status, CHALLENGED, {}, shop.key, reply=reply)


def _by_its_sender(shop: Shop, answer: Answer) -> Answer:
    """Put the answer as the shop's sender expects it."""
    result = Result(answer.result, answer.status, answer.event_id, answer.quarantined)
    reply = SENDERS[shop.magento.sender].answer(result)
    return answer if reply is None else replace(answer, status=reply.status, reply=reply)


def _delivered(door: Door, shop: Shop, raw: bytes, request: Request) -> Answer:
    now = door.clock()
    answer = accept(raw, request.headers, shop, now, lambda: uuid7(now))
    if isinstance(answer, Refused):
        return Answer(answer.status, answer.code, {"reason": answer.reason}, shop.key)
    noted = {"event_id": answer.event_id, **_noted(answer)}
    try:
        door.publisher.publish(door.topics.records(shop.key, raw, answer))
    except NotPublished as error:
        return Answer(503, "not_published", {**noted, "reason": error.reason}, shop.key)
    if isinstance(answer, Quarantined):
        return Answer(202, QUARANTINED, noted, shop.key, answer.event_id, answer.reason)
    return Answer(202, ACCEPTED, noted, shop.key, answer.event_id)


def _noted(answer: Accepted | Quarantined) -> dict[str, Any]:
    """Return what the log says about the delivery: which product, or why none."""
    if isinstance(answer, Quarantined):
        return {"reason": answer.reason, "detail": answer.detail}
    first = answer.events[0]
    named = {"sku": first.sku} if first.sku is not None else {"entity_id": first.entity_id}
    return {"kind": first.kind.value, "events": len(answer.events), **named}


def _read(request: Request) -> bytes | None:
    """Return the body, None if it is too large. Raises `ClientDisconnected` where it breaks off.

    Of a chunked body one byte more than allowed is requested, because werkzeug cuts it silently.
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
    """Whether the content type is JSON, or none is given."""
    return content_type in ("", "application/json") or content_type.endswith("+json")
