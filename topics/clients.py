"""Create every Kafka client: one function for each purpose, with the options that they share.

`connection` holds the bootstrap servers and the security options, as `Settings.kafka()` returns them; it overrides the
options of this module.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final, TypeAlias

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

Options: TypeAlias = Mapping[str, object]
"""Options of a kafka-python client, by name."""

PEOPLE: Final = "m2t"
"""The client id of the clients that commands and pages open."""
REACH_MS: Final = 5_000
"""How long a command or a page waits for one answer of a broker, in milliseconds."""

_RECONNECT: Final[Options] = {"reconnect_backoff_max_ms": 500}
# kafka-python's defaults are 30 s to find a broker, and topics that are created when they are first named.
_CLIENT: Final[Options] = {**_RECONNECT, "bootstrap_timeout_ms": 5_000, "allow_auto_create_topics": False}

_DURABLE: Final[Options] = {
    **_CLIENT,
    "acks": "all",
    "enable_idempotence": True,
    "delivery_timeout_ms": 30_000,
    "request_timeout_ms": 10_000,
    "batch_size": 131_072,
    "max_request_size": 4 * 1024 * 1024,
    "compression_type": "lz4",
}
_WEBHOOKS: Final[Options] = {
    **_DURABLE,
    # The sender of a webhook waits for the answer: a quick 503, after which it retries, is better than a slow 202.
    "max_block_ms": 500,
    "linger_ms": 1,
    "reconnect_backoff_ms": 50,
    "metadata_max_age_ms": 60_000,
    "max_in_flight_requests_per_connection": 1,
    "metrics_enabled": False,
}
_STORED: Final[Options] = {**_DURABLE, "max_block_ms": 2_000, "linger_ms": 5}
_PROBE: Final[Options] = {
    **_CLIENT,
    "client_id": PEOPLE,
    "acks": "all",
    "delivery_timeout_ms": 5_000,
    "request_timeout_ms": 4_000,
    "max_block_ms": 4_000,
    "bootstrap_timeout_ms": 4_000,
}
_READINESS: Final[Options] = {
    "bootstrap_timeout_ms": 2_000,
    "max_block_ms": 500,
    "enable_idempotence": False,
    "allow_auto_create_topics": False,
}

_READ: Final[Options] = {
    **_CLIENT,
    # kafka-python's defaults commit automatically and start at the latest record.
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
}
_REPLAY: Final[Options] = {
    **_READ,
    "max_poll_interval_ms": 120_000,
    "max_poll_records": 500,
    "metadata_max_age_ms": 30_000,
}
_EVENTS: Final[Options] = {
    **_REPLAY,
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 3_000,
    "partition_assignment_strategy": (CooperativeStickyAssignor,),
}


def webhook_producer(connection: Options) -> KafkaProducer:
    """Return a producer for the webhook endpoint: durable, and acknowledged within a second."""
    return KafkaProducer(**{**_WEBHOOKS, **connection})


def stored_producer(connection: Options) -> KafkaProducer:
    """Return a producer for records that the database keeps until Kafka acknowledges them.

    These are outcomes, dead letters and redriven events.
    """
    return KafkaProducer(**{**_STORED, **connection})


def probe_producer(connection: Options) -> KafkaProducer:
    """Return a producer for one record that a person waits for."""
    return KafkaProducer(**{**_PROBE, **connection})


def readiness_producer(connection: Options) -> KafkaProducer:
    """Return a producer that only asks which topics exist."""
    return KafkaProducer(**{**_READINESS, **connection})


def event_consumer(topic: str, group_id: str, connection: Options) -> KafkaConsumer:
    """Return a consumer of a group that reads a topic and commits the offsets itself."""
    client_id = f"{group_id}-{socket.gethostname()}"
    return KafkaConsumer(topic, group_id=group_id, client_id=client_id, **{**_EVENTS, **connection})


def replay_consumer(connection: Options) -> KafkaConsumer:
    """Return a consumer without a group, which commits nothing."""
    return KafkaConsumer(group_id=None, **{**_REPLAY, **connection})


def reader(connection: Options, group_id: str | None) -> KafkaConsumer:
    """Return a consumer for a person's look at a topic; with a group it can ask for that group's committed offsets."""
    options = {**_READ, "client_id": PEOPLE, **_answering_within(3 * REACH_MS)}
    return KafkaConsumer(group_id=group_id, **{**options, **connection})


def admin_client(connection: Options) -> KafkaAdminClient:
    """Return a client for topics, their limits and the groups' offsets."""
    options = {**_RECONNECT, "client_id": PEOPLE, **_answering_within(2 * REACH_MS)}
    return KafkaAdminClient(**{**options, **connection})


def _answering_within(milliseconds: int) -> Options:
    return {"bootstrap_timeout_ms": REACH_MS, "request_timeout_ms": milliseconds}
