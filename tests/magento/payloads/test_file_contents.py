"""The content of uploaded files is cut out of a body, and nothing else."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento.payloads.file_contents import without_file_contents


@pytest.mark.parametrize(
    "raw, cut",
    [
        (b'{"sku":"MUG-01"}', b'{"sku":"MUG-01"}'),
        (b'{"base64_encoded_data":"aGk=","type":"x"}', b'{"base64_encoded_data":"","type":"x"}'),
        (b'{"base64_encoded_data" :\n"aGk="}', b'{"base64_encoded_data" :\n""}'),
        (b'"base64_encoded_data":"aGk="' * 2, b'"base64_encoded_data":""' * 2),
        (rb'{"base64_encoded_data":"a\/b\"c\\","b":"1"}', b'{"base64_encoded_data":"","b":"1"}'),
        (rb'{"name":"\"base64_encoded_data\":\"aGk=\""}', rb'{"name":"\"base64_encoded_data\":\"aGk=\""}'),
        (b'{"base64_encoded_data":null,"b":"1"}', b'{"base64_encoded_data":null,"b":"1"}'),
        (b'{"name":"base64_encoded_data","b":"1"}', b'{"name":"base64_encoded_data","b":"1"}'),
        (b'{"a":1,"base64_encoded_data":"aGk', b'{"a":1,"base64_encoded_data":"'),
        (b"base64_encoded_data", b"base64_encoded_data"),
    ],
    ids=[
        "a body without files",
        "one file",
        "blanks beside the colon",
        "two files",
        "escapes in the content",
        "the name within a text",
        "null in place of a content",
        "the name as a value",
        "a body that was cut off",
        "no JSON",
    ],
)  # fmt: skip
def test_the_content_of_files_is_cut(raw: bytes, cut: bytes) -> None:
    assert without_file_contents(raw) == cut


def test_a_body_without_files_is_not_copied() -> None:
    raw = b'{"sku":"MUG-01"}'
    assert without_file_contents(raw) is raw


JSON = st.recursive(
    st.none()
    | st.integers(-9, 9)
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", '\\"', "base64_encoded_data"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["base64_encoded_data", "name", '"base64_encoded_data"']), inner, max_size=3
        )
    ),
    max_leaves=12,
)


def emptied(value: object) -> object:
    """Return the document with an empty text in place of each content that is a text."""
    if isinstance(value, dict):
        return {
            key: "" if key == "base64_encoded_data" and isinstance(item, str) else emptied(item)
            for key, item in value.items()
        }
    return [emptied(item) for item in value] if isinstance(value, list) else value


@given(JSON, st.booleans())
def test_of_any_document_only_the_contents_are_cut(document: object, ascii_only: bool) -> None:
    raw = json.dumps(document, ensure_ascii=ascii_only, indent=1 if ascii_only else None).encode()
    assert orjson.loads(without_file_contents(raw)) == emptied(document)
