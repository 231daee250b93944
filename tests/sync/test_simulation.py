"""Simulations: the initial state, the simulated delivery, and the calls that are counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from policies.rulebook import Rulebook
from schemas.listing import AssignedBy, Listing
from schemas.product_event import EventKind, ProductEvent
from sync.simulation import Simulation, StoredProduct
from tests.consumer.engine import SHIRT, TEMPLATE
from tests.policies.examples import NOON, at, listed, not_listed, policy, saved
from tests.records.examples import SHOP
from tiktok.listing.sync_plan import Operation

LISTED = StoredProduct(listed())
NOT_STORED = StoredProduct()
LONG_AGO = at(-9_000)


def simulation(*, upload_on_since: Any = LONG_AGO, **switches: Any) -> Simulation:
    """Return a simulation of events since noon, under one policy."""
    rulebook = Rulebook(SHOP, policy(**switches), (TEMPLATE,), upload_on_since=upload_on_since)
    return Simulation(lambda _: rulebook, NOON, read_delay=timedelta(seconds=2))


def save(seconds: float, **value: Any) -> ProductEvent:
    """Return a full save of the shirt with these changes."""
    fields = {name: value.pop(name) for name in list(value) if name in ProductEvent.__dataclass_fields__}
    return saved(seconds, attributes={**SHIRT, **value}, **fields)


def decisions(simulation: Simulation) -> Mapping[str, int]:
    found = simulation.tally.decisions.items()
    return {f"{action} {reason}": number for (action, reason), number in found}


def calls(simulation: Simulation) -> Mapping[Operation, int]:
    return dict(simulation.tally.calls)


def after(stored: StoredProduct, *events: ProductEvent, **switches: Any) -> Simulation:
    run = simulation(**switches)
    for event in events:
        run.apply(event, stored)
    return run


class TestInitialState:
    @pytest.mark.parametrize(
        ("stored", "fields", "expected"),
        [
            (LISTED, {}, "sync first_seen"),
            (LISTED, {"original": {"color": "red"}}, "sync attribute_changed"),
            (LISTED, {"original": dict(SHIRT)}, "skip nothing_changed"),
            # It is listed now, but was created after the beginning: this save uploads it.
            (LISTED, {"is_new": True}, "upload new_product"),
            (LISTED, {"created_at": "2026-11-24 12:00:05"}, "upload new_product"),
            (LISTED, {"created_at": "2026-11-24 11:59:55"}, "sync first_seen"),
            (NOT_STORED, {}, "upload new_product"),
            (StoredProduct(not_listed(), existed=True), {}, "skip existed_before_upload"),
            (StoredProduct(not_listed(), existed=True), {"is_new": True}, "upload new_product"),
            (StoredProduct(not_listed(gone=True)), {}, "skip gone_on_tiktok"),
            (StoredProduct(listed(), is_child=True), {}, "skip unsupported_type"),
        ],
    )
    def test_the_first_save_is_decided_on_the_state_before_it(
        self, stored: StoredProduct, fields: dict[str, Any], expected: str
    ) -> None:
        assert decisions(after(stored, save(9, **fields))) == {expected: 1}

    def test_a_template_chosen_by_hand_stays_and_others_are_assigned_again(self) -> None:
        def template_of(listing: Listing) -> str | None:
            return after(StoredProduct(listing), save(9)).products[0].context.listing.template

        assert template_of(listed(template="Other", assigned_by=AssignedBy.HAND)) == "Other"
        assert template_of(listed(template="Other", assigned_by=AssignedBy.POLICY)) == "Shirts"

    def test_product_upload_of_a_draft_counts_from_the_beginning(self) -> None:
        created = save(9, created_at="2026-11-24 12:00:05")
        before = save(9, created_at="2026-11-24 11:00:00")
        assert decisions(after(NOT_STORED, created, upload_on_since=NOON)) == {"upload new_product": 1}
        assert decisions(after(NOT_STORED, before, upload_on_since=NOON)) == {"skip existed_before_upload": 1}


class TestIdentity:
    def test_a_product_first_seen_by_sku_is_found_by_its_entity_id_later(self) -> None:
        stock = saved(1, kind=EventKind.STOCK_CHANGED, entity_id=None, attributes={"quantity": 3})
        assert len(after(LISTED, stock, save(2), save(3)).products) == 1

    def test_another_entity_id_under_a_deleted_products_sku_is_another_product(self) -> None:
        deleted = saved(2, kind=EventKind.DELETED)
        run = after(LISTED, save(1), deleted, save(3, entity_id="42", is_new=True), save(4, entity_id="42"))
        assert len(run.products) == 2
        assert decisions(run) == {
            "sync first_seen": 1,
            "take_down product_deleted": 1,
            "upload new_product": 1,
            "skip nothing_changed": 1,
        }

    def test_a_child_has_no_listing_of_its_own_until_its_parent_drops_it(self) -> None:
        def parent(seconds: float, *children: str) -> ProductEvent:
            names = {"configurable_product_links": list(children)}
            return save(seconds, entity_id="90", sku="PARENT", type_id="configurable", **names)

        run = after(NOT_STORED, parent(1, "41"), save(2), parent(3), save(4))
        assert decisions(run) == {"skip unsupported_type": 3, "upload new_product": 1}


class TestSimulatedDelivery:
    def test_an_upload_is_listed_at_once_and_takes_a_search_and_a_create(self) -> None:
        run = after(NOT_STORED, save(1), save(2), save(3, color="red"))
        assert decisions(run) == {
            "upload new_product": 1,
            "skip nothing_changed": 1,
            "sync attribute_changed": 1,
        }
        assert calls(run) == {
            Operation.SEARCH: 1,
            Operation.CREATE: 1,
            Operation.PARTIAL_EDIT: 1,
        }

    def test_a_refusal_by_preflight_takes_no_call_and_is_not_listed(self) -> None:
        run = after(NOT_STORED, save(1, name=""), save(2, name=""))
        assert (decisions(run), calls(run)) == ({"upload new_product": 2}, {})

    def test_the_first_event_of_a_listed_product_takes_no_call(self) -> None:
        assert calls(after(LISTED, save(1))) == {}

    def test_a_filtered_change_is_sent_with_the_next_change_that_counts(self) -> None:
        """Size changes alone, then color and price: the new size is sent with the new color, in one edit."""
        run = after(
            LISTED,
            save(1),
            save(2, size="L"),
            save(3, size="L", color="red", price="31.00"),
            only_specific_attributes=True,
            observed_attributes=("color",),
        )
        assert calls(run) == {Operation.PARTIAL_EDIT: 1, Operation.PRICE: 1}

    def test_a_take_down_is_sent_once_and_undone_when_the_product_is_eligible_again(self) -> None:
        off = {"status": "2"}
        run = after(LISTED, save(1), save(2, **off), save(3, **off), save(4), save(5))
        assert decisions(run) == {
            "sync first_seen": 1,
            "take_down product_disabled": 2,
            "sync became_eligible": 1,
            "skip nothing_changed": 1,
        }
        assert calls(run) == {Operation.DEACTIVATE: 1, Operation.ACTIVATE: 1}
