"""Redriving: a dead letter is tried again. An event goes to its topic once more, under an id of its own; a listing that
was given up is asked for by a person.

Whoever redrives a letter vouches for it: the event is signed anew, also where its own signature was missing or wrong.
Nothing redrives by itself. Its new id is made of the letter's, so that a letter that is sent twice, for a crash came in
between, is one event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from kafka import KafkaProducer
from sqlalchemy import Connection

from consumer.relay import PRODUCER
from operations.asking import answers, ask
from operations.refusals import Refused, reaching_kafka
from operations.topic_reading import brokers
from policies.decide import Action
from records import dead_letters, listings, products
from records.dead_letters import REDRIVEN, DeadLetter
from records.governing import Governing
from schemas.event_signature import UNSIGNED, WRONG_SIGNATURE, EventSignatures
from schemas.product_event import Origin, ProductEvent, UnreadableEvent, from_anyone, to_record

ACK_SECONDS: Final = 10.0
OF_A_LISTING: Final = "pending_syncs"
"""The origin of a letter that is a listing given up, not a record of a topic."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What redriving a letter would do, in a sentence; `hopeless` where it could only fail again as it is."""

    letter: DeadLetter
    words: str
    hopeless: bool


def as_event(letter: DeadLetter, value: bytes | None = None) -> ProductEvent:
    """The event that goes to the topic for it; `value` stands in for the letter's own. Raises `Refused`."""
    try:
        event = from_anyone(letter.value if value is None else value, letter.headers)
    except UnreadableEvent as error:
        raise Refused(f"It can't be read: {error.reason}.", "Edit it, or discard it.") from error
    return replace(
        event, id=f"{event.id[:160]}/redrive-{letter.id}", origin=Origin.REPLAY, replay_of=event.id
    )


def prospect(connection: Connection, letter: DeadLetter, governing: Governing, now: datetime) -> Prospect:
    """What would happen now, by the policies as they are."""
    if letter.origin_topic == OF_A_LISTING:
        answered = answers(connection, [letter.origin_offset], governing, now)
        if not answered:
            return Prospect(letter, "Its product is not known any more.", True)
        (one,) = answered
        return Prospect(letter, one.words, one.decision.action is Action.SKIP)
    try:
        event = as_event(letter)
    except Refused as refused:
        return Prospect(letter, f"{refused} {refused.next_step}", True)
    if event.shop not in governing.shops:
        return Prospect(letter, f"There is still no shop {event.shop!r}: it would come back here.", True)
    policy = governing.policy_of(event.shop)
    words = f"It is decided anew by the policy {policy.policy.title!r} in version {policy.version}."
    if letter.reason in (UNSIGNED, WRONG_SIGNATURE):
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
                self._producer = KafkaProducer(**{**PRODUCER, **self._connection})
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
    connection: Connection, letter: DeadLetter, governing: Governing, *, now: datetime, author: str
) -> bool:
    """A listing that was given up is asked for; False where the policies leave it alone, or it is no more."""
    if letter.origin_offset not in listings.load(connection, [letter.origin_offset]):
        return False
    if letter.origin_offset not in products.load(connection, [letter.origin_offset]):
        return False
    answered = answers(connection, [letter.origin_offset], governing, now)
    ask(connection, answered, now=now, author=author)
    return any(one.decision.is_due for one in answered)


def settled(connection: Connection, letters: Sequence[DeadLetter], *, by: str, now: datetime) -> None:
    """These letters were sent again."""
    dead_letters.settle(connection, [one.id for one in letters], REDRIVEN, by=by, now=now)
