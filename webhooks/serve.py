"""The app as a server process opens it: settings from the environment, shops from the database, Kafka as publisher."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from kafka import KafkaProducer
from kafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from config import logs
from config.settings import Settings
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules import shops
from schemas.shop import Shop
from topics import clients
from topics.producer import KafkaPublisher, Topics
from webhooks.app import create_app
from webhooks.receive import Door
from webhooks.shop_cache import KnownShops, ShopsNotRead


def app() -> Flask:
    """The app by the settings of this process; nothing is connected before the first request."""
    settings = Settings.from_environ()
    logs.configure(settings.log_level, settings.log_format)
    served = create_app(door(settings))
    # What the process begins with stays as long as it: no collection needs to walk it, between two webhooks.
    gc.collect()
    gc.freeze()
    return served


def door(settings: Settings) -> Door:
    """The door of these settings."""
    database = Database(settings.database_url)
    box = SecretBox(*settings.secret_keys)

    def load() -> Mapping[str, Shop]:
        with database.read() as connection:
            return shops.load_all(connection, box)

    known = KnownShops(load)
    return Door(
        known,
        KafkaPublisher(settings.kafka()),
        Topics(settings.events_topic, settings.dead_letters_topic, settings.signatures()),
        {
            "kafka": lambda: kafka_fault(
                settings.kafka(), (settings.events_topic, settings.dead_letters_topic)
            ),
            "database": lambda: database_fault(database.is_current),
            "shops": lambda: shops_fault(known),
        },
        lambda: datetime.now(UTC),
    )


def kafka_fault(connection: Mapping[str, Any], topics: tuple[str, ...]) -> str | None:
    """Ask the brokers for the topics, over a connection of its own: the publisher's memory of them may be old.

    A producer asks, for the admin client of kafka-python leaves a thread behind where no broker answers.
    """
    try:
        asking = clients.readiness_producer(connection)
    except KafkaError as error:
        return f"does not answer ({type(error).__name__})"
    try:
        missing = [topic for topic in topics if not _has_partitions(asking, topic)]
    finally:
        asking.close(timeout=1)
    return f"has no topic {', '.join(missing)}; run: m2t topics ensure" if missing else None


def _has_partitions(asking: KafkaProducer, topic: str) -> bool:
    try:
        return bool(asking.partitions_for(topic))
    except KafkaError:
        return False


def database_fault(is_current: Callable[[], bool]) -> str | None:
    """Whether the database answers, with the tables of this version."""
    try:
        return None if is_current() else "has not the tables of this version; run: m2t db upgrade"
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"


def shops_fault(known: KnownShops) -> str | None:
    """Whether the shops were read. None at all is no fault: the first is applied while the door is open."""
    try:
        known.find("")
    except ShopsNotRead:
        return "were not read yet"
    return None
