"""Product events as Kafka records: written, read back, and the reasons why a record can't be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given

from schemas.product_event import (
    EventKind,
    ProductEvent,
    UnreadableEvent,
    from_anyone,
    from_record,
    to_record,
)
from tests.records.examples import SIGNATURES
from tests.schemas.event_values import VALUE, events

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@given(events)
def test_a_written_event_is_read_back(event: ProductEvent) -> None:
    key, value, headers = to_record(event, SIGNATURES)
    assert from_record(key, value, headers, SIGNATURES) == from_anyone(value, headers) == event


@given(events)
def test_a_record_is_a_cloud_event_in_binary_mode(event: ProductEvent) -> None:
    key, value, headers = to_record(event, SIGNATURES)
    read = from_binary(KafkaMessage(headers=dict(headers), key=None, value=value), JSONFormat())
    assert key.startswith(event.shop.encode() + b"/")
    assert (read.get_specversion(), read.get_id()) == ("1.0", event.id)
    assert (read.get_source(), read.get_type()) == (f"/magento/{event.shop}", f"magento.product.{event.kind}")
    assert (read.get_subject(), read.get_time()) == (event.sku, event.received_at)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("replayof") == event.replay_of
    assert read.get_data() == orjson.loads(value)


@pytest.mark.parametrize(
    ("sku", "entity_id", "key"),
    [
        ("SHIRT-M", "41", b"demo/SHIRT-M"),
        ("SHIRT-M", None, b"demo/SHIRT-M"),
        (None, "41", b"demo/#41"),
        ("Größe M", None, "demo/Größe M".encode()),
    ],
)
def test_the_key_routes_by_shop_and_sku(sku: str | None, entity_id: str | None, key: bytes) -> None:
    event = ProductEvent("evt-1", "demo", EventKind.SAVED, NOON, entity_id=entity_id, sku=sku)
    assert to_record(event, SIGNATURES)[0] == event.key == key


HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"evt-1",
    "ce_source": b"/magento/demo",
    "ce_type": b"magento.product.saved",
}


def test_a_record_with_the_required_fields_only_gets_the_defaults() -> None:
    event = from_anyone(orjson.dumps(VALUE), HEADERS.items())
    assert event == ProductEvent("evt-1", "demo", EventKind.SAVED, NOON, sku="SHIRT-M")


def test_unknown_fields_of_a_later_version_are_ignored() -> None:
    text = orjson.dumps({**VALUE, "colour_of_the_box": "blue"})
    assert from_anyone(text, {**HEADERS, "ce_tomorrow": b"x"}.items()).sku == "SHIRT-M"


def test_header_names_are_case_insensitive() -> None:
    shouted = {name.upper(): value for name, value in HEADERS.items()}
    assert from_anyone(orjson.dumps(VALUE), shouted.items()).id == "evt-1"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"ce_specversion": None}, "ce_specversion is None, not '1.0'"),
        ({"ce_specversion": b"0.3"}, "ce_specversion is '0.3', not '1.0'"),
        ({"ce_type": None}, "ce_type is None, not one of magento.product.*"),
        ({"ce_type": b"magento.product.eaten"}, "ce_type is 'magento.product.eaten'"),
        ({"ce_type": b"shopify.product.saved"}, "ce_type is 'shopify.product.saved'"),
        ({"ce_id": None}, "ce_id or ce_source is missing"),
        ({"ce_id": b""}, "ce_id or ce_source is missing"),
        ({"ce_source": None}, "ce_id or ce_source is missing"),
        ({"ce_source": b"/magento/"}, "ce_id or ce_source is missing"),
        ({"ce_id": b"\xff"}, "a header is not UTF-8"),
    ],
)
def test_a_record_whose_headers_are_wrong_is_unreadable(headers: dict[str, Any], says: str) -> None:
    rows = [(name, value) for name, value in {**HEADERS, **headers}.items() if value is not None]
    with pytest.raises(UnreadableEvent) as unreadable:
        from_anyone(orjson.dumps(VALUE), rows)
    assert says in unreadable.value.reason


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "the value is not JSON"),
        (b"", "the value is not JSON"),
        (b"<xml/>", "the value is not JSON"),
        (b'{"sku": NaN}', "the value is not JSON"),
        (b"[" * 100_000, "the value is not JSON"),
        (b"[]", "the value is a JSON list, not an object"),
        (b"null", "the value is a JSON NoneType, not an object"),
        ({"received_at": None}, "received_at"),
        ({"received_at": "soon"}, "received_at"),
        ({"sku": None}, "has neither entity_id nor sku"),
        ({"sku": ""}, "sku"),
        ({"sku": "S" * 65}, "sku"),
        ({"sku": 7}, "sku"),
        ({"entity_id": "4" * 65}, "entity_id"),
        ({"store_id": "1"}, "store_id"),
        ({"store_id": -1}, "store_id"),
        ({"attributes": ["color"]}, "attributes"),
        ({"original": "blue"}, "original"),
        ({"is_new": "yes"}, "is_new"),
        ({"updated_at": "2026-13-01"}, "updated_at"),
        ({"origin": "gossip"}, "origin"),
    ],
)
def test_a_record_whose_value_is_wrong_is_unreadable(value: Any, says: str) -> None:
    raw = orjson.dumps({**VALUE, **value}) if isinstance(value, dict) else value
    with pytest.raises(UnreadableEvent) as unreadable:
        from_anyone(raw, HEADERS.items())
    assert says in unreadable.value.reason


def test_every_fault_of_a_value_is_named_at_once() -> None:
    text = orjson.dumps({"sku": "SHIRT-M", "received_at": "soon", "store_id": -1, "origin": "gossip"})
    with pytest.raises(UnreadableEvent) as unreadable:
        from_anyone(text, HEADERS.items())
    assert all(field in unreadable.value.reason for field in ("received_at", "store_id", "origin"))
