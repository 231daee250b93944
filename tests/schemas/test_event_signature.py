"""Signatures: a record counts only if one of our keys signed it and nothing was changed since."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from struct import unpack
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.event_signature import HEADER, SIGNED, EventSignatures, UnverifiedEvent, is_signed, signed_bytes
from schemas.product_event import EventKind, ProductEvent, UnreadableEvent, from_record, to_record
from schemas.secret import Secret
from tests.policies.examples import NOON
from tests.schemas.event_values import events

NEWEST, EARLIER, STRANGERS = (Secret(f"{word}-0123456789-abcdefghijklmn") for word in ("new", "old", "bad"))
OURS = EventSignatures((NEWEST, EARLIER))
EVENT = ProductEvent("evt-1", "demo", EventKind.SAVED, NOON, entity_id="41", sku="SHIRT-M")
KEY, VALUE, HEADERS = to_record(EVENT, OURS)
Headers = list[tuple[str, bytes]]

parts = st.none() | st.binary(max_size=2)
records = st.tuples(parts, parts, st.dictionaries(st.sampled_from(SIGNED), st.binary(max_size=2)))


def reason(
    key: bytes | None, value: bytes | None, headers: Headers, ours: EventSignatures = OURS
) -> str | None:
    """Return why the record is rejected; None where it is accepted."""
    try:
        from_record(key, value, headers, ours)
    except UnverifiedEvent as error:
        return error.reason
    return None


def signature(value: bytes) -> Headers:
    """Return the record's headers with this signature instead of its own."""
    return [(name, raw) for name, raw in HEADERS if name != HEADER] + [(HEADER, value)]


def own() -> bytes:
    return dict(HEADERS)[HEADER]


# What counts


@given(
    event=events, part=st.sampled_from(("key", "value", *SIGNED)), other=st.none() | st.binary(max_size=40)
)
def test_a_change_of_any_signed_part_is_rejected(event: ProductEvent, part: str, other: bytes | None) -> None:
    key, value, found = to_record(event, OURS)
    headers: Mapping[str, bytes] = dict(found)
    assume(other != {"key": key, "value": value, **headers}.get(part))
    if part in SIGNED:
        kept = [(name, raw) for name, raw in found if name != part]
        assert reason(key, value, kept if other is None else [*kept, (part, other)]) == "wrong_signature"
    else:
        changed = {"key": key, "value": value, part: other}
        assert reason(changed["key"], changed["value"], found) == "wrong_signature"


@given(event=events, place=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_of_value_or_signature_is_rejected(event: ProductEvent, place: int, bit: int) -> None:
    key, value, headers = to_record(event, OURS)

    def flipped(raw: bytes) -> bytes:
        at = place % len(raw)
        return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]

    assert reason(key, flipped(value), headers) == "wrong_signature"
    assert reason(key, value, [*headers[:-1], (HEADER, flipped(headers[-1][1]))]) == "wrong_signature"


@given(records)
def test_the_parts_can_be_recovered_from_the_signed_bytes(
    record: tuple[bytes | None, bytes | None, dict[str, bytes]],
) -> None:
    key, value, headers = record
    raw = signed_bytes(key, value, headers)
    count = 2 + len(SIGNED)
    lengths, rest = unpack(f">{count}i", raw[: 4 * count]), raw[4 * count :]
    read: list[bytes | None] = []
    for length in lengths:
        read.append(None if length < 0 else rest[:length])
        rest = rest[max(0, length) :]
    assert (read, rest) == ([key, value, *map(headers.get, SIGNED)], b"")


@given(records, records)
def test_only_equal_records_have_the_same_signed_bytes(first: Any, second: Any) -> None:
    assert (signed_bytes(*first) == signed_bytes(*second)) == (first == second)


@given(event=events, name=st.text(min_size=1), text=st.text(), place=st.integers(0, 9))
def test_unsigned_headers_do_not_change_the_event(
    event: ProductEvent, name: str, text: str, place: int
) -> None:
    assume(name.lower() not in (*SIGNED, HEADER, "traceparent"))
    key, value, headers = to_record(event, OURS)
    headers.insert(place, (name, text.encode(errors="replace")))
    assert from_record(key, value, headers, OURS) == event


def test_a_rewritten_traceparent_is_accepted() -> None:
    headers = [*HEADERS, ("traceparent", b"00-1-2-01")]
    assert from_record(KEY, VALUE, headers, OURS) == replace(EVENT, traceparent="00-1-2-01")


@pytest.mark.parametrize("name", [*SIGNED, *(name.upper() for name in SIGNED)])
def test_of_two_headers_with_one_name_the_same_is_read_and_verified(name: str) -> None:
    assert reason(KEY, VALUE, [*HEADERS, (name, b"another")]) == "wrong_signature"
    value = dict(HEADERS).get(name.lower())
    if value is not None:
        assert from_record(KEY, VALUE, [(name, b"another"), *HEADERS], OURS) == EVENT


def test_the_signature_is_verified_before_anything_is_read() -> None:
    for value in (b"[" * 100_000, b"\xff", None):
        assert reason(KEY, value, HEADERS) == "wrong_signature"
        assert reason(KEY, value, []) == "unsigned"


def test_a_signed_record_that_is_not_an_event_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent):
        from_record(b"k", b"{", [OURS.header(b"k", b"{", [])], OURS)


# Whose


@pytest.mark.parametrize(
    ("signed_with", "believed_by", "refused"),
    [
        ((NEWEST,), (NEWEST,), None),
        ((EARLIER,), (NEWEST, EARLIER), None),
        ((NEWEST, EARLIER), (NEWEST,), None),
        ((EARLIER,), (NEWEST,), "wrong_signature"),
        ((NEWEST,), (EARLIER,), "wrong_signature"),
        ((STRANGERS,), (NEWEST, EARLIER), "wrong_signature"),
    ],
)
def test_the_newest_key_signs_and_every_key_is_accepted(
    signed_with: tuple[Secret, ...], believed_by: tuple[Secret, ...], refused: str | None
) -> None:
    record = to_record(EVENT, EventSignatures(signed_with))
    assert reason(*record, EventSignatures(believed_by)) == refused


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"v1",
        b"v1,",
        b"v1,,",
        own().replace(b"v1", b"v2"),
        own().replace(b"v1,", b""),
        own()[:-1],
        own() + b"\n",
        own() + b" " + own(),
        own().lower(),
        own() + b"=",
        b"v1,\xff\xff\xff\xff,AAAA",
        own().rpartition(b",")[0] + b",",
        own().rpartition(b",")[0] + b"," + base64.b64encode(bytes(32)),
        dict(to_record(replace(EVENT, id="evt-2"), OURS)[2])[HEADER],
        dict(to_record(EVENT, EventSignatures((STRANGERS,)))[2])[HEADER],
    ],
    ids=repr,
)
@pytest.mark.parametrize("required", [True, False])
def test_a_wrong_signature_is_rejected_even_where_none_is_required(raw: bytes, required: bool) -> None:
    ours = EventSignatures((NEWEST, EARLIER), required=required)
    assert reason(KEY, VALUE, signature(raw), ours) == "wrong_signature"


def test_a_record_without_signature_is_accepted_only_where_none_is_required() -> None:
    bare = HEADERS[:-1]
    assert (is_signed(HEADERS), is_signed(bare)) == (True, False)
    assert reason(KEY, VALUE, bare) == "unsigned"
    assert reason(KEY, VALUE, bare, EventSignatures((NEWEST,), required=False)) is None


def test_the_error_quotes_only_the_beginning_of_a_wrong_signature() -> None:
    with pytest.raises(UnverifiedEvent) as error:
        from_record(KEY, VALUE, signature(b"v1,AAAAAAAA," + b"B" * 4_000), OURS)
    assert str(error.value) == (
        "The Kafka record was not written by us, or was changed since. (m2t-signature begins with "
        "'v1,AAAAAAAA,BBBBBBBB', which names an unknown key)"
    )


# How


def test_the_signature_is_hmac_sha256_with_a_derived_key() -> None:
    made = HKDF(SHA256(), 38, salt=None, info=b"m2t product events v1").derive(NEWEST.reveal().encode())
    mac = hmac.new(made[:32], signed_bytes(KEY, VALUE, dict(HEADERS)), hashlib.sha256).digest()
    assert own() == b"v1," + base64.b64encode(made[32:]) + b"," + base64.b64encode(mac)


def test_the_format_of_signatures_does_not_change() -> None:
    """If this fails, records that were signed before an update would be rejected after it."""
    found = OURS.header(b"demo/A", orjson.dumps({"sku": "A"}), [("ce_id", b"1"), ("ce_type", b"")])
    assert found == ("m2t-signature", b"v1,L2LTnjhm,ZOnrXIuzkRkj0Chcbp/LzMgW0pjjOheKc2WxNe726Ik=")


def test_signatures_of_webhooks_and_events_are_not_interchangeable() -> None:
    other = [header for header in HEADERS if header[0] != HEADER]
    assert reason(KEY, VALUE, [*other, OURS.quarantine.header(KEY, VALUE, other)]) == "wrong_signature"
    with pytest.raises(UnverifiedEvent):
        OURS.quarantine.verify(KEY, VALUE, dict(HEADERS))


def test_the_signature_is_one_header() -> None:
    assert [name for name, _ in HEADERS if name.startswith("m2t-")] == [HEADER]
