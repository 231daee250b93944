"""Which events are stale, and which store view an event is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.events.apply_event import apply_event
from policies.events.event_order import in_scope, is_stale
from schemas.product_event import EventKind, ProductEvent
from tests.policies.examples import at, product, saved

SAVED, DELETED = EventKind.SAVED, EventKind.DELETED
STOCK, MASS = EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED


@pytest.mark.parametrize(
    ("before", "event", "stale"),
    [
        # nothing received yet
        ({}, saved(0), False),
        ({}, saved(0, updated_at=at(0)), False),
        # Magento's own clock comes first
        ({"updated_at": at(10), "received_at": at(10)}, saved(20, updated_at=at(9)), True),
        ({"updated_at": at(10), "received_at": at(10)}, saved(5, updated_at=at(11)), False),
        # the same second: by the endpoint's clock
        ({"updated_at": at(10), "received_at": at(11)}, saved(10.5, updated_at=at(10)), True),
        ({"updated_at": at(10), "received_at": at(11)}, saved(12, updated_at=at(10)), False),
        ({"updated_at": at(10), "received_at": at(11)}, saved(11, updated_at=at(10)), False),
        # without a time of Magento: by the endpoint's clock
        ({"received_at": at(10)}, saved(9), True),
        ({"received_at": at(10)}, saved(11), False),
        ({"updated_at": at(10), "received_at": at(10)}, saved(9), True),
        ({"updated_at": at(10), "received_at": at(10)}, saved(9, kind=MASS), True),
        ({"updated_at": at(10), "received_at": at(10)}, saved(11, kind=MASS), False),
        # stock has its own time
        ({"stock_received_at": at(10)}, saved(9, kind=STOCK), True),
        ({"stock_received_at": at(10)}, saved(11, kind=STOCK), False),
        ({"received_at": at(10)}, saved(9, kind=STOCK), False),
        ({"stock_received_at": at(10)}, saved(9), False),
        # read later: counts only after the time that Magento's commit may take
        ({"read_at": at(12.5)}, saved(10), True),
        ({"read_at": at(12)}, saved(10), False),
        ({"read_at": at(12.5)}, saved(10, kind=STOCK), True),
        ({"read_at": at(12.5)}, saved(10, kind=DELETED), True),
        ({"read_at": at(9)}, saved(10, updated_at=at(10)), False),
        # after a delete every save of that entity id is stale
        ({"deleted": True}, saved(99, updated_at=at(99)), True),
        ({"deleted": True}, saved(99, kind=STOCK), True),
        # a delete is not overtaken by a save
        ({"updated_at": at(10), "received_at": at(10)}, saved(5, kind=DELETED), False),
    ],
)
def test_when_an_event_is_stale(before: dict[str, Any], event: ProductEvent, stale: bool) -> None:
    assert is_stale(event, replace(product(), **before)) is stale


def test_the_read_delay_is_a_parameter() -> None:
    read = replace(product(), read_at=at(4))
    assert not is_stale(saved(0), read, read_delay=timedelta(seconds=5))
    assert is_stale(saved(0), read, read_delay=timedelta(seconds=3))


@given(st.permutations(range(5)))
def test_the_newest_save_wins_in_whatever_order_saves_arrive(order: list[int]) -> None:
    shirt = product()
    for arrived, number in enumerate(order):
        event = saved(100 + arrived, updated_at=at(number), attributes={"color": f"shade {number}"})
        shirt = apply_event(shirt, event, store_view_id=1, stale=is_stale(event, shirt))
    assert shirt.value("color") == "shade 4"


@pytest.mark.parametrize(
    ("store_id", "price_scope", "fields", "heard"),
    [
        (0, "global", {"name": "Shirt", "price": 1}, {"name": "Shirt", "price": 1}),
        (1, "website", {"name": "Shirt", "price": 1}, {"name": "Shirt", "price": 1}),
        (2, "global", {"name": "Chemise"}, None),
        (2, "global", {"name": "Chemise", "quantity": 3}, {"quantity": 3}),
        (2, "global", {"name": "Chemise", "price": 1}, {"price": 1}),
        (2, "website", {"name": "Chemise", "price": 1}, None),
        (2, "global", {"weight": None, "category_ids": ["4"]}, {"category_ids": ["4"]}),
        (2, "website", {"website_ids": ["1"], "stock_status": "1", "weight": "2"},
         {"website_ids": ["1"], "stock_status": "1", "weight": "2"}),
        (2, "global", {"weight": None}, None),
    ],
)  # fmt: skip
def test_a_save_in_another_view_counts_for_what_magento_keeps_once(
    store_id: int, price_scope: str, fields: dict[str, Any], heard: dict[str, Any] | None
) -> None:
    event = in_scope(saved(store_id=store_id, attributes=fields), 1, price_scope)
    assert (event.attributes if event else None) == heard


def test_a_delete_counts_in_every_store_view() -> None:
    assert in_scope(saved(kind=DELETED, store_id=2), 1, "global") is not None
