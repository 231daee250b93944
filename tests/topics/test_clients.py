"""Kafka clients: the options of each purpose."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from topics import clients

CONNECTION: Mapping[str, Any] = {"bootstrap_servers": ["kafka:9092"], "security_protocol": "SSL"}
CLIENT = {"reconnect_backoff_max_ms": 500, "bootstrap_timeout_ms": 5_000, "allow_auto_create_topics": False}
DURABLE = {
    **CLIENT,
    "acks": "all",
    "enable_idempotence": True,
    "delivery_timeout_ms": 30_000,
    "request_timeout_ms": 10_000,
    "batch_size": 131_072,
    "max_request_size": 4_194_304,
    "compression_type": "lz4",
}
READ = {
    **CLIENT,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
}
REPLAY = {**READ, "max_poll_interval_ms": 120_000, "max_poll_records": 500, "metadata_max_age_ms": 30_000}

MADE: Mapping[str, tuple[Callable[[], Any], Mapping[str, Any]]] = {
    "webhooks": (
        lambda: clients.webhook_producer(CONNECTION),
        {
            **DURABLE,
            "max_block_ms": 500,
            "linger_ms": 1,
            "reconnect_backoff_ms": 50,
            "metadata_max_age_ms": 60_000,
            "max_in_flight_requests_per_connection": 1,
            "metrics_enabled": False,
        },
    ),
    "stored rows": (
        lambda: clients.stored_producer(CONNECTION),
        {**DURABLE, "max_block_ms": 2_000, "linger_ms": 5},
    ),
    "probe": (
        lambda: clients.probe_producer(CONNECTION),
        {
            **CLIENT,
            "client_id": "m2t",
            "acks": "all",
            "delivery_timeout_ms": 5_000,
            "request_timeout_ms": 4_000,
            "max_block_ms": 4_000,
            "bootstrap_timeout_ms": 4_000,
        },
    ),
    "readiness": (
        lambda: clients.readiness_producer(CONNECTION),
        {
            "bootstrap_timeout_ms": 2_000,
            "max_block_ms": 500,
            "enable_idempotence": False,
            "allow_auto_create_topics": False,
        },
    ),
    "events": (
        lambda: clients.event_consumer("events", "group", CONNECTION),
        {
            **REPLAY,
            "topics": ("events",),
            "group_id": "group",
            "client_id": f"group-{socket.gethostname()}",
            "session_timeout_ms": 10_000,
            "heartbeat_interval_ms": 3_000,
            "partition_assignment_strategy": (CooperativeStickyAssignor,),
        },
    ),
    "replay": (lambda: clients.replay_consumer(CONNECTION), {**REPLAY, "topics": (), "group_id": None}),
    "reader": (
        lambda: clients.reader(CONNECTION, "group"),
        {**READ, "topics": (), "group_id": "group", "client_id": "m2t", "request_timeout_ms": 15_000},
    ),
    "admin": (
        lambda: clients.admin_client(CONNECTION),
        {
            "client_id": "m2t",
            "bootstrap_timeout_ms": 5_000,
            "request_timeout_ms": 10_000,
            "reconnect_backoff_max_ms": 500,
        },
    ),
}


@pytest.mark.parametrize("purpose", MADE)
def test_each_purpose_has_its_own_options_and_the_connection(
    purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, expected = MADE[purpose]
    monkeypatch.setattr(clients, "KafkaProducer", dict)
    monkeypatch.setattr(clients, "KafkaAdminClient", dict)
    monkeypatch.setattr(clients, "KafkaConsumer", lambda *topics, **value: {"topics": topics, **value})
    assert make() == {**expected, **CONNECTION}


def test_the_connection_overrides_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "KafkaProducer", dict)
    made: Any = clients.webhook_producer({**CONNECTION, "compression_type": None})
    assert made["compression_type"] is None
