"""A save goes through webhook, topic, decision, TikTok and outcome; every part is real."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from kafka import KafkaConsumer

from commands.demo_world.rule import SHIRT
from operations.dead_letters.redrive import Redriver, as_events
from records.catalog import products
from records.log import activity, counters, dead_letters, events, feeds, heartbeats
from records.log.counters import Counter, CounterKind
from records.log.dead_letters import DeadLetter
from sandbox.kafka import Broker
from tests.webhooks.examples import signed
from tests.whole.system import SECRET, System, eventually, running


@pytest.fixture
def system(broker: Broker, tmp_path: Path, topic_prefix: str, new_url: str) -> Iterator[System]:
    with running(broker, tmp_path, topic_prefix, variables={"M2T_DATABASE_URL": new_url}) as started:
        started.start("consumer")
        started.start("webhooks")
        yield started


def read_topic(system: System, topic: str) -> str:
    """Return what kafka-python's own command reads from the start of the topic."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kafka.consumer"),
            *("-b", system.settings.kafka_bootstrap_servers[0], "-t", topic, "-f", "full"),
            *("-C", "auto_offset_reset=earliest", "-C", "consumer_timeout_ms=4000"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.mark.both_databases
def test_a_saved_product_is_listed_and_each_part_records_it(system: System, broker: Broker) -> None:
    webhook = system.store.create("WALK-1", dict(SHIRT)).webhook
    assert webhook is not None
    assert webhook["status"] == 202
    assert json.loads(webhook["body"])["event_id"] == webhook["id"]

    eventually("the listing is live", lambda: (system.listing("WALK-1") or {}).get("status") == "ACTIVATE")
    listing = system.listing("WALK-1")
    assert listing is not None
    assert listing["title"] == SHIRT["name"]
    assert listing["skus"][0]["price"]["amount"] == "29.00"
    assert listing["skus"][0]["quantity"] == 18

    def has_ended() -> bool:
        with system.database.read() as connection:
            row = events.get(connection, "demo", webhook["id"])
            return row is not None and row.end == "applied"

    eventually("the event has a result", has_ended)
    consumer = KafkaConsumer(
        system.settings.events_topic,
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=5_000,
    )
    (record,) = list(consumer)
    consumer.close()
    headers = dict(record.headers)
    assert record.key == b"demo/WALK-1"
    assert headers["ce_id"].decode() == webhook["id"]
    assert headers["ce_type"] == b"magento.product.saved"
    assert headers["ce_source"] == b"/magento/demo"
    assert json.loads(record.value)["attributes"]["price"] == "29.000000"

    def outcomes() -> list[dict[str, object]]:
        consumer = KafkaConsumer(
            system.settings.outcomes_topic,
            bootstrap_servers=broker.bootstrap_servers,
            auto_offset_reset="earliest",
            consumer_timeout_ms=2_000,
        )
        found = [json.loads(record.value) for record in consumer]
        consumer.close()
        return found

    eventually(
        "both outcomes are published",
        lambda: [outcome["kind"] for outcome in outcomes()] == ["accepted", "live"],
    )
    first = outcomes()[0]
    assert (first["sku"], first["event_id"], first["operation"]) == ("WALK-1", webhook["id"], "create")
    assert len(str(first["request_id"])) == 34

    with system.database.read() as connection:
        (product,) = products.by_sku(connection, "demo", "WALK-1")
        history = activity.of_product(connection, product.id)
        exchanged = feeds.of_product(connection, product.id)
    assert [row.reason for row in history] == ["live", "accepted", "new_product"]
    assert {"saved", "search", "create", "get"} <= {row.operation for row in exchanged}
    text = " ".join(f"{row.request} {row.response}" for row in exchanged)
    assert "sandbox-app-secret" not in text
    assert "TTP_sandbox" not in text


def test_the_logs_connect_the_webhook_id_with_tiktoks_request_id(system: System) -> None:
    webhook = system.store.create("WALK-2", dict(SHIRT)).webhook
    assert webhook is not None
    eventually("the listing is live", lambda: (system.listing("WALK-2") or {}).get("status") == "ACTIVATE")
    fields: dict[str, list[dict[str, object]]] = {}
    for part in ("webhooks", "consumer"):
        for line in (system.folder / f"{part}.log").read_text().splitlines():
            if webhook["id"] in line:
                entry = json.loads(line)
                fields.setdefault(entry["event"], []).append(entry)
    assert {"webhook", "decided", "call", "outcome"} <= fields.keys()
    created = next(entry for entry in fields["call"] if entry["operation"] == "create")
    assert len(str(created["request_id"])) == 34
    everything = "".join(path.read_text() for path in system.folder.glob("*.log"))
    for secret in (
        SECRET,
        "sandbox-app-secret-0123456789",
        "TTP_sandbox_access",
        system.environment["M2T_SECRET_KEY"],
    ):
        assert secret not in everything


def test_kafka_pythons_own_command_reads_key_headers_and_json(system: System) -> None:
    system.store.create("WALK-3", dict(SHIRT))
    found = read_topic(system, system.settings.events_topic)
    assert "demo/WALK-3" in found
    assert "ce_type" in found
    assert "magento.product.saved" in found
    assert "Demo shirt" in found


def test_foreign_and_unreadable_records_become_dead_letters(system: System, broker: Broker) -> None:
    from kafka import KafkaProducer

    foreign = (b"demo/X", b"{not json", [("a", b"b")])
    (key, value, headers) = foreign
    ours = (key, value, [*headers, system.settings.signatures().header(key, value, headers)])
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers)
    for key, value, headers in (foreign, ours):
        producer.send(system.settings.events_topic, key=key, value=value, headers=headers).get(timeout=10)
    producer.close()
    system.store.create("WALK-4", dict(SHIRT))
    eventually("the listing is live", lambda: (system.listing("WALK-4") or {}).get("status") == "ACTIVATE")
    letters = KafkaConsumer(
        system.settings.dead_letters_topic,
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=5_000,
    )
    rows = [
        ({name: raw.decode() for name, raw in letter.headers}, letter.key, letter.value) for letter in letters
    ]
    letters.close()
    assert [(headers["a"], key, value) for headers, key, value in rows] == [
        ("b", b"demo/X", b"{not json")
    ] * 2
    messages = {headers["m2t-dlq-reason"]: headers["m2t-dlq-error-message"] for headers, _, _ in rows}
    assert set(messages) == {"unsigned", "unreadable_event"}
    assert "ce_specversion" in messages["unreadable_event"]
    assert {headers["m2t-dlq-origin-topic"] for headers, _, _ in rows} == {system.settings.events_topic}


def test_a_quarantined_webhook_is_a_dead_letter_that_can_be_corrected_and_redriven(
    system: System,
) -> None:
    body = json.dumps(
        {"event": "product.saved", "product": {**SHIRT, "website_ids": [1], "sku": 17.5}}
    ).encode()
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    url = f"http://127.0.0.1:{system.settings.door_port}/webhooks/magento/demo"
    headers = signed(body, id_="msg_walk_5", sent=datetime.now(UTC), key=key)
    answer = requests.post(url, data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["quarantined"]) == (202, "invalid_sku")

    def letters() -> list[DeadLetter]:
        with system.database.read() as connection:
            return dead_letters.page(connection, limit=9)

    eventually("it is recorded", lambda: len(letters()) == 1)
    (letter,) = letters()
    assert (letter.reason, letter.value, letter.shop) == ("invalid_sku", body, "demo")
    redriver = Redriver(system.settings.kafka(), system.settings.events_topic, system.settings.signatures())
    corrected = body.replace(b"17.5", b'"WALK-5"')
    redriver.send(as_events(letter, corrected))
    redriver.send(as_events(letter, corrected))
    redriver.close()
    eventually("the listing is live", lambda: (system.listing("WALK-5") or {}).get("status") == "ACTIVATE")

    def ends() -> Any:
        with system.database.read() as connection:
            row = events.get(connection, "demo", "msg_walk_5")
            return row and row.end, events.counts(connection).get("duplicate_events")

    eventually("it is applied once, under the id of the delivery", lambda: ends() == ("applied", 1))


def test_the_consumer_applies_a_changed_policy_to_stored_products(system: System) -> None:
    system.store.create("WALK-6", {**SHIRT, "visibility": "1"})

    def is_stored() -> bool:
        with system.database.read() as connection:
            return bool(products.by_sku(connection, "demo", "WALK-6"))

    eventually("it is stored", is_stored)
    assert system.listing("WALK-6") is None
    system.apply(sync_not_visible_individually=True)
    eventually("the consumer syncs it", lambda: (system.listing("WALK-6") or {}).get("status") == "ACTIVATE")


@pytest.mark.both_databases
def test_sigterm_stops_the_consumer_in_order_without_loss(system: System) -> None:
    for number in range(12):
        system.store.create(f"TERM-{number}", dict(SHIRT))
    consumer = system.children[0]
    consumer.stop()
    assert consumer.exit_code == 0
    assert '"in_order": true' in (system.folder / "consumer.log").read_text()
    system.start("consumer")
    eventually(
        "all listings are live",
        lambda: all((system.listing(f"TERM-{n}") or {}).get("status") == "ACTIVATE" for n in range(12)),
    )


def test_a_heartbeat_reports_lag_counters_rate_limit_and_the_stop(
    system: System,
) -> None:
    def beat() -> Mapping[str, Any]:
        with system.database.read() as connection:
            return next((heartbeat.document for heartbeat in heartbeats.load_all(connection)), {})

    def counted(now: datetime) -> dict[Counter, int]:
        day = timedelta(days=1)
        with system.database.read() as connection:
            return counters.totals(connection, ["demo"], step=counters.HOUR, since=now - day, until=now + day)

    def is_reported() -> bool:
        found, received = beat(), counted(datetime.now(UTC)).get(Counter(CounterKind.EVENT, "webhook"))
        return received == 20 and "demo" in found["shops"] and found["lag_records"] == found["waiting"] == 0

    for number in range(20):
        system.store.create(f"BEAT-{number}", dict(SHIRT))
    eventually("all are received and sent, and the heartbeat reports it", is_reported)
    assert beat()["ended"] is False
    assert beat()["shops"]["demo"]["calls_per_second"] == system.settings.calls_per_second
    assert counted(datetime.now(UTC))[Counter(CounterKind.OUTCOME, "accepted")] == 20
    system.children[0].stop()
    assert beat()["ended"] is True


def test_a_second_consumer_on_the_same_sqlite_database_is_refused(system: System) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "consumer"],
        env=dict(system.environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 78
    assert "Another consumer runs on this SQLite database" in done.stderr
