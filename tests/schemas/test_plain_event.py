"""Reading the plain form of an event's value agrees with the schema."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.product_event import ProductEvent, ProductEventSchema, read_plain, to_record
from tests.records.examples import SIGNATURES
from tests.schemas.event_values import VALUE, attributes, events, json_values

SCHEMA = ProductEventSchema()
moments = st.sampled_from(
    [
        "2026-11-24T12:00:00+00:00",
        "2026-11-24T12:00:00.123456+00:00",
        "2026-11-24T12:00:00Z",
        "2026-11-24T12:00:00",
        "2026-11-24 12:00:00+00:00",
        "2026-11-24T12:00:00,123456+00:00",
        "2026-11-24T13:00:00+01:00",
        "2026-02-30T12:00:00+00:00",
        "2026-11-24T24:00:00+00:00",
        "2026-W48-2T12:00:00+00:00",
        "٢٠٢٦-11-24T12:00:00+00:00",
        "0000-11-24T12:00:00+00:00",
        "soon",
    ]
)
anything = st.dictionaries(
    st.sampled_from(
        [
            "entity_id",
            "sku",
            "store_id",
            "attributes",
            "original",
            "is_new",
            "received_at",
            "updated_at",
            "origin",
            "more",
        ]
    ),
    json_values
    | moments
    | attributes
    | st.text(min_size=60, max_size=70)
    | st.sampled_from([0, 1, -1, True, "sweep", "elsewhere"]),
)


@given(events)
def test_our_own_records_are_read_without_the_schema(event: ProductEvent) -> None:
    _, value, _ = to_record(event, SIGNATURES)
    assert read_plain(orjson.loads(value)) is not None


@given(anything, moments | st.none())
def test_the_schema_reads_the_same_from_the_plain_form(
    fields: dict[str, Any], received_at: str | None
) -> None:
    if received_at is not None:
        fields = {"sku": "SHIRT-M", **fields, "received_at": received_at}
    read = read_plain(fields)
    if read is not None:
        assert SCHEMA.load(fields) == read


@pytest.mark.parametrize(
    "differs",
    [
        {"sku": ""},
        {"sku": "S" * 65},
        {"sku": 7},
        {"sku": None},
        {"store_id": True},
        {"store_id": -1},
        {"store_id": 1.0},
        {"attributes": None},
        {"attributes": []},
        {"original": "blue"},
        {"is_new": 1},
        {"is_new": "true"},
        {"received_at": None},
        {"received_at": "2026-02-30T12:00:00+00:00"},
        {"updated_at": "2026-11-24T12:00:00"},
        {"origin": None},
        {"origin": "elsewhere"},
        {"origin": ["sweep"]},
    ],
    ids=repr,
)
def test_other_forms_are_left_to_the_schema(differs: dict[str, Any]) -> None:
    assert read_plain({**VALUE, **differs}) is None
