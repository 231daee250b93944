"""Applying an event to the last before state: layers, times, stale events, partial events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.events.apply_event import apply_event
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from tests.policies.examples import at, saved

NEVER_SEEN = Product(shop="demo", sku=None)
SHOPS_VIEW = 1


def after(event: ProductEvent, before: Product = NEVER_SEEN, *, stale: bool = False) -> Product:
    return apply_event(before, event, store_view_id=SHOPS_VIEW, stale=stale)


@pytest.mark.parametrize(
    ("store_id", "fields", "default", "store_view"),
    [
        (0, {"name": "Shirt", "quantity": 3}, {"name": "Shirt", "quantity": 3}, {}),
        (1, {"name": "Chemise"}, {}, {"name": "Chemise"}),
        (1, {"name": None}, {}, {"name": None}),  # inherits
        (1, {"name": "Chemise", "quantity": 3, "category_ids": ["4"]},
         {"quantity": 3, "category_ids": ["4"]}, {"name": "Chemise"}),
        (1, {"weight": None}, {}, {}),  # kept once for all views: nothing to inherit
        (2, {"quantity": 3}, {"quantity": 3}, {}),
        (0, {"is_new": "0", "form_key": "x", "updated_at": "2026-11-24 12:00:00"}, {}, {}),
        (0, {"created_at": "2026-11-24 12:00:00"}, {"created_at": "2026-11-24 12:00:00"}, {}),
    ],
)  # fmt: skip
def test_values_go_to_the_layer_that_they_were_saved_in(
    store_id: int, fields: dict[str, Any], default: dict[str, Any], store_view: dict[str, Any]
) -> None:
    before = after(saved(store_id=store_id, attributes=fields))
    assert (before.default, before.store_view) == (default, store_view)


def test_a_store_view_that_inherits_has_the_default_value() -> None:
    before = after(saved(attributes={"name": "Shirt"}))
    named_here = after(saved(1, store_id=1, attributes={"name": "Chemise"}), before)
    inherits_again = after(saved(2, store_id=1, attributes={"name": None}), named_here)
    assert [state.value("name") for state in (before, named_here, inherits_again)] == [
        "Shirt",
        "Chemise",
        "Shirt",
    ]


def test_what_a_payload_does_not_carry_keeps_its_last_known_value() -> None:
    before = after(saved(attributes={"name": "Shirt", "color": "blue"}))
    assert after(saved(1, attributes={"color": "red"}), before).attributes == {
        "name": "Shirt",
        "color": "red",
    }


def test_a_stale_event_fills_in_missing_attributes_and_overwrites_nothing() -> None:
    before = after(saved(10, updated_at=at(10), sku=None, attributes={"color": "red"}))
    late = saved(20, updated_at=at(5), attributes={"color": "blue", "size": "M"})
    filled = after(late, before, stale=True)
    assert filled.attributes == {"color": "red", "size": "M"}
    assert (filled.sku, filled.entity_id) == ("SHIRT-M", "41")
    assert (filled.received_at, filled.updated_at) == (at(10), at(10))


def test_a_full_state_moves_the_times_forward_only() -> None:
    before = after(saved(10, updated_at=at(9)))
    assert (before.received_at, before.updated_at) == (at(10), at(9))
    earlier = after(saved(5, updated_at=at(9)), before)
    assert (earlier.received_at, earlier.updated_at) == (at(10), at(9))


@pytest.mark.parametrize(
    "kind", [EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED]
)
def test_a_partial_event_does_not_move_the_times_of_the_full_state(kind: EventKind) -> None:
    before = after(saved(10, updated_at=at(9)))
    found = after(saved(20, kind=kind, updated_at=at(19), attributes={"color": "red"}), before)
    assert (found.received_at, found.updated_at) == (at(10), at(9))


UPDATE = EventKind.ATTRIBUTES_UPDATED


@pytest.mark.parametrize("view", [0, SHOPS_VIEW])
def test_a_mass_update_is_not_overwritten_by_an_earlier_full_state(view: int) -> None:
    mass_update = saved(10, kind=UPDATE, store_id=view, attributes={"price": "50.00"})
    before = after(mass_update, after(saved(0, updated_at=at(0), attributes={"price": "20.00"})))
    late = {"price": "90.00", "name": "Linen shirt"}
    older = after(saved(5, updated_at=at(5), store_id=view, attributes=late), before)
    assert (older.value("price"), older.value("name")) == ("50.00", "Linen shirt")
    newer = after(saved(15, updated_at=at(15), store_id=view, attributes={"price": "95.00"}), older)
    assert (newer.value("price"), newer.attribute_received_at) == ("95.00", {})


def test_of_two_mass_updates_the_later_counts() -> None:
    before = after(saved(10, kind=UPDATE, attributes={"price": "50.00"}))
    earlier = saved(5, kind=UPDATE, attributes={"price": "40.00", "color": "red"})
    assert after(earlier, before).attributes == {"price": "50.00", "color": "red"}


def test_stock_has_its_own_time() -> None:
    before = after(saved(10, kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3}))
    assert (before.stock_received_at, before.received_at) == (at(10), None)
    older_save = after(saved(5, updated_at=at(5), attributes={"quantity": 18, "color": "red"}), before)
    assert older_save.attributes == {"quantity": 3, "color": "red"}
    newer_save = after(saved(15, updated_at=at(15), attributes={"quantity": 17}), before)
    assert (newer_save.value("quantity"), newer_save.stock_received_at) == (17, at(15))


def test_a_deleted_product_stays_deleted() -> None:
    before = after(saved(10, kind=EventKind.DELETED), after(saved(0, attributes={"color": "blue"})))
    assert (before.deleted, before.attributes) == (True, {"color": "blue"})
    assert after(saved(20), before, stale=True).deleted


def test_a_changed_sku_is_stored_and_a_missing_sku_changes_nothing() -> None:
    before = replace(NEVER_SEEN, sku="OLD", entity_id="41")
    assert after(saved(sku="NEW"), before).sku == "NEW"
    assert after(saved(sku=None), before).sku == "OLD"


@pytest.mark.parametrize(
    ("value", "fields", "expected"),
    [
        (["1"], {"website_ids_added": [2]}, ["1", "2"]),
        (["1", "2"], {"website_ids_removed": ["2"]}, ["1"]),
        ({"1": "1"}, {"website_ids_removed": [1]}, []),
        ([1], {"website_ids_added": ["1"]}, ["1"]),
    ],
)
def test_added_and_removed_websites_change_the_known_websites(
    value: Any, fields: dict[str, Any], expected: list[str]
) -> None:
    before = after(saved(0, attributes={"website_ids": value}))
    changed = after(saved(10, kind=EventKind.WEBSITES_CHANGED, attributes=fields), before)
    assert changed.attributes == {"website_ids": expected}


def test_added_and_removed_websites_are_ignored_while_none_are_known() -> None:
    found = saved(10, kind=EventKind.WEBSITES_CHANGED, attributes={"website_ids_added": [1]})
    assert after(found).attributes == {}


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize(
    ("ids_before", "ids", "expected"),
    [
        (("41", "SHIRT-M"), (None, "SHIRT-M"), ("41", "SHIRT-M")),
        (("41", "SHIRT-M"), ("41", None), ("41", "SHIRT-M")),
        ((None, "SHIRT-M"), ("41", "SHIRT-M"), ("41", "SHIRT-M")),
        (("41", None), ("41", "SHIRT-M"), ("41", "SHIRT-M")),
    ],
)
def test_missing_ids_are_filled_in_and_known_ids_kept(
    ids_before: tuple[str | None, str | None],
    ids: tuple[str | None, str | None],
    expected: tuple[str, str],
    stale: bool,
) -> None:
    (entity_before, sku_before), (entity, sku) = ids_before, ids
    before = replace(NEVER_SEEN, entity_id=entity_before, sku=sku_before)
    found = after(saved(entity_id=entity, sku=sku), before, stale=stale)
    assert (found.entity_id, found.sku) == expected


def test_stock_received_at_the_same_time_as_the_known_stock_counts() -> None:
    before = after(saved(10, kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3}))
    assert after(saved(10, attributes={"quantity": 2}), before).value("quantity") == 2
