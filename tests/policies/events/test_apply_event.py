"""Applying an event to the last known state: marks, late events, partial events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.events.apply_event import AppliedEvent, apply_event, fill_in, values_of
from policies.events.layers import Layers, layers_of, saved_in
from schemas.product import DEFAULT_LAYER, STORE_VIEW_LAYER, Product
from schemas.product_event import EventKind, ProductEvent
from tests.policies.examples import MAGENTO, at, saved

NEVER_SEEN = Product(shop="demo", sku=None)
WHOLE = {"type_id": "simple", "attribute_set_id": "9"}
STOCK, UPDATE = EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED


def applied(event: ProductEvent, before: Product = NEVER_SEEN) -> AppliedEvent:
    layers = layers_of(values_of(event, before), saved_in(event, before, MAGENTO), before, MAGENTO)
    return apply_event(before, event, layers or Layers({}, {}))


def after(event: ProductEvent, before: Product = NEVER_SEEN) -> Product:
    return applied(event, before).product


def test_what_a_payload_does_not_carry_keeps_its_last_known_value() -> None:
    before = after(saved(attributes={"name": "Shirt", "color": "blue"}))
    assert after(saved(1, attributes={"color": "red"}), before).attributes == {
        "name": "Shirt",
        "color": "red",
    }


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"is_new": "0", "form_key": "x", "updated_at": "2026-11-24 12:00:00"}, {}),
        ({"created_at": "2026-11-24 12:00:00"}, {"created_at": "2026-11-24 12:00:00"}),
    ],
)
def test_form_fields_are_not_stored(fields: dict[str, Any], stored: dict[str, Any]) -> None:
    assert after(saved(attributes=fields)).attributes == stored


def test_a_late_event_fills_in_what_was_never_received_and_overwrites_nothing() -> None:
    before = after(saved(10, updated_at=at(10), sku=None, attributes={**WHOLE, "color": "red"}))
    late = applied(saved(20, updated_at=at(5), attributes={"color": "blue", "size": "M"}), before)
    assert late.product.attributes == {**WHOLE, "color": "red", "size": "M"}
    assert (late.product.sku, late.product.entity_id) == ("SHIRT-M", "41")
    assert not late.is_stale  # it brought the size


def test_a_save_in_another_view_of_the_website_leaves_the_own_values_of_the_shops_view_open() -> None:
    fields = {**WHOLE, "name": "Shirt", "status": "1", "website_ids": ["1"]}
    before = after(saved(attributes=fields, updated_at=at(0)))
    theirs = after(saved(20, attributes={**fields, "status": "2"}, updated_at=at(20), store_id=3), before)
    assert STORE_VIEW_LAYER not in theirs.marks
    late = after(saved(30, attributes={**fields, "name": "Chemise"}, updated_at=at(10), store_id=1), theirs)
    assert (late.value("name"), late.value("status")) == ("Chemise", "2")


def test_an_event_that_brings_nothing_newer_is_stale() -> None:
    before = after(saved(10, updated_at=at(10), attributes={**WHOLE, "color": "red"}))
    late = applied(saved(20, updated_at=at(5), attributes={**WHOLE, "color": "blue"}), before)
    assert late.is_stale
    assert late.product == before


def test_a_full_state_that_arrives_late_completes_a_partial_one() -> None:
    partial = after(saved(10, updated_at=at(10), attributes={"name": "New name"}))
    whole = applied(saved(11, updated_at=at(5), attributes={**WHOLE, "name": "Old name"}), partial)
    assert not whole.is_stale
    assert whole.product.attributes == {**WHOLE, "name": "New name"}


def test_of_two_partial_saves_each_attribute_has_its_own_time() -> None:
    before = after(saved(0, updated_at=at(0), attributes={**WHOLE, "name": "Shirt", "color": "blue"}))
    named = after(saved(10, updated_at=at(10), attributes={"name": "Linen shirt"}), before)
    coloured = applied(saved(11, updated_at=at(1), attributes={"name": "Late", "color": "red"}), named)
    assert not coloured.is_stale
    assert coloured.product.attributes == {**WHOLE, "name": "Linen shirt", "color": "red"}


def test_a_full_state_moves_its_mark_forward_only() -> None:
    before = after(saved(10, updated_at=at(9), attributes=WHOLE))
    assert before.marks == {DEFAULT_LAYER: (at(10), at(9), None)}
    assert after(saved(12, updated_at=at(8), attributes=WHOLE), before).marks == before.marks
    assert after(saved(12, updated_at=at(11), attributes=WHOLE), before).marks == {
        DEFAULT_LAYER: (at(12), at(11), None)
    }


@pytest.mark.parametrize("kind", [STOCK, UPDATE, EventKind.WEBSITES_CHANGED, EventKind.SAVED])
def test_a_partial_event_does_not_move_the_mark_of_the_full_state(kind: EventKind) -> None:
    before = after(saved(10, updated_at=at(9), attributes=WHOLE))
    found = after(saved(20, kind=kind, updated_at=at(19), attributes={"color": "red"}), before)
    assert found.marks == {**before.marks, "color": (at(20), at(19), None)}


@pytest.mark.parametrize("view", [0, 1])
def test_a_mass_update_is_not_overwritten_by_an_earlier_full_state(view: int) -> None:
    before = after(saved(0, updated_at=at(0), attributes={**WHOLE, "status": "1", "name": "Shirt"}))
    disabled = after(saved(10, kind=UPDATE, store_id=view, attributes={"status": "2"}), before)
    late = {**WHOLE, "status": "1", "name": "Linen shirt"}
    older = after(saved(5, updated_at=at(5), store_id=view, attributes=late), disabled)
    assert (older.value("status"), older.value("name")) == ("2", "Linen shirt")
    newer = after(saved(15, updated_at=at(15), store_id=view, attributes=late), older)
    assert newer.value("status") == "1"


def test_of_two_mass_updates_the_later_counts() -> None:
    before = after(saved(10, kind=UPDATE, attributes={"price": "50.00"}))
    earlier = saved(5, kind=UPDATE, attributes={"price": "40.00", "color": "red"})
    assert after(earlier, before).attributes == {"price": "50.00", "color": "red"}


def test_stock_has_its_own_time() -> None:
    before = after(saved(10, kind=STOCK, attributes={"quantity": 3}))
    older_save = after(
        saved(5, updated_at=at(5), attributes={**WHOLE, "quantity": 18, "color": "red"}), before
    )
    assert older_save.attributes == {**WHOLE, "quantity": 3, "color": "red"}
    newer_save = after(saved(15, updated_at=at(15), attributes={**WHOLE, "quantity": 17}), older_save)
    assert newer_save.value("quantity") == 17


def test_a_full_state_without_stock_does_not_date_the_stock() -> None:
    before = after(saved(0, kind=STOCK, attributes={"quantity": 3}, partition=1))
    whole = after(saved(10, updated_at=at(10), attributes=WHOLE, partition=2), before)
    late = after(saved(5, kind=STOCK, attributes={"quantity": 2}, partition=1), whole)
    assert late.value("quantity") == 2


def test_a_save_in_the_store_view_has_marks_of_its_own() -> None:
    before = after(saved(0, updated_at=at(0), attributes={**WHOLE, "name": "Shirt"}))
    named = after(saved(5, updated_at=at(5), store_id=1, attributes={**WHOLE, "name": "Chemise"}), before)
    assert STORE_VIEW_LAYER in named.marks
    renamed = after(saved(3, updated_at=at(3), attributes={**WHOLE, "name": "Linen"}), named)
    assert (renamed.default["name"], renamed.value("name")) == ("Linen", "Chemise")
    stale = applied(saved(9, updated_at=at(4), store_id=1, attributes={"name": "Late"}), renamed)
    assert stale.is_stale


@pytest.mark.parametrize("view", [0, 1])
@pytest.mark.parametrize("websites", [["1"], ["1", "2"]])
def test_a_save_in_another_view_does_not_make_a_late_save_stale(view: int, websites: list[str]) -> None:
    """In a view of the same website or of another one: it says nothing of the name that the shop's view shows."""
    whole = {**WHOLE, "website_ids": websites, "color": "blue", "name": "Shirt"}
    before = after(saved(0, updated_at=at(0), attributes=whole))
    elsewhere = after(saved(10, updated_at=at(10), store_id=2, attributes={**whole, "color": "red"}), before)
    late = applied(
        saved(12, updated_at=at(5), store_id=view, attributes={**whole, "name": "Linen"}), elsewhere
    )
    assert (late.product.value("name"), late.product.value("color")) == ("Linen", "red")


def test_a_deleted_product_stays_deleted() -> None:
    before = after(saved(10, kind=EventKind.DELETED), after(saved(0, attributes={"color": "blue"})))
    assert (before.deleted, before.attributes) == (True, {"color": "blue"})
    filled = fill_in(before, saved(20), Layers({"color": "red", "size": "M"}, {}))
    assert (filled.deleted, filled.attributes) == (True, {"color": "blue", "size": "M"})


def test_a_delete_is_not_overtaken_by_a_save() -> None:
    before = after(saved(10, updated_at=at(10), attributes=WHOLE))
    deleted = applied(saved(5, kind=EventKind.DELETED), before)
    assert deleted.product.deleted and not deleted.is_stale


def test_a_changed_sku_is_stored_and_a_missing_sku_changes_nothing() -> None:
    before = replace(NEVER_SEEN, sku="OLD", entity_id="41")
    assert after(saved(sku="NEW"), before).sku == "NEW"
    assert after(saved(sku=None), before).sku == "OLD"


@pytest.mark.parametrize(
    ("kind", "sku", "stored"),
    [
        (EventKind.STOCK_CHANGED, "shirt-m ", "SHIRT-M"),
        (EventKind.ATTRIBUTES_UPDATED, "Shirt-M", "SHIRT-M"),
        (EventKind.SAVED, "Shirt-M", "Shirt-M"),
        (EventKind.STOCK_CHANGED, "SHIRT-L", "SHIRT-L"),
    ],
)
def test_only_a_save_of_the_product_says_how_magento_spells_its_sku(
    kind: EventKind, sku: str, stored: str
) -> None:
    before = replace(NEVER_SEEN, sku="SHIRT-M", entity_id="41")
    assert after(saved(kind=kind, sku=sku, attributes={"quantity": 3}), before).sku == stored


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
) -> None:
    (entity_before, sku_before), (entity, sku) = ids_before, ids
    before = replace(NEVER_SEEN, entity_id=entity_before, sku=sku_before)
    event = saved(entity_id=entity, sku=sku)
    for found in (after(event, before), fill_in(before, event, Layers({}, {}))):
        assert (found.entity_id, found.sku) == expected
