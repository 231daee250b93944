"""JSON as PHP writes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento import php_json

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"sku": "bla/koe"}, b'{"sku":"bla\\/koe"}'),
        ({"name": "Café"}, b'{"name":"Caf\\u00e9"}'),
        ({"name": '15" bag', "empty": []}, b'{"name":"15\\" bag","empty":[]}'),
        ([1, None, True], b"[1,null,true]"),
    ],
)
def test_slashes_and_non_ascii_letters_are_escaped(document: object, expected: bytes) -> None:
    assert php_json.encode(document) == expected


@given(DOCUMENTS)
def test_encoded_json_parses_to_the_same_document(document: object) -> None:
    assert json.loads(php_json.encode(document)) == document


@pytest.mark.parametrize(
    ("stored", "printed"), [("92.000000", "92"), ("49.990000", "49.99"), ("0", "0"), (None, "0")]
)
def test_a_float_without_decimals_is_printed_as_a_whole_number(stored: str | None, printed: str) -> None:
    assert json.dumps(php_json.number(stored)) == printed
