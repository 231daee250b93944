"""The maker of every Kafka client: one function for each purpose, and what its options share stated once.

`connection` holds the bootstrap servers and the security, as `Settings.kafka()` returns them; it wins over the options.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

Options: TypeAlias = Mapping[str, Any]

PEOPLE: Final = "m2t"
"""The client id of what commands and pages open."""
REACH_MS: Final = 5_000
"""How long a person waits for one answer of a broker."""

_RECONNECT: Final[Options] = {"reconnect_backoff_max_ms": 500}
# kafka-python's defaults: 30 s to find a broker, and topics made by accident.
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
    # The sender of a webhook waits: it is asked to come again rather than kept.
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
    # kafka-python commits by itself and starts at the latest record, unless told otherwise.
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
    """For the webhooks endpoint: durable, and within a second."""
    return KafkaProducer(**{**_WEBHOOKS, **connection})


def stored_producer(connection: Options) -> KafkaProducer:
    """For what the database keeps until it is acknowledged: outcomes, dead letters, redriven events."""
    return KafkaProducer(**{**_STORED, **connection})


def probe_producer(connection: Options) -> KafkaProducer:
    """For one record that a person waits for."""
    return KafkaProducer(**{**_PROBE, **connection})


def readiness_producer(connection: Options) -> KafkaProducer:
    """For asking which topics there are; it sends nothing."""
    return KafkaProducer(**{**_READINESS, **connection})


def event_consumer(topic: str, group_id: str, connection: Options) -> KafkaConsumer:
    """For a member of a group that reads a topic and commits what was stored."""
    client_id = f"{group_id}-{socket.gethostname()}"
    return KafkaConsumer(topic, group_id=group_id, client_id=client_id, **{**_EVENTS, **connection})


def replay_consumer(connection: Options) -> KafkaConsumer:
    """For reading what a topic holds, beside its groups; it commits nothing."""
    return KafkaConsumer(group_id=None, **{**_REPLAY, **connection})


def reader(connection: Options, group_id: str | None) -> KafkaConsumer:
    """For a person's look at a topic; with a group it can ask for what that has committed."""
    options = {**_READ, "client_id": PEOPLE, **_answering_within(3 * REACH_MS)}
    return KafkaConsumer(group_id=group_id, **{**options, **connection})


def admin_client(connection: Options) -> KafkaAdminClient:
    """For topics, their limits and the groups' offsets."""
    options = {**_RECONNECT, "client_id": PEOPLE, **_answering_within(2 * REACH_MS)}
    return KafkaAdminClient(**{**options, **connection})


def _answering_within(milliseconds: int) -> Options:
    return {"bootstrap_timeout_ms": REACH_MS, "request_timeout_ms": milliseconds}
