"""Deciding one event: the product's state after it, and the lane in which its listing waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from schemas.listing import AssignedBy, Listing
from schemas.product import DEFAULT_LAYER, Mark, Product
from schemas.product_event import EventKind, Origin, ProductEvent
from sync import decide_event as decide_event_module
from sync.decide_event import EventDecision, Lane
from tests.policies.examples import SHIRT, at, is_, listed, not_listed, policy, product, saved, template
from tests.records.examples import SHOP

UPLOAD_ON_SINCE = at(-3600)
decide_event = partial(decide_event_module.decide_event, read_delay=timedelta(seconds=2))


def rulebook(*, since: datetime | None = UPLOAD_ON_SINCE, templates: Any = None, **switches: Any) -> Rulebook:
    return Rulebook(
        SHOP,
        policy(**switches),
        (template(),) if templates is None else templates,
        upload_on_since=since,
    )


def in_sync(
    listing: Listing | None = None, baseline: Mapping[str, Any] | None = SHIRT, **fields: Any
) -> ProductContext:
    """Return the shirt, live on TikTok and in sync."""
    shirt = replace(product(), marks={DEFAULT_LAYER: Mark(at(-60))}, **fields)
    return ProductContext(
        shirt, listing or listed(template="Shirts", assigned_by=AssignedBy.POLICY), baseline
    )


def first_seen() -> ProductContext:
    """Return a product whose row was just created."""
    return ProductContext(Product(shop="demo", sku="SHIRT-M", entity_id="41", id=7), not_listed(), None)


def decide_save(before: ProductContext, rules: Rulebook | None = None, **changes: Any) -> EventDecision:
    """Decide a full save of the shirt with these changes."""
    return decide_event(saved(attributes={**SHIRT, **changes}), before, rules or rulebook(), at(1))


def decision(decided: EventDecision) -> str:
    return f"{decided.decision.action} {decided.decision.reason}"


@pytest.mark.parametrize(
    "changes, switches, lane",
    [
        ({}, {}, None),
        ({"color": "red"}, {}, Lane.CONTENT),
        ({"price": "31.00"}, {}, Lane.PRICE),
        ({"special_price": "19.00"}, {}, Lane.PRICE),
        ({"quantity": 17}, {}, Lane.REDUCED),
        ({"quantity": 0}, {}, Lane.OFF_SALE),
        ({"quantity": -3}, {}, Lane.OFF_SALE),
        ({"quantity": 19}, {}, Lane.PRICE),
        ({"stock_status": "0"}, {}, Lane.OFF_SALE),
        ({"stock_status": False}, {}, Lane.OFF_SALE),
        ({"stock_status": "1"}, {}, Lane.PRICE),
        ({"quantity": 17, "price": "31.00"}, {}, Lane.REDUCED),
        ({"quantity": 19, "price": "31.00"}, {}, Lane.PRICE),
        ({"quantity": 17, "color": "red"}, {}, Lane.REDUCED),
        ({"quantity": 0, "color": "red"}, {}, Lane.OFF_SALE),
        ({"quantity": 19, "color": "red"}, {}, Lane.CONTENT),
        ({"quantity": 0, "color": "red"}, {"inventory_price_sync": False}, Lane.CONTENT),
        ({"status": "2"}, {}, Lane.OFF_SALE),
        ({"status": "2", "color": "red"}, {}, Lane.OFF_SALE),
        ({"visibility": "1"}, {}, None),
        ({"quantity": 17}, {"inventory_price_sync": False}, None),
    ],
)
def test_a_listed_product_waits_in_the_lane_of_what_changed(
    changes: dict[str, Any], switches: dict[str, Any], lane: Lane | None
) -> None:
    assert decide_save(in_sync(), rulebook(**switches), **changes).lane is lane


def test_a_product_that_is_not_listed_waits_in_the_last_lane() -> None:
    assert decide_save(in_sync(not_listed(), is_new=True)).lane is Lane.UPLOAD


def test_less_stock_goes_first_even_from_a_stock_event() -> None:
    event = saved(kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3})
    assert decide_event(event, in_sync(), rulebook(), at(1)).lane is Lane.REDUCED


class TestIneligible:
    @pytest.mark.parametrize(
        "changes, reason",
        [
            ({"status": "2"}, "product_disabled"),
            ({"website_ids": ["2"]}, "not_in_website"),
            ({"visibility": "1"}, "not_visible_individually"),
            ({"attribute_set_id": "11"}, "no_listing_template_matches"),
        ],
    )
    def test_a_listed_product_that_becomes_ineligible_is_marked(
        self, changes: dict[str, Any], reason: str
    ) -> None:
        listing = decide_save(in_sync(), **changes).context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(1), reason)

    def test_a_deleted_product_is_marked(self) -> None:
        listing = decide_event(saved(kind=EventKind.DELETED), in_sync(), rulebook(), at(1)).context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(1), "product_deleted")

    def test_the_first_time_stays_and_the_reason_is_the_newest(self) -> None:
        marked = replace(in_sync().listing, ineligible_since=at(-9), ineligible_reason="not_in_website")
        listing = decide_save(in_sync(marked), status="2").context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(-9), "product_disabled")

    def test_the_mark_stays_until_a_sync_was_accepted(self) -> None:
        marked = replace(in_sync().listing, ineligible_since=at(-9), ineligible_reason="product_disabled")
        decided = decide_save(in_sync(marked))
        assert decision(decided) == "sync became_eligible"
        assert decided.context.listing.ineligible_since == at(-9)

    @pytest.mark.parametrize("changes", [{}, {"color": "red"}])
    def test_an_eligible_product_is_not_marked(self, changes: dict[str, Any]) -> None:
        assert decide_save(in_sync(), **changes).context.listing.ineligible_since is None

    def test_with_product_update_off_nothing_is_marked(self) -> None:
        off = rulebook(product_update=False, inventory_price_sync=False)
        assert decide_save(in_sync(), off, status="2").context.listing.ineligible_since is None

    def test_an_unlisted_product_is_not_marked(self) -> None:
        assert decide_save(in_sync(not_listed()), status="2").context.listing.ineligible_since is None


class TestNovelty:
    @pytest.mark.parametrize(
        "fields, expected",
        [
            ({}, True),
            ({"is_new": True}, True),
            ({"is_new": False}, False),
            ({"created_at": "2026-11-24 11:30:00"}, True),
            ({"created_at": "2026-11-24 10:59:59"}, False),
            ({"created_at": "2026-11-24 10:59:59", "is_new": True}, True),
            ({"origin": Origin.SWEEP}, False),
            ({"origin": Origin.READ}, False),
            ({"origin": Origin.REPLAY}, True),
        ],
    )
    def test_the_first_full_state_decides(self, fields: dict[str, Any], expected: bool) -> None:
        created = {"created_at": fields.pop("created_at")} if "created_at" in (fields := dict(fields)) else {}
        decided = decide_event(
            saved(attributes={**SHIRT, **created}, **fields), first_seen(), rulebook(), at(1)
        )
        assert decided.context.product.is_new is expected
        assert decided.decision.is_due is expected

    def test_it_is_decided_once(self) -> None:
        old = decide_event(saved(attributes=SHIRT, is_new=False), first_seen(), rulebook(), at(1)).context
        again = decide_event(saved(2, attributes=SHIRT, is_new=True), old, rulebook(), at(3))
        assert decision(again) == "skip existed_before_upload"

    @pytest.mark.parametrize("kind", [EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED])
    def test_a_partial_event_decides_nothing(self, kind: EventKind) -> None:
        part = saved(kind=kind, attributes={"quantity": 3})
        first = decide_event(part, first_seen(), rulebook(), at(1))
        assert not first.context.product.is_new
        whole = decide_event(saved(2, attributes=SHIRT), first.context, rulebook(), at(3))
        assert decision(whole) == "upload new_product"

    @pytest.mark.parametrize(
        "part",
        [
            {"kind": EventKind.ATTRIBUTES_UPDATED, "attributes": {"status": "1"}},
            {"kind": EventKind.WEBSITES_CHANGED, "attributes": {"website_ids": ["1"]}},
        ],
    )
    def test_a_save_decides_it_that_comes_after_a_mass_action(self, part: dict[str, Any]) -> None:
        before = decide_event(saved(**part), first_seen(), rulebook(), at(1)).context
        assert decision(decide_event(saved(2, attributes=SHIRT), before, rulebook(), at(3))) == (
            "upload new_product"
        )

    def test_a_product_of_partial_saves_stays_new_until_it_may_be_uploaded(self) -> None:
        parts = {code: value for code, value in SHIRT.items() if code != "type_id"}
        created = saved(attributes={**parts, "status": "2"}, is_new=True)
        before = decide_event(created, first_seen(), rulebook(), at(1)).context
        enabled = decide_event(saved(2, attributes=parts, is_new=False), before, rulebook(), at(3))
        assert decision(enabled) == "upload new_product"


class TestBaseline:
    def test_it_moves_only_with_decisions_that_make_the_listing_due(self) -> None:
        due = decide_save(in_sync(), color="red")
        assert due.context.baseline == {**SHIRT, "color": "red"}
        skipped = decide_save(
            in_sync(), rulebook(only_specific_attributes=True, observed_attributes=("size",)), color="red"
        )
        assert skipped.context.baseline == SHIRT
        assert skipped.context.product.value("color") == "red"

    def test_a_take_down_moves_it(self) -> None:
        assert decide_save(in_sync(), status="2").context.baseline == {**SHIRT, "status": "2"}


class TestAnotherStoreView:
    def event(self, **attributes: Any) -> ProductEvent:
        return saved(store_id=5, attributes=attributes)

    def test_it_is_skipped_and_changes_nothing(self) -> None:
        before = in_sync()
        decided = decide_event(self.event(name="Leinenhemd"), before, rulebook(), at(1))
        assert decision(decided) == "skip other_store_view"
        assert decided.context == before

    def test_attributes_shared_by_all_views_count(self) -> None:
        decided = decide_event(self.event(name="Leinenhemd", quantity=3), in_sync(), rulebook(), at(1))
        assert decision(decided) == "sync attribute_changed"
        assert decided.context.product.value("name") == SHIRT["name"]
        assert decided.context.product.value("quantity") == 3


class TestTheShopsViewIsKnownFirst:
    """A save in the shop's view shows inherited values. What All Store Views says later tells which."""

    def view(self, **changes: Any) -> ProductContext:
        shown = decide_event(
            saved(store_id=1, attributes={**SHIRT, **changes}), first_seen(), rulebook(), at(1)
        )
        return replace(shown.context, listing=listed())

    def test_what_all_store_views_has_too_is_inherited(self) -> None:
        before = decide_event(saved(10, attributes=SHIRT), self.view(), rulebook(), at(11)).context
        assert decision(
            decide_event(saved(20, attributes={**SHIRT, "status": "2"}), before, rulebook(), at(21))
        ) == ("take_down product_disabled")

    def test_what_all_store_views_had_before_the_save_is_inherited(self) -> None:
        disabled = saved(10, attributes={**SHIRT, "status": "2"}, original=SHIRT)
        assert (
            decision(decide_event(disabled, self.view(), rulebook(), at(11))) == "take_down product_disabled"
        )

    def test_what_a_mass_update_changes_was_inherited(self) -> None:
        disabled = saved(10, kind=EventKind.ATTRIBUTES_UPDATED, attributes={"status": "2"})
        assert (
            decision(decide_event(disabled, self.view(), rulebook(), at(11))) == "take_down product_disabled"
        )

    def test_what_the_view_showed_after_the_mass_update_is_its_own(self) -> None:
        late = saved(-10, kind=EventKind.ATTRIBUTES_UPDATED, attributes={"status": "2"})
        assert decision(decide_event(late, self.view(), rulebook(), at(11))) == "skip nothing_changed"

    def test_what_differs_is_the_views_own(self) -> None:
        before = decide_event(
            saved(10, attributes=SHIRT), self.view(name="Chemise"), rulebook(), at(11)
        ).context
        renamed = decide_event(saved(20, attributes={**SHIRT, "name": "Linen"}), before, rulebook(), at(21))
        assert renamed.context.product.value("name") == "Chemise"


class TestLateSavesOfAView:
    """A save in a view and one of All Store Views arrive in the other order than they were made."""

    def after(self, *events: ProductEvent) -> EventDecision:
        """Return what the last of these events leads to, for a product that is on TikTok."""
        context = replace(self.first().context, listing=listed())
        for event in events:
            decided = decide_event(event, context, rulebook(), at(60))
            context = decided.context
        return decided

    def first(self) -> EventDecision:
        return decide_event(self.save(0), first_seen(), rulebook(), at(0))

    def save(self, seconds: float, received: float | None = None, **fields: Any) -> ProductEvent:
        changes = {code: fields.pop(code) for code in SHIRT.keys() & fields.keys()}
        made = {"updated_at": at(seconds), "partition": 0, "attributes": {**SHIRT, **changes}}
        return saved(seconds if received is None else received, **{**made, **fields})

    def test_a_status_that_the_view_inherited_does_not_come_back(self) -> None:
        disabled, late = self.save(10, status="2"), self.save(5, 12, store_id=1)
        assert decision(self.after(disabled, late)) == "take_down product_disabled"

    def test_a_status_that_the_late_save_changed_is_the_views_own(self) -> None:
        late = self.save(5, 12, store_id=1, original={"status": "2"})
        assert decision(self.after(self.save(10, status="2"), late)) == "sync became_eligible"

    def test_a_status_that_the_view_had_before_stays_its_own(self) -> None:
        shown, disabled = self.save(3, store_id=1, status="2"), self.save(10, name="Linen")
        late = self.save(5, 12, store_id=1, status="2")
        assert self.after(shown, disabled, late).context.product.store_view["status"] == "2"

    def test_a_text_of_the_late_save_is_the_views_own(self) -> None:
        late = self.save(5, 12, store_id=1, name="Chemise")
        assert self.after(self.save(10, color="red"), late).context.product.value("name") == "Chemise"

    def test_a_text_that_the_late_save_did_not_change_was_inherited(self) -> None:
        late = self.save(5, 12, store_id=1, original=SHIRT)
        assert self.after(self.save(10, name="Linen"), late).context.product.value("name") == "Linen"

    def test_what_the_view_showed_of_a_late_save_of_all_store_views_was_inherited(self) -> None:
        shown, late = (
            self.save(10, store_id=1, status="2", name="Linen"),
            self.save(5, 12, status="2", name="Linen"),
        )
        enabled = self.save(20, name="Cotton")
        assert decision(self.after(shown, late, enabled)) == "sync became_eligible"
        assert self.after(shown, late, enabled).context.product.value("name") == "Cotton"

    def test_what_all_store_views_had_before_its_save_was_inherited(self) -> None:
        shown = self.save(10, store_id=1, name="Linen")
        renamed = self.save(20, name="Cotton", original={"name": "Linen"})
        assert self.after(shown, renamed).context.product.value("name") == "Cotton"


class TestAssign:
    OTHERS = (template("Blue", is_("color", "blue"), priority=1), template(priority=2))

    def test_the_winner_is_assigned_and_a_move_makes_the_listing_due(self) -> None:
        given = decide_save(
            in_sync(not_listed(), is_new=True), rulebook(templates=self.OTHERS)
        ).context.listing
        assert (given.template, given.assigned_by) == ("Blue", AssignedBy.POLICY)
        moved = decide_save(in_sync(replace(listed(), template="Blue", assigned_by=AssignedBy.POLICY)),
                      rulebook(templates=self.OTHERS, only_specific_attributes=True, observed_attributes=("size",)),
                      color="red")  # fmt: skip
        assert decision(moved) == "sync template_changed"
        assert moved.context.listing.template == "Shirts"

    def test_a_stale_event_assigns_nothing(self) -> None:
        before = replace(
            in_sync(not_listed()), product=replace(product(), marks={DEFAULT_LAYER: Mark(at(60))})
        )
        decided = decide_save(before, rulebook(templates=self.OTHERS))
        assert decision(decided) == "skip stale_event"
        assert decided.context.listing.template is None
