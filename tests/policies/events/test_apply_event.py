"""Last known: where the values of an event go, and what a stale event may still do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.events.apply_event import apply_event
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from tests.policies.examples import at, saved

NOTHING_KNOWN = Product(shop="demo", sku=None)
SHOPS_VIEW = 1


def after(event: ProductEvent, known: Product = NOTHING_KNOWN, *, stale: bool = False) -> Product:
    return apply_event(known, event, store_view_id=SHOPS_VIEW, stale=stale)


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
    known = after(saved(store_id=store_id, attributes=fields))
    assert (known.default, known.store_view) == (default, store_view)


def test_a_view_that_inherits_shows_the_default() -> None:
    known = after(saved(attributes={"name": "Shirt"}))
    named_here = after(saved(1, store_id=1, attributes={"name": "Chemise"}), known)
    inherits_again = after(saved(2, store_id=1, attributes={"name": None}), named_here)
    assert [one.value("name") for one in (known, named_here, inherits_again)] == ["Shirt", "Chemise", "Shirt"]


def test_what_a_payload_does_not_carry_keeps_its_last_known_value() -> None:
    known = after(saved(attributes={"name": "Shirt", "color": "blue"}))
    assert after(saved(1, attributes={"color": "red"}), known).attributes == {"name": "Shirt", "color": "red"}


def test_a_stale_event_fills_in_what_was_never_shown_and_overwrites_nothing() -> None:
    known = after(saved(10, updated_at=at(10), sku=None, attributes={"color": "red"}))
    late = saved(20, updated_at=at(5), attributes={"color": "blue", "size": "M"})
    filled = after(late, known, stale=True)
    assert filled.attributes == {"color": "red", "size": "M"}
    assert (filled.sku, filled.entity_id) == ("SHIRT-M", "41")
    assert (filled.received_at, filled.updated_at) == (at(10), at(10))


def test_the_marks_move_with_a_full_state_and_never_back() -> None:
    known = after(saved(10, updated_at=at(9)))
    assert (known.received_at, known.updated_at) == (at(10), at(9))
    earlier = after(saved(5, updated_at=at(9)), known)
    assert (earlier.received_at, earlier.updated_at) == (at(10), at(9))


@pytest.mark.parametrize(
    "kind", [EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED, EventKind.WEBSITES_CHANGED]
)
def test_an_event_that_is_no_full_state_moves_no_full_mark(kind: EventKind) -> None:
    known = after(saved(10, updated_at=at(9)))
    found = after(saved(20, kind=kind, updated_at=at(19), attributes={"color": "red"}), known)
    assert (found.received_at, found.updated_at) == (at(10), at(9))


UPDATE = EventKind.ATTRIBUTES_UPDATED


@pytest.mark.parametrize("view", [0, SHOPS_VIEW])
def test_what_was_shown_by_itself_stands_against_a_full_state_of_before(view: int) -> None:
    mass_update = saved(10, kind=UPDATE, store_id=view, attributes={"price": "50.00"})
    known = after(mass_update, after(saved(0, updated_at=at(0), attributes={"price": "20.00"})))
    late = {"price": "90.00", "name": "Linen shirt"}
    older = after(saved(5, updated_at=at(5), store_id=view, attributes=late), known)
    assert (older.value("price"), older.value("name")) == ("50.00", "Linen shirt")
    newer = after(saved(15, updated_at=at(15), store_id=view, attributes={"price": "95.00"}), older)
    assert (newer.value("price"), newer.attribute_received_at) == ("95.00", {})


def test_of_two_mass_updates_the_one_that_was_received_later_counts() -> None:
    known = after(saved(10, kind=UPDATE, attributes={"price": "50.00"}))
    earlier = saved(5, kind=UPDATE, attributes={"price": "40.00", "color": "red"})
    assert after(earlier, known).attributes == {"price": "50.00", "color": "red"}


def test_stock_has_its_own_mark() -> None:
    known = after(saved(10, kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3}))
    assert (known.stock_received_at, known.received_at) == (at(10), None)
    older_save = after(saved(5, updated_at=at(5), attributes={"quantity": 18, "color": "red"}), known)
    assert older_save.attributes == {"quantity": 3, "color": "red"}
    newer_save = after(saved(15, updated_at=at(15), attributes={"quantity": 17}), known)
    assert (newer_save.value("quantity"), newer_save.stock_received_at) == (17, at(15))


def test_a_deleted_product_stays_deleted() -> None:
    known = after(saved(10, kind=EventKind.DELETED), after(saved(0, attributes={"color": "blue"})))
    assert (known.deleted, known.attributes) == (True, {"color": "blue"})
    assert after(saved(20), known, stale=True).deleted


def test_a_changed_sku_is_taken_over_and_an_untold_one_kept() -> None:
    known = replace(NOTHING_KNOWN, sku="OLD", entity_id="41")
    assert after(saved(sku="NEW"), known).sku == "NEW"
    assert after(saved(sku=None), known).sku == "OLD"


@pytest.mark.parametrize(
    ("value", "fields", "then"),
    [
        (["1"], {"website_ids_added": [2]}, ["1", "2"]),
        (["1", "2"], {"website_ids_removed": ["2"]}, ["1"]),
        ({"1": "1"}, {"website_ids_removed": [1]}, []),
        ([1], {"website_ids_added": ["1"]}, ["1"]),
    ],
)
def test_websites_shown_as_a_difference_change_those_that_are_known(
    value: Any, fields: dict[str, Any], then: list[str]
) -> None:
    known = after(saved(0, attributes={"website_ids": value}))
    changed = after(saved(10, kind=EventKind.WEBSITES_CHANGED, attributes=fields), known)
    assert changed.attributes == {"website_ids": then}


def test_a_difference_of_websites_that_were_never_shown_says_nothing() -> None:
    found = saved(10, kind=EventKind.WEBSITES_CHANGED, attributes={"website_ids_added": [1]})
    assert after(found).attributes == {}


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize(
    ("known", "text", "then"),
    [
        (("41", "SHIRT-M"), (None, "SHIRT-M"), ("41", "SHIRT-M")),
        (("41", "SHIRT-M"), ("41", None), ("41", "SHIRT-M")),
        ((None, "SHIRT-M"), ("41", "SHIRT-M"), ("41", "SHIRT-M")),
        (("41", None), ("41", "SHIRT-M"), ("41", "SHIRT-M")),
    ],
)
def test_an_id_that_is_known_is_kept_and_one_that_is_not_is_filled_in(
    known: tuple[str | None, str | None],
    text: tuple[str | None, str | None],
    then: tuple[str, str],
    stale: bool,
) -> None:
    (knew_entity, knew_sku), (entity, sku) = known, text
    before = replace(NOTHING_KNOWN, entity_id=knew_entity, sku=knew_sku)
    found = after(saved(entity_id=entity, sku=sku), before, stale=stale)
    assert (found.entity_id, found.sku) == then


def test_stock_shown_at_the_same_moment_as_what_is_known_counts() -> None:
    known = after(saved(10, kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3}))
    assert after(saved(10, attributes={"quantity": 2}), known).value("quantity") == 2
