"""All checks of a system, for `m2t doctor`, the set-up and the settings page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from operations.formatting import plural
from operations.health.checks import (
    NOTE,
    Finding,
    Probe,
    ahead_clocks,
    authorizations,
    kafka,
    lint,
    ready,
    run_probes,
    sealed_by_earlier_keys,
    tiktok,
)
from operations.rules.check_declaration import check_stored
from policies.events.store_clock import AheadClock
from policies.rulebook import Rulebooks
from records.accounts import key_rotation
from records.accounts.key_rotation import Sealing
from records.catalog import after_upgrade
from records.db.secret_box import SecretBox
from records.log import store_clocks
from records.rules import shops, tokens
from records.rules.tokens import StoredTokens
from schemas.event_signature import EventSignatures
from topics.round_trip import round_trip

MOST_SHOWN = 10
NOT_CHECKED = "not checked: its port is 0, so its address is unknown"


@dataclass(frozen=True, slots=True)
class Services:
    """What to check besides the database: Kafka, the topics (events, outcomes, dead letters), and the processes' URLs.

    A URL of None is not checked.
    """

    kafka: Mapping[str, Any]
    topics: tuple[str, str, str]
    door_url: str | None
    consumer_url: str | None


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the checks read from the database: rules, stopped shops with the reason, tokens, seals of secrets.

    `rule_faults` are the policies and templates that can't do what they say, each with the reason. `apart_by_case` has
    the SKUs of each shop that Magento counts as one product, `needing_reading` the number of its products with a value
    that an upgrade could not know for certain. `clocks` are those of stores that are ahead, by shop.
    """

    rulebooks: Rulebooks
    stopped: Mapping[str, str]
    tokens: Mapping[str, StoredTokens]
    sealing: Sealing
    rule_faults: tuple[tuple[str, str], ...] = ()
    apart_by_case: Mapping[str, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    needing_reading: Mapping[str, int] = field(default_factory=dict)
    clocks: Mapping[str, AheadClock] = field(default_factory=dict)


NOTHING_STORED = StoredState(Rulebooks({}, {}, ()), {}, {}, Sealing(0, 0, ()))


def stored_state(connection: Connection, rulebooks: Rulebooks, box: SecretBox) -> StoredState:
    """Read it in this transaction. Raises `CannotOpenSecret`."""
    stopped = {key: why for key, (why, _) in shops.stopped(connection).items()}
    return StoredState(
        rulebooks,
        stopped,
        tokens.load_all(connection, box),
        key_rotation.look(connection, box),
        tuple(check_stored(connection, rulebooks)),
        after_upgrade.apart_by_case(connection),
        after_upgrade.needing_reading(connection),
        store_clocks.load_all(connection),
    )


def kafka_probes(services: Services) -> tuple[Probe, ...]:
    """Return the checks of Kafka, of its topics, and of writing and reading a record."""
    return (
        Probe("kafka", partial(kafka, services.kafka, services.topics)),
        Probe("kafka round trip", partial(round_trip, services.kafka, services.topics[2])),
    )


def process_probes(services: Services) -> tuple[Probe, ...]:
    """Return the checks of the endpoint and of the consumer."""
    return (
        Probe("webhook endpoint", partial(_ready, services.door_url, "m2t webhooks")),
        Probe("consumer", partial(_ready, services.consumer_url, "m2t consumer")),
    )


def tiktok_probes(stored: StoredState, only: str | None = None) -> tuple[Probe, ...]:
    """Return the check of TikTok for each shop, or for the shop `only`."""
    return tuple(
        Probe(f"tiktok {key}", partial(tiktok, shop, stored.stopped.get(key)))
        for key, shop in stored.rulebooks.shops.items()
        if only in (None, key)
    )


def findings(services: Services, stored: StoredState, now: datetime) -> Iterator[Finding]:
    """Run all checks except settings and database; yield findings in the order in which to repair them."""
    yield from run_probes([*kafka_probes(services), *process_probes(services), *tiktok_probes(stored)])
    yield from authorizations(stored.tokens, now)


def notes(stored: StoredState, signatures: EventSignatures) -> Iterator[Finding]:
    """Yield what is allowed, but may not be intended."""
    yield from sealed_by_earlier_keys(stored.sealing)
    if not signatures.required:
        words = "unsigned events are accepted, so anyone who can write to the events topic is trusted"
        yield Finding("event signatures", NOTE, words, "remove M2T_EVENT_SIGNATURES once the lag is 0")
    yield from ahead_clocks(stored.clocks)
    yield from lint(stored.rulebooks)
    for name, words in stored.rule_faults:
        yield Finding(name, NOTE, words, "correct it in the console, or with m2t apply FILE.yaml")
    yield from _product_notes(stored)


def _product_notes(stored: StoredState) -> Iterator[Finding]:
    """Yield products that an earlier version stored in a way that only a look into Magento can settle."""
    for shop, groups in sorted(stored.apart_by_case.items()):
        named = "; ".join(" and ".join(map(repr, skus)) for skus in groups[:MOST_SHOWN])
        words = f"SKUs that Magento counts as one product have listings of their own: {named}"
        yield Finding(
            f"products of {shop}", NOTE, words, "take the wrong listing down on TikTok, or delete it there"
        )
    for shop, number in sorted(stored.needing_reading.items()):
        words = (
            f"of {plural(number, 'product')} an upgrade could not know a value of All Store Views for certain"
        )
        yield Finding(f"products of {shop}", NOTE, words, "save them once in Magento, at All Store Views")


def _ready(url: str | None, start: str) -> str:
    return ready(url, start) if url is not None else NOT_CHECKED
