"""What the console works with, opened by the entry point and handed to the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import EventSignatures


@dataclass(frozen=True, slots=True)
class Kafka:
    """How Kafka is reached (`connection` as its clients take it), and our names there."""

    connection: Mapping[str, Any]
    events_topic: str
    dead_letters_topic: str
    outcomes_topic: str
    group: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting of the environment: its variable, what it is for, and whether it was set. Never its value."""

    name: str
    words: str
    is_set: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of every page. `clock` gives aware moments; `zone` is what moments are shown in.

    `webhooks_url` is where Magento reaches the door; `door_url` where this machine does, if that differs. `switches`
    are the settings of the environment, for the page that lists them. `calls_per_second` is the pace of each shop's
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


def desk() -> Desk:
    """The desk of the app that answers this request."""
    value: Desk = current_app.extensions["desk"]
    return value
