"""During an upgrade, a setting lets the consumer accept events from before they were signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaProducer

from commands.demo_world.rule import SHIRT
from sandbox.kafka import Broker
from schemas.event_signature import HEADER
from schemas.product_event import EventKind, ProductEvent, to_record
from tests.whole.system import eventually, running


def test_unsigned_events_are_accepted_with_a_warning(
    broker: Broker, tmp_path: Path, topic_prefix: str
) -> None:
    variables = {"M2T_EVENT_SIGNATURES": "accept_unsigned"}
    with running(broker, tmp_path, topic_prefix, variables=variables) as system:
        event = ProductEvent(
            "evt-before",
            "demo",
            EventKind.SAVED,
            datetime.now(UTC),
            entity_id="7",
            sku="BEFORE",
            attributes={**SHIRT, "quantity": 18, "stock_status": 1, "website_ids": [1]},
        )
        key, value, headers = to_record(event, system.settings.signatures())
        bare = [(name, raw) for name, raw in headers if name != HEADER]
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        producer.send(system.settings.events_topic, value, key, bare).get(timeout=10)
        producer.close()
        system.start("consumer")
        eventually(
            "the listing is live", lambda: (system.listing("BEFORE") or {}).get("status") == "ACTIVATE"
        )
        log = [json.loads(line) for line in (system.folder / "consumer.log").read_text().splitlines()]
    warnings = [line for line in log if line["level"] == "warning"]
    assert [line["event"] for line in warnings] == [
        "event_signatures_not_required",
        "unsigned_events_believed",
    ]
    assert (warnings[0]["setting"], warnings[1]["number"]) == ("M2T_EVENT_SIGNATURES", 1)
