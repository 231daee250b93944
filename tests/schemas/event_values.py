"""Hypothesis strategies for product events of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from schemas.product_event import EventKind, Origin, ProductEvent

VALUE: dict[str, Any] = {"sku": "SHIRT-M", "received_at": "2026-11-24T12:00:00+00:00"}
"""The required fields of an event's value."""

sixty_four_bits = st.integers(-(2**63), 2**63 - 1)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | sixty_four_bits
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
attributes = st.dictionaries(st.text(max_size=10), json_values, max_size=5)
names = st.text(min_size=1, max_size=64)
times = st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1))  # noqa: DTZ001
events = st.builds(
    ProductEvent,
    id=names,
    shop=st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
    kind=st.sampled_from(EventKind),
    received_at=times,
    entity_id=st.none() | names,
    sku=names,
    store_id=st.integers(0, 2**31),
    attributes=attributes,
    original=st.none() | attributes,
    is_new=st.none() | st.booleans(),
    updated_at=st.none() | times,
    origin=st.sampled_from(Origin),
    replay_of=st.none() | names,
    traceparent=st.none() | names,
)
