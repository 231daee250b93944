"""Large bodies through a real endpoint and a real broker: read, quarantined in part, or refused and counted."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import orjson
import pytest
import requests
from kafka import KafkaConsumer

from commands.demo_world.rule import SHIRT
from operations.dead_letters.redrive import as_events
from records.log import dead_letters, feeds
from records.log.dead_letters import DeadLetter
from records.log.log_page import LogPage
from sandbox.kafka import Broker
from tests.webhooks.examples import signed
from tests.whole.system import SECRET, System, eventually, running
from topics.errors import Refused

KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


@pytest.fixture
def system(broker: Broker, tmp_path: Path, topic_prefix: str) -> Iterator[System]:
    with running(broker, tmp_path, topic_prefix) as started:
        started.start("consumer")
        started.start("webhooks")
        yield started


def post(system: System, raw: bytes, id_: str) -> requests.Response:
    """Post a signed body to the endpoint."""
    url = f"http://127.0.0.1:{system.settings.door_port}/webhooks/magento/demo"
    headers = signed(raw, id_=id_, sent=datetime.now(UTC), key=KEY)
    return requests.post(url, data=raw, headers=headers, timeout=30)


def feed(system: System) -> list[tuple[str, int | None]]:
    """Return the operation and the HTTP status of each webhook in the feed log."""
    with system.database.read() as connection:
        rows = feeds.page(connection, LogPage(("demo",), 50)).values()
    return [(row.operation, row.http_status) for row in rows if row.direction == "in"]


def with_image(sku: str, size: int) -> bytes:
    """Return a save by REST of about `size` bytes, most of them an image."""
    content = {"base64_encoded_data": "iVBORw0KGgo/" * (size // 12), "type": "image/png", "name": "new.png"}
    entries = [{"media_type": "image", "label": "", "position": 1, "content": content}]
    product = {**SHIRT, "sku": sku, "entity_id": "41", "website_ids": [1], "media_gallery_entries": entries}
    return json.dumps({"event": "product.saved", "product": product}).encode()


def test_a_save_of_10_mib_with_an_image_is_listed_and_its_record_has_no_image(
    system: System, broker: Broker
) -> None:
    raw = with_image("LARGE-1", 10 * 2**20)
    assert post(system, raw, "msg_large_1").status_code == 202
    eventually("the listing is live", lambda: (system.listing("LARGE-1") or {}).get("status") == "ACTIVATE")
    consumer = KafkaConsumer(
        system.settings.events_topic,
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=5_000,
    )
    (record,) = list(consumer)
    consumer.close()
    assert dict(record.headers)["ce_id"] == b"msg_large_1"
    assert b"iVBOR" not in record.value and len(record.value) < 10_000


def test_a_body_of_17_mib_is_refused_counted_and_a_row_of_the_feed_log(system: System) -> None:
    raw = with_image("LARGE-2", 17 * 2**20)
    # Only the headers are sent: the answer does not wait for the body.
    connection = HTTPConnection("127.0.0.1", system.settings.door_port, timeout=30)
    connection.putrequest("POST", "/webhooks/magento/demo")
    signature = signed(raw, id_="msg_large_2", sent=datetime.now(UTC), key=KEY)
    for name, value in {
        **signature,
        "content-type": "application/json",
        "content-length": str(len(raw)),
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    metrics = requests.get(f"http://127.0.0.1:{system.settings.door_port}/metrics", timeout=10).text
    assert 'm2t_webhook_requests_total{result="body_too_large",shop="demo"} 1.0' in metrics
    assert 'm2t_webhook_refused_total{reason="body_too_large",shop="demo"} 1.0' in metrics
    eventually("the feed log has it", lambda: feed(system) == [("refused", 413)])


def test_of_a_text_of_5_mib_the_start_is_quarantined_and_cant_be_redriven(system: System) -> None:
    raw = orjson.dumps(
        {"event": "product.saved", "product": {**SHIRT, "sku": "LARGE-3", "notes": "x" * 5 * 2**20}}
    )
    assert post(system, raw, "msg_large_3").json()["quarantined"] == "record_too_large"

    def letters() -> list[DeadLetter]:
        with system.database.read() as connection:
            return dead_letters.page(connection, limit=9)

    eventually("it is recorded", lambda: len(letters()) == 1)
    (letter,) = letters()
    assert feed(system) == [("quarantined", 202)]
    headers = dict(letter.headers)
    assert (letter.reason, letter.shop, letter.value) == ("record_too_large", "demo", raw[: 64 * 1024])
    assert headers["m2t-dlq-sha256"].decode() == hashlib.sha256(raw).hexdigest()
    assert headers["m2t-dlq-size"] == str(len(raw)).encode()
    with pytest.raises(Refused, match="Only the start of its body was kept"):
        as_events(letter)
