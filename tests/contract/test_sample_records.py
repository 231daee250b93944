"""Records that version 0.1.0 wrote can still be read: a topic keeps them for thirty days or longer."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from consumer.outbox.quarantine_reader import letter_of
from operations.dead_letters.redrive import as_events
from operations.rules.simulate import Comparison, compare, simulation
from records.db.database import Database
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import UnverifiedEvent
from schemas.product_event import from_anyone, from_record
from schemas.quarantined import read as read_quarantined
from schemas.quarantined import verify as verify_quarantined
from tests.consumer.engine import Engine
from tests.contract.gather.sample_records import (
    RECEIVED,
    SAMPLE_KEY,
    plain_event,
    plain_refused,
    plain_webhook,
    quarantined_record,
    sample_events,
    sample_records,
    signatures,
)
from tests.contract.snapshot import SAMPLES
from topics.event_consumer import Record
from topics.refused_webhooks import from_record as read_refused

STORED: Any = json.loads(SAMPLES.read_text(encoding="utf-8"))


def names_of(kind: str) -> list[str]:
    return sorted(name for name, record in STORED["records"].items() if record["kind"] == kind)


def stored(name: str, offset: int = 0) -> Record:
    """Return a sample record as read from the topic."""
    record = STORED["records"][name]
    return Record(
        "magento.product.events",
        0,
        offset,
        int(RECEIVED.timestamp() * 1000),
        b64decode(record["key"]),
        b64decode(record["value"]),
        tuple((header, b64decode(raw)) for header, raw in record["headers"]),
    )


def reads_as(name: str) -> Any:
    return STORED["records"][name]["reads_as"]


SIGNED = [name for name in names_of("event") if name != "unsigned"]
EVENT_IDS = {reads_as(name)["id"] for name in SIGNED}


def test_there_is_a_sample_of_each_kind() -> None:
    assert {record["kind"] for record in STORED["records"].values()} == {
        "event",
        "quarantined",
        "refused",
        "outcome",
        "dead_letter",
    }
    assert set(SIGNED) >= set(sample_events())
    assert STORED["secret_key"] == SAMPLE_KEY


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("keys", [(SAMPLE_KEY,), ("a newer key that has replaced it since", SAMPLE_KEY)])
def test_a_signed_event_is_read_unchanged(name: str, keys: tuple[str, ...]) -> None:
    record = stored(name)
    event = from_record(record.key, record.value, record.headers, signatures(*keys))
    assert plain_event(event) == reads_as(name)
    assert event.key == record.key


def test_an_unsigned_event_is_read_only_where_signatures_are_not_required() -> None:
    record = stored("unsigned")
    with pytest.raises(UnverifiedEvent) as refused:
        from_record(record.key, record.value, record.headers, signatures())
    assert refused.value.reason == "unsigned"
    accepted = from_record(record.key, record.value, record.headers, signatures(required=False))
    assert (
        plain_event(accepted)
        == reads_as("unsigned")
        == plain_event(from_anyone(record.value, record.headers))
    )


def test_a_changed_event_is_rejected() -> None:
    record = stored("saved")
    changed = (record.value or b"").replace(b"39.9000", b"00.9000")
    with pytest.raises(UnverifiedEvent) as refused:
        from_record(record.key, changed, record.headers, signatures(required=False))
    assert refused.value.reason == "wrong_signature"


def test_a_quarantined_webhook_is_read_and_redriven() -> None:
    record = stored("quarantined")
    webhook = read_quarantined(record.headers)
    assert webhook is not None
    assert plain_webhook(webhook) == reads_as("quarantined")
    verify_quarantined(record.key, record.value, record.headers, signatures())
    letter = letter_of(record, signatures())
    assert letter is not None
    assert (letter.shop, letter.reason, letter.value) == ("demo", "not_json", record.value)
    (event,) = as_events(
        letter, b'{"event": "product.saved", "product": {"sku": "LINEN-1", "name": "Shirt"}}'
    )
    assert (event.shop, event.sku, event.id) == ("demo", "LINEN-1", "sample-quarantined")


def test_a_dead_letter_of_an_event_is_not_a_quarantined_webhook() -> None:
    assert letter_of(stored("dead_letter"), signatures()) is None


@pytest.mark.parametrize(("name", "written"), sorted(sample_records()["records"].items()))
def test_records_are_written_unchanged(name: str, written: Any) -> None:
    assert json.loads(json.dumps(written)) == STORED["records"].get(name), (
        "add a sample of the new format beside the earlier one, and a line to CHANGELOG.md"
    )


def test_the_webhook_endpoint_writes_a_quarantined_webhook_like_the_sample() -> None:
    record, sample = quarantined_record(stored("quarantined").value or b""), stored("quarantined")
    assert (record.key, record.value, record.headers) == (sample.key, sample.value, sample.headers)


def test_the_value_of_an_outcome_is_json_of_plain_fields() -> None:
    record = stored("outcome")
    assert json.loads(record.value or b"") == reads_as("outcome")["value"]
    assert (
        f"{reads_as('outcome')['value']['shop']}/{reads_as('outcome')['value']['sku']}".encode() == record.key
    )


class RecordedTopic:
    """A topic with these records."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.total = len(records)

    def batches(self) -> Iterator[Sequence[Record]]:
        yield self.records


@pytest.fixture
def engine(sqlite: Database) -> Engine:
    """Return an engine with the shop `demo`, a policy and a template."""
    engine = Engine(sqlite)
    engine.connect()
    engine.policy()
    engine.template()
    return engine


def recorded() -> list[Record]:
    return [stored(name, offset) for offset, name in enumerate(SIGNED)]


def test_intake_accepts_the_records_and_recognizes_them_again(engine: Engine) -> None:
    intake, number = engine.new_intake(signatures()), len(EVENT_IDS)
    result = intake.take(recorded())
    assert (len(result.decided), result.duplicates, result.dead_lettered) == (number, len(SIGNED) - number, 0)
    again = intake.take(recorded())
    assert (len(again.decided), again.duplicates, again.dead_lettered) == (0, len(SIGNED), 0)


def test_the_records_can_be_simulated(engine: Engine) -> None:
    since = RECEIVED - timedelta(hours=1)
    with engine.database.read() as connection:
        rulebooks = RulebookReader(engine.box).read(connection)
    both = [simulation(rulebooks, timedelta(seconds=2), since) for _ in range(2)]
    comparison = Comparison(both[0], both[1], frozenset({"demo"}), signatures())
    topic = cast(Any, RecordedTopic(recorded()))
    assert compare(topic, engine.database, comparison, lambda _read, _total: True)
    assert (comparison.events, dict(comparison.left_out)) == (len(EVENT_IDS), {})
    assert comparison.different() == []


def test_refused_webhooks_are_read_unchanged() -> None:
    record = stored("refused")
    refused = read_refused(record.key, record.value, record.headers, signatures())
    assert refused is not None
    assert plain_refused(refused) == reads_as("refused")
