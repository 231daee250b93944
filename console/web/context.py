"""`ConsoleContext`: the database, Kafka and settings that pages work with, created by the entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import EventSignatures


@dataclass(frozen=True, slots=True)
class Kafka:
    """The settings of Kafka's clients (`connection`), and the names of our topics and of the consumer's group."""

    connection: Mapping[str, object]
    events_topic: str
    dead_letters_topic: str
    outcomes_topic: str
    group: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting: its variable, its description and whether it differs from the default. Never its value."""

    name: str
    words: str
    is_set: bool


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """What pages and jobs work with. `clock` returns aware datetimes; pages show them in `zone`.

    `webhooks_url` is the endpoint's URL for Magento; `door_url` its URL on this machine, if it differs. `switches` are
    the settings of the environment, for the page that lists them. `calls_per_second` is the rate limit of each shop's
    TikTok calls, 0 for none.
    """

    database: Database
    box: SecretBox
    rulebooks: RulebookReader
    kafka: Kafka
    signatures: EventSignatures
    webhooks_url: str
    consumer_url: str
    door_url: str | None = None
    switches: tuple[Switch, ...] = ()
    read_delay: timedelta = timedelta(seconds=2)
    allow_private_media: bool = False
    calls_per_second: float = 5.0
    read_only: bool = False
    demo: bool = False
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def console_context() -> ConsoleContext:
    """Return the context of the app that handles this request."""
    value: ConsoleContext = current_app.extensions["console_context"]
    return value
