"""Strict JSON: which bodies can be stored unchanged."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento.payloads.strict_json import DEEPEST, Unreadable, read


@pytest.mark.parametrize(
    "raw, reason",
    [
        (b"", "not_json"),
        (b"\n", "not_json"),
        (b'{"price": ,}', "not_json"),
        (b'{"sku":"MUG-01"', "not_json"),
        (b'{"sku":"MUG-01"} {}', "not_json"),
        (b"sku=MUG-01", "not_json"),
        (b'{"price":NaN}', "not_json"),
        (b'{"price":Infinity}', "not_json"),
        (b'{"price":1e400}', "not_json"),
        (b'{"price":-1e400}', "not_json"),
        (b'{"name":"\\ud800"}', "not_json"),
        (b'{"name":"\\udc00\\ud800"}', "not_json"),
        (b'{"name":"\xed\xa0\x80"}', "not_json"),
        (b'{"name":"\xff"}', "not_json"),
        (b'{"name":"a\nb"}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[" * 100_000 + b"]" * 100_000, "not_json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not_json"),
        (b"[" * 200 + b"]" * 200, "too_deep"),
        (b'{"ean":18446744073709551616}', "number_too_large"),
        (b'{"ean":9223372036854775808}', "number_too_large"),
        (b'{"a":[{"b":-9223372036854775809}]}', "number_too_large"),
        (b'{"a":1.0e+25}', "number_too_large"),
    ],
)
def test_json_that_cannot_be_stored_unchanged_is_unreadable(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert refused.value.reason == reason
    assert refused.value.detail.startswith("The body ")


@pytest.mark.parametrize(
    "raw, document",
    [
        (b'{"sku":"bla\\/koe","name":"caf\\u00e9"}', {"sku": "bla/koe", "name": "café"}),
        (b'{"name":"\\ud83d\\ude00"}', {"name": "😀"}),
        (b'{"sku":"A","sku":"B"}', {"sku": "B"}),
        (b'{"ean":9223372036854775807}', {"ean": 2**63 - 1}),
        (b'{"ean":"18446744073709551616"}', {"ean": "18446744073709551616"}),
        (b'{"price":1e-400}', {"price": 0.0}),
        (b'\r\n {"price":10.50}\n', {"price": 10.5}),
        (b'{"on":true,"off":false,"none":null}', {"on": True, "off": False, "none": None}),
    ],
)
def test_json_that_can_be_stored_is_read(raw: bytes, document: object) -> None:
    assert read(raw) == document


def test_nesting_is_limited() -> None:
    assert read(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    with pytest.raises(Unreadable, match="nested deeper"):
        read(b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2))


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_unreadable_or_survive_a_round_trip(raw: bytes) -> None:
    try:
        document = read(raw)
    except Unreadable:
        return
    assert read(orjson.dumps(document)) == document


@pytest.mark.parametrize("raw", [b"[" + b"1," * 499_990 + b"1]", b'["' + b"x" * 2_000_000 + b'"]'])
def test_as_many_values_as_allowed_are_read(raw: bytes) -> None:
    assert isinstance(read(raw), list)


@pytest.mark.parametrize(
    "raw", [b"[" + b"1," * 500_001 + b"1]", b"[" + b"[]," * 250_000 + b"[]]", b'[{"":[]}' * 200_000]
)
def test_more_values_are_refused_before_they_are_read(raw: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert refused.value.reason == "too_many_values"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"not json", "The body is not JSON (line 1, column 1)."),
        (b"", "The body is not JSON (it is empty)."),
        (b'{"sku": "MUG-01",\n"name": ', "The body is not JSON (line 2, column 9)."),
    ],
)
def test_a_fault_of_the_json_has_its_place_and_quotes_nothing(raw: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    assert caught.value.detail == words
