"""Records that version 0.1.0 wrote stay on the topics for 30 days and mean what they meant."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import pytest

from consumer.outbox.outcome_relay import _letter, _outcome
from records.log.dead_letters import DeadLetter
from records.log.outcomes import OutcomeRow
from schemas.event_signature import EventSignatures
from schemas.product_event import ProductEvent, from_record, to_record
from schemas.quarantined import read, verify
from schemas.secret import Secret
from tests.contract.snapshot import FOLDER

SAMPLES: Final = json.loads((FOLDER / "records.json").read_text(encoding="utf-8"))
EVENTS: Final[list[Mapping[str, Any]]] = SAMPLES["events"]
SIGNATURES: Final = EventSignatures([Secret(SAMPLES["secret_key"])])


def bytes_of(sample: Mapping[str, Any]) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of a sample record."""
    headers = [(name, b64decode(value)) for name, value in sample["headers"]]
    return b64decode(sample["key"]), b64decode(sample["value"]), headers


def plain(value: Any) -> Any:
    """An event's field as JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("sample", EVENTS, ids=lambda sample: sample["event"]["id"])
def test_an_event_of_then_is_believed_and_means_what_it_meant(sample: Mapping[str, Any]) -> None:
    event = from_record(*bytes_of(sample), SIGNATURES)
    assert {name: plain(getattr(event, name)) for name in sample["event"]} == sample["event"]


@pytest.mark.parametrize("sample", EVENTS, ids=lambda sample: sample["event"]["id"])
def test_an_event_is_written_as_it_was_then(sample: Mapping[str, Any]) -> None:
    event: ProductEvent = from_record(*bytes_of(sample), SIGNATURES)
    assert to_record(event, SIGNATURES) == bytes_of(sample)


def test_a_quarantined_webhook_of_then_is_believed_and_read() -> None:
    key, body, headers = bytes_of(SAMPLES["quarantined"])
    verify(key, body, headers, SIGNATURES)
    webhook = read(headers)
    expected = SAMPLES["quarantined"]["webhook"]
    assert {name: plain(getattr(webhook, name)) for name in expected} == expected


def test_an_outcome_is_written_as_it_was_then() -> None:
    key, value, headers = bytes_of(SAMPLES["outcome"])
    read_value = json.loads(value)
    fields = {**read_value, "at": from_record(*bytes_of(EVENTS[0]), SIGNATURES).received_at}
    assert _outcome(OutcomeRow(product_id=1, **fields)) == (key, value, headers)


def test_a_dead_letter_is_written_as_it_was_then() -> None:
    key, value, headers = bytes_of(SAMPLES["dead_letter"])
    letter = DeadLetter(
        shop="demo",
        origin_topic="magento.product.events",
        origin_partition=3,
        origin_offset=77,
        origin_timestamp=1_793_000_000_000,
        key=key,
        value=value,
        headers=tuple(headers[:1]),
        reason="unreadable",
        error_class="UnreadableEvent",
        error_message="the value is not JSON",
        first_failed_at=from_record(*bytes_of(EVENTS[0]), SIGNATURES).received_at,
    )
    assert _letter(letter, "m2t.consumer") == (key, value, headers)
