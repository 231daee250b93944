"""Redriving: a dead letter is tried again. An event goes to its topic once more, under an id of its own; a webhook that
the door quarantined is judged as the door judges, and becomes its events; a listing that was given up is asked for.

Whoever redrives a letter vouches for it: the event is signed anew, also where its own signature was missing or wrong.
Nothing redrives by itself. An event's new id is made of the letter's, and those of a webhook are the ones that the door
would have given: so a letter that is sent twice, for a crash came in between, is one event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from kafka import KafkaProducer
from sqlalchemy import Connection

from magento.delivery import read_delivery
from magento.senders import SENDERS
from magento.senders.sender import Sender
from operations.products.request_sync import answers, ask
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.catalog import listings, products
from records.log import dead_letters
from records.log.dead_letters import REDRIVEN, DeadLetter
from schemas import quarantined
from schemas.event_signature import UNVERIFIED, EventSignatures
from schemas.product_event import Origin, ProductEvent, UnreadableEvent, from_anyone, to_record
from schemas.shop import STANDARD_SENDER
from topics import clients
from topics.errors import Refused, reaching_kafka
from topics.reader import brokers

ACK_SECONDS: Final = 10.0
OF_A_LISTING: Final = "pending_syncs"
"""The origin of a letter that is a listing given up, not a record of a topic."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What redriving a letter would do, in a sentence; `hopeless` where it could only fail again as it is."""

    letter: DeadLetter
    words: str
    hopeless: bool


class QuarantinedAgain(Refused):
    """The webhook's body can still not be read; `reason` is the door's word, `detail` its sentence, as of now."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, "Edit it, or discard it.")
        self.reason = reason
        self.detail = detail


def as_events(letter: DeadLetter, value: bytes | None = None) -> tuple[ProductEvent, ...]:
    """Return the events to publish for the letter, of `value` in place of its own body. Raises `Refused`."""
    # Which of the two it is stands in the row: its headers are the word of whoever wrote the record.
    webhook = quarantined.read(letter.headers) if letter.error_class == quarantined.ERROR_CLASS else None
    if webhook is None:
        return (as_event(letter, value),)
    body = (letter.value or b"") if value is None else value
    answer = read_delivery(
        body, _sender(letter), webhook.shop, webhook.event_id, webhook.received_at, webhook.traceparent
    )
    if isinstance(answer, quarantined.QuarantinedWebhook):
        if letter.reason in UNVERIFIED:
            # That nobody signed it stays its reason, whatever its body is.
            raise Refused(answer.detail, "Edit it, or discard it.")
        raise QuarantinedAgain(answer.reason, answer.detail)
    return tuple(replace(event, origin=Origin.REPLAY) for event in answer.events)


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
    """The event of a letter that intake wrote, under an id of its own. Raises `Refused`."""
    try:
        event = from_anyone(letter.value if value is None else value, letter.headers)
    except UnreadableEvent as error:
        raise Refused(f"It can't be read: {error.reason}.", "Edit it, or discard it.") from error
    return replace(
        event, id=f"{event.id[:160]}/redrive-{letter.id}", origin=Origin.REPLAY, replay_of=event.id
    )


def prospect(connection: Connection, letter: DeadLetter, rulebooks: Rulebooks, now: datetime) -> Prospect:
    """What would happen now, by the policies as they are."""
    if letter.origin_topic == OF_A_LISTING:
        answered = answers(connection, [letter.origin_offset], rulebooks, now)
        if not answered:
            return Prospect(letter, "Its product is not known any more.", True)
        (one,) = answered
        return Prospect(letter, one.words, one.decision.action is Action.SKIP)
    try:
        events = as_events(letter)
    except Refused as refused:
        return Prospect(letter, f"{refused} {refused.next_step}", True)
    shop = events[0].shop
    if shop not in rulebooks.shops:
        return Prospect(letter, f"There is still no shop {shop!r}: it would come back here.", True)
    policy = rulebooks.policy_of(shop)
    what = "It is" if len(events) == 1 else f"It becomes {len(events)} events, which are"
    words = f"{what} decided anew by the policy {policy.policy.title!r} in version {policy.version}."
    if letter.reason in UNVERIFIED:
        words = f"With your word for it, in place of a signature: {words}"
    return Prospect(letter, words, False)


class Redriver:
    """Sends letters again. Opens Kafka when the first event goes; `close` gives it back."""

    def __init__(self, connection: Mapping[str, Any], topic: str, signatures: EventSignatures) -> None:
        self._connection = connection
        self._topic = topic
        self._signatures = signatures
        self._producer: KafkaProducer | None = None

    def send(self, events: Sequence[ProductEvent]) -> None:
        """All of them are acknowledged when this returns. Raises `OutOfReach`."""
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
        """Give the connection back; what was acknowledged stands."""
        if self._producer is not None:
            with suppress(Exception):
                self._producer.close(timeout=2)


def ask_again(
    connection: Connection, letter: DeadLetter, rulebooks: Rulebooks, *, now: datetime, author: str
) -> bool:
    """A listing that was given up is asked for; False where the policies leave it alone, or it is no more."""
    if letter.origin_offset not in listings.load(connection, [letter.origin_offset]):
        return False
    if letter.origin_offset not in products.load(connection, [letter.origin_offset]):
        return False
    answered = answers(connection, [letter.origin_offset], rulebooks, now)
    ask(connection, answered, now=now, author=author)
    return any(one.decision.is_due for one in answered)


def settled(connection: Connection, letters: Sequence[DeadLetter], *, by: str, now: datetime) -> None:
    """These letters were sent again."""
    dead_letters.settle(connection, [one.id for one in letters], REDRIVEN, by=by, now=now)
