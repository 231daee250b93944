"""Which of two events of one product is newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.events.apply_event import apply_event
from policies.events.event_order import clock_is_ahead, is_older, mark_of, precedes_delete_or_read
from policies.events.layers import Layers
from schemas.product import Mark, Product
from schemas.product_event import EventKind, Origin, ProductEvent
from tests.policies.examples import at, product, saved

READ_DELAY = timedelta(seconds=2)


@pytest.mark.parametrize(
    ("stored", "event", "older"),
    [
        # Magento's own clock comes first
        (Mark(at(10), at(10)), saved(20, updated_at=at(9)), True),
        (Mark(at(10), at(10)), saved(5, updated_at=at(11)), False),
        # the same second, or no time of Magento: what was read later from the same partition is later
        (Mark(at(11), at(10), 3), saved(10.5, updated_at=at(10), partition=3), False),
        (Mark(at(10), None, 3), saved(9, partition=3), False),
        (Mark(at(10), at(10), 3), saved(9, partition=3), False),
        # the endpoint's clock was four minutes fast and is right again
        (Mark(at(240), None, 0), saved(10, kind=EventKind.STOCK_CHANGED, partition=0), False),
        # from another partition: by when the endpoint received it
        (Mark(at(10), None, 3), saved(9, partition=1), True),
        (Mark(at(10), None, 3), saved(11, partition=1), False),
        (Mark(at(10)), saved(9, partition=1), True),
        (Mark(at(11), at(10)), saved(10.5, updated_at=at(10)), True),
        (Mark(at(11), at(10)), saved(11, updated_at=at(10)), False),
        # what is replayed was received long ago, and is read last
        (Mark(at(10), None, 3), saved(9, partition=3, origin=Origin.REPLAY), True),
        (Mark(at(10), None, 3), saved(9, partition=3, replay_of="save-1"), True),
        (Mark(at(10), None, 3), saved(11, partition=3, replay_of="save-1"), False),
        # a store's clock that is ahead decides nothing
        (Mark(at(10), at(0), 3), saved(20, updated_at=at(9_000), partition=3), False),
        (Mark(at(10), at(9_000), 3), saved(20, updated_at=at(15), partition=3), False),
        (Mark(at(10), at(300)), saved(20, updated_at=at(15)), True),
    ],
)
def test_which_value_is_older(stored: Mark, event: ProductEvent, older: bool) -> None:
    assert is_older(mark_of(event), stored) is older


@pytest.mark.parametrize(
    ("updated_at", "ahead"), [(None, False), (at(0), False), (at(300), False), (at(301), True)]
)
def test_a_time_later_than_the_event_is_not_credible(updated_at: Any, ahead: bool) -> None:
    event = saved(0, updated_at=updated_at)
    assert clock_is_ahead(event) is ahead
    assert mark_of(event).updated_at == (None if ahead else updated_at)


@pytest.mark.parametrize(
    ("before", "event", "precedes"),
    [
        ({}, saved(0), False),
        # read later: counts only after the time that Magento's commit may take
        ({"read_at": at(12.5)}, saved(10), True),
        ({"read_at": at(12)}, saved(10), False),
        ({"read_at": at(12.5)}, saved(10, kind=EventKind.STOCK_CHANGED), True),
        ({"read_at": at(12.5)}, saved(10, kind=EventKind.DELETED), True),
        ({"read_at": at(9)}, saved(10, updated_at=at(10)), False),
        # after a delete every save of that entity id is stale
        ({"deleted": True}, saved(99, updated_at=at(99)), True),
        ({"deleted": True}, saved(99, kind=EventKind.STOCK_CHANGED), True),
    ],
)
def test_an_event_before_a_delete_or_a_read_is_older_as_a_whole(
    before: dict[str, Any], event: ProductEvent, precedes: bool
) -> None:
    assert precedes_delete_or_read(event, replace(product(), **before), READ_DELAY) is precedes


def test_the_read_delay_is_a_parameter() -> None:
    read = replace(product(), read_at=at(4))
    assert not precedes_delete_or_read(saved(0), read, timedelta(seconds=5))
    assert precedes_delete_or_read(saved(0), read, timedelta(seconds=3))


@given(st.permutations(range(5)))
def test_the_newest_save_wins_in_whatever_order_saves_arrive(order: list[int]) -> None:
    shirt = product()
    for arrived, number in enumerate(order):
        event = saved(100 + arrived, updated_at=at(number), partition=0)
        shirt = apply_event(shirt, event, Layers({"color": f"shade {number}"}, {})).product
    assert shirt.value("color") == "shade 4"


PARTS = st.lists(st.tuples(st.sampled_from(["name", "color", "size"]), st.booleans()), min_size=2, max_size=8)


@given(PARTS, st.randoms(use_true_random=False))
def test_any_order_of_partial_and_full_saves_has_the_same_end(parts: Any, random: Any) -> None:
    events = [
        saved(number, updated_at=at(number), attributes=_fields(number, code, full))
        for number, (code, full) in enumerate(parts)
    ]
    shuffled = list(events)
    random.shuffle(shuffled)
    assert _after_all(shuffled) == _after_all(events)


def _fields(number: int, code: str, full: bool) -> dict[str, Any]:
    every = {"type_id": "simple", "attribute_set_id": "9", "name": "", "color": "", "size": ""}
    return dict.fromkeys(every if full else [code], f"{number}")


def _after_all(events: list[ProductEvent]) -> Any:
    found = Product(shop="demo", sku=None)
    for event in events:
        found = apply_event(found, event, Layers(event.attributes, {})).product
    return found.attributes
