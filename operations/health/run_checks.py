"""The examination: every check of the whole, the same for `m2t doctor`, the set-up and the settings page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from operations.health.checks import (
    NOTE,
    Finding,
    Probe,
    authorizations,
    examined,
    kafka,
    lint,
    ready,
    sealed_by_earlier_keys,
    tiktok,
)
from policies.rulebook import Rulebooks
from records.accounts import key_rotation
from records.accounts.key_rotation import Sealing
from records.db.secret_box import SecretBox
from records.rules import shops, tokens
from records.rules.tokens import StoredTokens
from schemas.event_signature import EventSignatures
from topics.round_trip import round_trip

NOT_ASKED = "not asked: its port is 0, so none is known"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the database: Kafka and our topics, the door and the consumer (None: not to be asked)."""

    kafka: Mapping[str, Any]
    topics: tuple[str, str, str]
    door_url: str | None
    consumer_url: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the records tell: what governs, which shops stand still and why, the tokens, and what keys sealed."""

    rulebooks: Rulebooks
    stopped: Mapping[str, str]
    tokens: Mapping[str, StoredTokens]
    sealing: Sealing


NOTHING_KNOWN = Known(Rulebooks({}, {}, ()), {}, {}, Sealing(0, 0, ()))


def known(connection: Connection, rulebooks: Rulebooks, box: SecretBox) -> Known:
    """What the records tell in this transaction. Raises `CannotOpenSecret`."""
    stopped = {key: why for key, (why, _) in shops.stopped(connection).items()}
    return Known(rulebooks, stopped, tokens.load_all(connection, box), key_rotation.look(connection, box))


def kafka_probes(around: Surroundings) -> tuple[Probe, ...]:
    """Kafka, its topics, and a record there and back."""
    return (
        Probe("kafka", partial(kafka, around.kafka, around.topics)),
        Probe("kafka round trip", partial(round_trip, around.kafka, around.topics[2])),
    )


def process_probes(around: Surroundings) -> tuple[Probe, ...]:
    """The door and the consumer."""
    return (
        Probe("webhook endpoint", partial(_ready, around.door_url, "m2t webhooks")),
        Probe("consumer", partial(_ready, around.consumer_url, "m2t consumer")),
    )


def tiktok_probes(known_product: Known, only: str | None = None) -> tuple[Probe, ...]:
    """TikTok, once for each shop, or for one."""
    return tuple(
        Probe(f"tiktok {key}", partial(tiktok, shop, known_product.stopped.get(key)))
        for key, shop in known_product.rulebooks.shops.items()
        if only in (None, key)
    )


def findings(around: Surroundings, known_product: Known, now: datetime) -> Iterator[Finding]:
    """All of it but settings and database, in the order in which one would mend it."""
    yield from examined([*kafka_probes(around), *process_probes(around), *tiktok_probes(known_product)])
    yield from authorizations(known_product.tokens, now)


def notes(known_product: Known, signatures: EventSignatures) -> Iterator[Finding]:
    """What is allowed, and may not be what the merchant means."""
    yield from sealed_by_earlier_keys(known_product.sealing)
    if not signatures.required:
        words = "whoever can write to the topic of events is believed without one"
        yield Finding("event signatures", NOTE, words, "take M2T_EVENT_SIGNATURES away once the lag is 0")
    yield from lint(known_product.rulebooks)


def _ready(url: str | None, start: str) -> str:
    return ready(url, start) if url is not None else NOT_ASKED
