"""The app factory for server processes: settings from the environment, shops from the database, events to Kafka."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Flask
from kafka import KafkaProducer
from kafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from config import logs
from config.serving import end_with_parent
from config.settings import Settings
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules import shops
from schemas.shop import Shop
from topics import clients
from topics.producer import KafkaPublisher, Topics
from webhooks.app import create_app
from webhooks.receive import Endpoint
from webhooks.shop_cache import ShopCache, ShopsNotRead

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Options of `mallopt`, from glibc's malloc.h."""


def app() -> Flask:
    """Return the app for the settings of this process. It connects to nothing before the first request."""
    end_with_parent()
    settings = Settings.from_environ()
    logs.configure(settings.log_level, settings.log_format)
    return_freed_memory()
    served = create_app(endpoint(settings))
    # These objects live as long as the process: freezing them keeps garbage collection between webhooks short.
    gc.collect()
    gc.freeze()
    return served


def return_freed_memory() -> None:
    """Let the C library return freed blocks of 512 KiB and more to the system at once; other libraries do nothing.

    By default glibc keeps them once it has freed a large one, up to 64 MiB in each of its arenas, of which threads have
    several: one process that read bodies of 16 MiB, two at a time, grew to 370 MiB, and with this to 190 MiB.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_MMAP_THRESHOLD, 512 * 1024)
        set_option(_TRIM_THRESHOLD, 4 * 2**20)


def endpoint(settings: Settings) -> Endpoint:
    """Return the endpoint that these settings describe."""
    database = Database(settings.database_url)
    box = SecretBox(*settings.secret_keys)

    def load() -> Mapping[str, Shop]:
        with database.read() as connection:
            return shops.load_all(connection, box)

    cache = ShopCache(load)
    return Endpoint(
        cache,
        KafkaPublisher(settings.kafka()),
        Topics(settings.events_topic, settings.dead_letters_topic, settings.signatures()),
        {
            "kafka": lambda: kafka_fault(
                settings.kafka(), (settings.events_topic, settings.dead_letters_topic)
            ),
            "database": lambda: database_fault(database.is_current),
            "shops": lambda: shops_fault(cache),
        },
        lambda: datetime.now(UTC),
    )


def kafka_fault(connection: Mapping[str, object], topics: tuple[str, ...]) -> str | None:
    """Return why Kafka can't take events (no broker answers, or a topic is missing), None if it can.

    This opens a new connection, because the publisher's metadata may be outdated. It uses a producer, because
    kafka-python's admin client leaves a thread behind if no broker answers.
    """
    try:
        producer = clients.readiness_producer(connection)
    except KafkaError as error:
        return f"does not answer ({type(error).__name__})"
    try:
        missing = [topic for topic in topics if not _has_partitions(producer, topic)]
    finally:
        producer.close(timeout=1)
    return f"has no topic {', '.join(missing)}; run: m2t topics ensure" if missing else None


def _has_partitions(producer: KafkaProducer, topic: str) -> bool:
    try:
        return bool(producer.partitions_for(topic))
    except KafkaError:
        return False


def database_fault(is_current: Callable[[], bool]) -> str | None:
    """Return why the database can't be used (no answer, or tables of another version), None if it can."""
    try:
        return None if is_current() else "has not the tables of this version; run: m2t db upgrade"
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"


def shops_fault(cache: ShopCache) -> str | None:
    """Return why shops can't be looked up, None if they can.

    Having no shop at all is no fault: the first shop is created while the endpoint runs.
    """
    try:
        cache.find("")
    except ShopsNotRead:
        return "have not been read yet"
    return None
