"""Deliveries: a signed one becomes events or is quarantined with a reason; it never raises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento.delivery import MOST_PRODUCTS, Accepted, Refused, accept
from schemas.product_event import EventKind, ProductEvent, from_record, to_record
from schemas.quarantined import QuarantinedWebhook
from tests.records.examples import SIGNATURES
from tests.webhooks.examples import (
    NEW_ID,
    NOW,
    SHOP,
    TRACE,
    body,
    signed,
)
from topics.producer import OutgoingRecord, Topics

NEW_TRACE = "00-019ab5a10c007abc8def0123456789ab-8def0123456789ab-01"
MASS = {"event": "attributes.updated", "attributes_data": {"status": "2"}}


def accepted(raw: bytes, headers: Mapping[str, str] | None = None) -> Accepted | QuarantinedWebhook | Refused:
    """Return the result for these bytes, signed, with these additional headers."""
    return accept(raw, {**signed(raw), **(headers or {})}, SHOP, NOW, lambda: NEW_ID)


def quarantined(reason: str, raw: bytes) -> QuarantinedWebhook:
    """Return the quarantined delivery of these bytes, after a check of its reason."""
    answer = accepted(raw)
    assert isinstance(answer, QuarantinedWebhook)
    assert answer.reason == reason
    return answer


def test_a_save_becomes_one_event_with_the_senders_id() -> None:
    raw = body({"event": "product.saved", "product": {"entity_id": 7, "sku": "MUG-01", "price": "9.90"}})
    event = ProductEvent(
        "msg_1",
        "demo",
        EventKind.SAVED,
        NOW,
        entity_id="7",
        sku="MUG-01",
        attributes={"sku": "MUG-01", "price": "9.90"},
        traceparent=TRACE,
        body_digest=hashlib.sha256(raw).hexdigest()[:16],
    )
    assert accepted(raw, {"traceparent": TRACE}) == Accepted("msg_1", (event,))


def test_a_mass_update_becomes_numbered_events() -> None:
    answer = accepted(body({**MASS, "product_ids": [7, 8, 9]}))
    assert isinstance(answer, Accepted)
    assert [(event.id, event.entity_id) for event in answer.events] == [
        ("msg_1/1", "7"),
        ("msg_1/2", "8"),
        ("msg_1/3", "9"),
    ]


def test_a_mass_update_of_one_product_keeps_the_plain_id() -> None:
    answer = accepted(body({**MASS, "product_ids": [7]}))
    assert isinstance(answer, Accepted)
    assert [event.id for event in answer.events] == ["msg_1"]


@pytest.mark.parametrize(
    "text, carried",
    [
        (TRACE, TRACE),
        ("01" + TRACE[2:], "01" + TRACE[2:]),
        ("ff" + TRACE[2:], NEW_TRACE),
        (TRACE.upper(), NEW_TRACE),
        (TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32), NEW_TRACE),
        (TRACE.replace("00f067aa0ba902b7", "0" * 16), NEW_TRACE),
        (TRACE + "\n", NEW_TRACE),
        ("", NEW_TRACE),
        ("x" * 10_000, NEW_TRACE),
    ],
)
def test_a_valid_trace_of_the_sender_is_kept(text: str, carried: str) -> None:
    answer = accepted(b'{"sku":"MUG-01","name":"Mug"}', {"traceparent": text})
    assert isinstance(answer, Accepted)
    assert answer.events[0].traceparent == carried


@pytest.mark.parametrize(
    "raw, reason",
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"sku":"MUG-01","price":NaN}', "not_json"),
        (b'{"sku":"MUG-01","price":1e400}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"sku":"\\ud800"}', "not_json"),
        (body({"sku": "x" * 500}), "invalid_sku"),
        (body({"entity_id": "seven"}), "invalid_entity_id"),
        (body({"product": {"name": "Mug"}}), "names_no_product"),
        (body({"event": "order.placed"}), "unknown_event"),
        (body({**MASS, "product_ids": list(range(1, MOST_PRODUCTS + 2))}), "too_many_products"),
        (
            body({"product_ids": list(range(1, 101)), "attributes_data": {"description": "x" * 200_000}}),
            "too_many_products",
        ),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_quarantined(raw: bytes, reason: str) -> None:
    answer = quarantined(reason, raw)
    assert (answer.event_id, answer.received_at, answer.traceparent) == ("msg_1", NOW, NEW_TRACE)


def test_as_many_products_as_allowed_are_accepted() -> None:
    answer = accepted(body({**MASS, "product_ids": list(range(1, MOST_PRODUCTS + 1))}))
    assert isinstance(answer, Accepted)
    assert len(answer.events) == MOST_PRODUCTS


def test_the_signature_is_verified_before_the_body_is_read() -> None:
    raw = b"{"
    assert accept(raw, signed(b"other"), SHOP, NOW, lambda: NEW_ID) == Refused(401, "unverified", "no_match")
    assert accept(raw, signed(raw), SHOP, NOW + timedelta(minutes=6), lambda: NEW_ID) == Refused(
        401, "unverified", "outside_window"
    )


def test_a_quarantined_body_goes_to_the_dead_letter_topic_unchanged() -> None:
    raw = b'{"sku": \xff'
    answer = quarantined("not_json", raw)
    record = Topics("events", "events.dlq", SIGNATURES).quarantine_record(answer, raw)
    headers = {
        "ce_id": b"msg_1",
        "traceparent": NEW_TRACE.encode(),
        "m2t-dlq-reason": b"not_json",
        "m2t-dlq-shop": b"demo",
        "m2t-dlq-error-message": answer.detail.encode(),
        "m2t-dlq-first-failed-at": b"2026-11-24T12:00:00+00:00",
    }
    # The signature is that of version 0.1.0, so that its consumer can verify it too.
    signature = SIGNATURES.quarantine.header(b"demo", raw, headers.items())
    sender = ("m2t-dlq-sender", b"standard")
    assert record == OutgoingRecord("events.dlq", b"demo", raw, (*headers.items(), sender, signature))


def test_the_message_of_a_dead_letter_is_truncated() -> None:
    letter = QuarantinedWebhook("demo", "msg_1", "not_json", "é" * 600, NOW, NEW_TRACE)
    record = Topics("events", "events.dlq", SIGNATURES).quarantine_record(letter, b"")
    assert dict(record.headers)["m2t-dlq-error-message"].decode() == "é" * 500


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(-1e15, 1e15)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELD_NAMES = """
event event_type type product data value payload original _origData is_new _isNew sku entity_id id store_id product_ids
attributes_data website_ids action updated_at custom_attributes extension_attributes stock_item stock_data images name
quantity_and_stock_status category_ids media_gallery _metadata source_items source_code quantity bunch qty item_id
media_gallery_entries category_links is_changed_categories value attribute_code use_config_min_qty min_qty ids_to_delete
"""
KEYS = st.sampled_from(FIELD_NAMES.split())
WORDS = st.sampled_from(
    [
        *("product.saved", "stock.changed", "attributes.updated", "websites.changed", "MUG-01", "7"),
        *("plugin.SourceItemsSave", "catalog_product_import_bunch_delete_after"),
    ]
)
BODIES = st.recursive(
    st.dictionaries(KEYS, JSON | WORDS, max_size=6),
    lambda inner: st.dictionaries(KEYS, inner | JSON | WORDS, max_size=5),
    max_leaves=5,
)


@given(BODIES)
def test_any_signed_object_is_accepted_or_quarantined_and_its_events_survive_the_topic(
    document: dict[str, object],
) -> None:
    raw = body(document)
    answer = accept(raw, signed(raw), SHOP, NOW, lambda: NEW_ID)
    assert not isinstance(answer, Refused)
    if isinstance(answer, QuarantinedWebhook):
        return
    for event in answer.events:
        key, value, headers = to_record(event, SIGNATURES)
        assert from_record(key, value, headers, SIGNATURES) == event


@given(st.binary(max_size=300))
def test_any_signed_bytes_are_accepted_or_quarantined(raw: bytes) -> None:
    assert not isinstance(accepted(raw), Refused)


@given(
    st.fixed_dictionaries(
        {
            "sku": st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=64),
            "entity_id": st.integers(1, 2**32) | st.integers(1, 2**32).map(str),
            "name": st.text(max_size=8),
        },
        optional={
            "updated_at": st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")),
            "store_id": st.integers(0, 65_535),
            "color": JSON,
            "quantity_and_stock_status": JSON,
            "category_ids": JSON,
        },
    )
)
def test_every_identified_product_becomes_an_event_that_survives_the_topic(
    product: dict[str, object],
) -> None:
    raw = body({"event": "product.saved", "product": product, "original": product})
    answer = accept(raw, signed(raw), SHOP, NOW, lambda: NEW_ID)
    assert isinstance(answer, Accepted)
    (event,) = answer.events
    assert (event.sku, event.entity_id) == (product["sku"], str(product["entity_id"]))
    key, value, headers = to_record(event, SIGNATURES)
    assert from_record(key, value, headers, SIGNATURES) == event
