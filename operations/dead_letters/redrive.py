"""Redriving dead letters: each is processed again.

An event is published to its topic again, with an id of its own. A webhook that the endpoint quarantined is read again
and becomes its events. A listing that was given up is requested again. Letters are only redriven at a person's request.

Whoever redrives a letter vouches for it: the event is signed again, even if its own signature was missing or wrong. An
event's new id is derived from the letter's id, and the ids of a webhook's events are those that the endpoint would have
given them, so a letter that is sent twice because of a crash counts as one event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kafka import KafkaProducer
from sqlalchemy import Connection

from magento.delivery import read_delivery
from magento.senders import SENDERS
from magento.senders.sender import Sender
from operations.products.request_sync import decide_requests, enqueue_requests
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.catalog import listings, products
from records.log import dead_letters
from records.log.dead_letters import REDRIVEN, DeadLetter
from schemas import quarantined
from schemas.event_signature import UNVERIFIED, EventSignatures
from schemas.product_event import Origin, ProductEvent, UnreadableEvent, from_anyone, to_record
from schemas.quarantined import Kept
from schemas.shop import STANDARD_SENDER
from topics import clients
from topics.errors import Refused, reaching_kafka
from topics.reader import brokers

ACK_SECONDS: Final = 10.0
OF_A_LISTING: Final = "pending_syncs"
"""The origin topic of a letter that is a listing that was given up, and not a record of a topic."""


@dataclass(frozen=True, slots=True)
class RedrivePreview:
    """What redriving a letter would do, in a sentence; `would_fail` means that it could only fail again."""

    letter: DeadLetter
    words: str
    would_fail: bool


class QuarantinedAgain(Refused):
    """Raised when the webhook's body still can't be read; `reason` is the new reason code, `detail` its message."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, "Edit it, or discard it.")
        self.reason = reason
        self.detail = detail


def as_events(letter: DeadLetter, value: bytes | None = None) -> tuple[ProductEvent, ...]:
    """Return the events to publish for the letter, of `value` in place of its own body. Raises `Refused`."""
    # The row decides which of the two it is, because anyone who can write to the topic can set the headers.
    webhook = quarantined.read(letter.headers) if letter.error_class == quarantined.ERROR_CLASS else None
    if webhook is None:
        return (as_event(letter, value),)
    if webhook.kept is Kept.START and value is None:
        raise Refused(
            f"Only the start of its body was kept: it had {webhook.size or 0:,} bytes, more than a record may have.",
            "Save its products in Magento again, in smaller webhooks, then discard it.",
        )
    body = (letter.value or b"") if value is None else value
    result = read_delivery(
        body, _sender(letter), webhook.shop, webhook.event_id, webhook.received_at, webhook.traceparent
    )
    if isinstance(result, quarantined.QuarantinedWebhook):
        if letter.reason in UNVERIFIED:
            # The missing signature stays the reason, whatever the body is.
            raise Refused(result.detail, "Edit it, or discard it.")
        raise QuarantinedAgain(result.reason, result.detail)
    return tuple(replace(event, origin=Origin.REPLAY) for event in result.events)


def _sender(letter: DeadLetter) -> Sender:
    """Return the sender that the webhook came from. Raises `Refused` if this version does not have it."""
    name = letter.sender or STANDARD_SENDER
    if name not in SENDERS:
        raise Refused(
            f"It came from the sender {name!r}, which this version does not have.",
            f"Update this software, or discard it. Senders: {', '.join(sorted(SENDERS))}.",
        )
    return SENDERS[name]


def as_event(letter: DeadLetter, value: bytes | None = None) -> ProductEvent:
    """Return the event of a letter that intake wrote, with an id of its own. Raises `Refused`."""
    try:
        event = from_anyone(letter.value if value is None else value, letter.headers)
    except UnreadableEvent as error:
        raise Refused(f"It can't be read: {error.reason}.", "Edit it, or discard it.") from error
    return replace(
        event, id=f"{event.id[:160]}/redrive-{letter.id}", origin=Origin.REPLAY, replay_of=event.id
    )


def preview_redrive(
    connection: Connection, letter: DeadLetter, rulebooks: Rulebooks, now: datetime
) -> RedrivePreview:
    """Return what redriving the letter would do by the rules of now."""
    if letter.origin_topic == OF_A_LISTING:
        decided = decide_requests(connection, [letter.origin_offset], rulebooks, now)
        if not decided:
            return RedrivePreview(letter, "Its product is no longer stored.", True)
        (request,) = decided
        return RedrivePreview(letter, request.words, request.decision.action is Action.SKIP)
    try:
        events = as_events(letter)
    except Refused as refused:
        return RedrivePreview(letter, f"{refused} {refused.next_step}", True)
    shop = events[0].shop
    if shop not in rulebooks.shops:
        return RedrivePreview(
            letter, f"There is still no shop {shop!r}: it would become a dead letter again.", True
        )
    policy = rulebooks.policy_of(shop)
    what = "It is" if len(events) == 1 else f"It becomes {len(events)} events, which are"
    words = f"{what} decided again by the policy {policy.policy.title!r} in version {policy.version}."
    if letter.reason in UNVERIFIED:
        words = f"You vouch for it in place of a signature. {words}"
    return RedrivePreview(letter, words, False)


class Redriver:
    """Publishes events again. Connects to Kafka with the first event; `close` disconnects."""

    def __init__(self, connection: Mapping[str, object], topic: str, signatures: EventSignatures) -> None:
        self._connection = connection
        self._topic = topic
        self._signatures = signatures
        self._producer: KafkaProducer | None = None

    def send(self, events: Sequence[ProductEvent]) -> None:
        """Publish the events and wait until Kafka has acknowledged all of them. Raises `OutOfReach`."""
        if not events:
            return
        with reaching_kafka(brokers(self._connection)):
            if self._producer is None:
                self._producer = clients.stored_producer(self._connection)
            futures = []
            for event in events:
                key, value, headers = to_record(event, self._signatures)
                futures.append(self._producer.send(self._topic, value, key, headers))
            for future in futures:
                future.get(timeout=ACK_SECONDS)

    def close(self) -> None:
        """Disconnect from Kafka."""
        if self._producer is not None:
            with suppress(Exception):
                self._producer.close(timeout=2)


def request_again(
    connection: Connection, letter: DeadLetter, rulebooks: Rulebooks, *, now: datetime, author: str
) -> bool:
    """Request the sync of a listing that was given up. Return False if nothing is due, or the product is gone."""
    if letter.origin_offset not in listings.load(connection, [letter.origin_offset]):
        return False
    if letter.origin_offset not in products.load(connection, [letter.origin_offset]):
        return False
    decided = decide_requests(connection, [letter.origin_offset], rulebooks, now)
    enqueue_requests(connection, decided, now=now, author=author)
    return any(request.decision.is_due for request in decided)


def settled(connection: Connection, letters: Sequence[DeadLetter], *, by: str, now: datetime) -> None:
    """Mark these letters as redriven."""
    dead_letters.settle(connection, [letter.id for letter in letters], REDRIVEN, by=by, now=now)
