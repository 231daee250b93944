"""Deciding one event: what it does to what is stored of its product, and the lane in which its listing waits."""

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
from schemas.product import Product
from schemas.product_event import EventKind, Origin, ProductEvent
from sync import decide_event as decide_event_module
from sync.decide_event import EventDecision, Lane
from tests.policies.examples import SHIRT, at, is_, listed, not_listed, policy, product, saved, template
from tests.records.examples import SHOP

UPLOAD_ON_SINCE = at(-3600)
decide_event = partial(decide_event_module.decide_event, read_delay=timedelta(seconds=2))


def governed(*, since: datetime | None = UPLOAD_ON_SINCE, templates: Any = None, **switches: Any) -> Rulebook:
    return Rulebook(
        SHOP,
        policy(**switches),
        (template(),) if templates is None else templates,
        upload_on_since=since,
    )


def known(
    listing: Listing | None = None, baseline: Mapping[str, Any] | None = SHIRT, **fields: Any
) -> ProductContext:
    """The shirt, live on TikTok and synced as it is."""
    shirt = replace(product(), received_at=at(-60), **fields)
    return ProductContext(
        shirt, listing or listed(template="Shirts", assigned_by=AssignedBy.POLICY), baseline
    )


def unknown() -> ProductContext:
    """A row that was just made."""
    return ProductContext(Product(shop="demo", sku="SHIRT-M", entity_id="41", id=7), not_listed(), None)


def ruled(before: ProductContext, under: Rulebook | None = None, **changes: Any) -> EventDecision:
    """The shirt is saved, whole, with these changes."""
    return decide_event(saved(attributes={**SHIRT, **changes}), before, under or governed(), at(1))


def decision(decided: EventDecision) -> str:
    return f"{decided.decision.action} {decided.decision.reason}"


@pytest.mark.parametrize(
    "changes, switches, lane",
    [
        ({}, {}, None),
        ({"color": "red"}, {}, Lane.CONTENT),
        ({"price": "31.00"}, {}, Lane.PRICE),
        ({"special_price": "19.00"}, {}, Lane.PRICE),
        ({"quantity": 17}, {}, Lane.TAKE_DOWN),
        ({"quantity": 0}, {}, Lane.TAKE_DOWN),
        ({"quantity": -3}, {}, Lane.TAKE_DOWN),
        ({"quantity": 19}, {}, Lane.PRICE),
        ({"stock_status": "0"}, {}, Lane.TAKE_DOWN),
        ({"stock_status": False}, {}, Lane.TAKE_DOWN),
        ({"stock_status": "1"}, {}, Lane.PRICE),
        ({"quantity": 17, "price": "31.00"}, {}, Lane.TAKE_DOWN),
        ({"quantity": 19, "price": "31.00"}, {}, Lane.PRICE),
        ({"quantity": 17, "color": "red"}, {}, Lane.CONTENT),
        ({"status": "2"}, {}, Lane.TAKE_DOWN),
        ({"status": "2", "color": "red"}, {}, Lane.TAKE_DOWN),
        ({"visibility": "1"}, {}, None),
        ({"quantity": 17}, {"inventory_price_sync": False}, None),
    ],
)
def test_a_listed_product_waits_in_the_lane_of_what_changed(
    changes: dict[str, Any], switches: dict[str, Any], lane: Lane | None
) -> None:
    assert ruled(known(), governed(**switches), **changes).lane is lane


def test_a_product_that_is_not_listed_waits_in_the_last_lane() -> None:
    assert ruled(known(not_listed(), is_new=True)).lane is Lane.UPLOAD


def test_stock_that_falls_goes_first_also_where_it_is_shown_alone() -> None:
    event = saved(kind=EventKind.STOCK_CHANGED, attributes={"quantity": 3})
    assert decide_event(event, known(), governed(), at(1)).lane is Lane.TAKE_DOWN


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
    def test_a_listed_product_that_leaves_is_marked(self, changes: dict[str, Any], reason: str) -> None:
        listing = ruled(known(), **changes).context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(1), reason)

    def test_a_deleted_product_is_marked(self) -> None:
        listing = decide_event(saved(kind=EventKind.DELETED), known(), governed(), at(1)).context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(1), "product_deleted")

    def test_the_first_moment_stays_and_the_reason_is_the_newest(self) -> None:
        marked = replace(known().listing, ineligible_since=at(-9), ineligible_reason="not_in_website")
        listing = ruled(known(marked), status="2").context.listing
        assert (listing.ineligible_since, listing.ineligible_reason) == (at(-9), "product_disabled")

    def test_the_mark_stays_until_a_sync_was_accepted(self) -> None:
        marked = replace(known().listing, ineligible_since=at(-9), ineligible_reason="product_disabled")
        decided = ruled(known(marked))
        assert decision(decided) == "sync became_eligible"
        assert decided.context.listing.ineligible_since == at(-9)

    @pytest.mark.parametrize("changes", [{}, {"color": "red"}])
    def test_what_does_not_leave_is_not_marked(self, changes: dict[str, Any]) -> None:
        assert ruled(known(), **changes).context.listing.ineligible_since is None

    def test_with_product_update_off_nothing_is_marked(self) -> None:
        off = governed(product_update=False, inventory_price_sync=False)
        assert ruled(known(), off, status="2").context.listing.ineligible_since is None

    def test_what_is_not_listed_is_not_marked(self) -> None:
        assert ruled(known(not_listed()), status="2").context.listing.ineligible_since is None


class TestNovelty:
    @pytest.mark.parametrize(
        "fields, then",
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
    def test_it_is_judged_by_the_first_whole_state(self, fields: dict[str, Any], then: bool) -> None:
        created = {"created_at": fields.pop("created_at")} if "created_at" in (fields := dict(fields)) else {}
        decided = decide_event(saved(attributes={**SHIRT, **created}, **fields), unknown(), governed(), at(1))
        assert decided.context.product.is_new is then
        assert decided.decision.is_due is then

    def test_it_is_judged_once(self) -> None:
        old = decide_event(saved(attributes=SHIRT, is_new=False), unknown(), governed(), at(1)).context
        again = decide_event(saved(2, attributes=SHIRT, is_new=True), old, governed(), at(3))
        assert decision(again) == "skip existed_before_upload"

    @pytest.mark.parametrize("kind", [EventKind.STOCK_CHANGED, EventKind.ATTRIBUTES_UPDATED])
    def test_a_part_alone_judges_nothing(self, kind: EventKind) -> None:
        part = saved(kind=kind, attributes={"quantity": 3})
        first = decide_event(part, unknown(), governed(), at(1))
        assert not first.context.product.is_new
        whole = decide_event(saved(2, attributes=SHIRT), first.context, governed(), at(3))
        assert decision(whole) == "upload new_product"


class TestBaseline:
    def test_it_moves_with_what_is_due_and_stays_with_what_is_not(self) -> None:
        due = ruled(known(), color="red")
        assert due.context.baseline == {**SHIRT, "color": "red"}
        skipped = ruled(
            known(), governed(only_specific_attributes=True, observed_attributes=("size",)), color="red"
        )
        assert skipped.context.baseline == SHIRT
        assert skipped.context.product.value("color") == "red"

    def test_a_take_down_moves_it(self) -> None:
        assert ruled(known(), status="2").context.baseline == {**SHIRT, "status": "2"}


class TestAnotherStoreView:
    def told(self, **attributes: Any) -> ProductEvent:
        return saved(store_id=5, attributes=attributes)

    def test_it_is_skipped_and_changes_nothing(self) -> None:
        before = known()
        decided = decide_event(self.told(name="Leinenhemd"), before, governed(), at(1))
        assert decision(decided) == "skip other_store_view"
        assert decided.context == before

    def test_what_all_views_share_counts(self) -> None:
        decided = decide_event(self.told(name="Leinenhemd", quantity=3), known(), governed(), at(1))
        assert decision(decided) == "sync attribute_changed"
        assert decided.context.product.value("name") == SHIRT["name"]
        assert decided.context.product.value("quantity") == 3


class TestAssign:
    OTHERS = (template("Blue", is_("color", "blue"), priority=1), template(priority=2))

    def test_the_winner_is_given_and_a_move_makes_it_due(self) -> None:
        given = ruled(known(not_listed(), is_new=True), governed(templates=self.OTHERS)).context.listing
        assert (given.template, given.assigned_by) == ("Blue", AssignedBy.POLICY)
        moved = ruled(known(replace(listed(), template="Blue", assigned_by=AssignedBy.POLICY)),
                      governed(templates=self.OTHERS, only_specific_attributes=True, observed_attributes=("size",)),
                      color="red")  # fmt: skip
        assert decision(moved) == "sync template_changed"
        assert moved.context.listing.template == "Shirts"

    def test_a_stale_event_assigns_nothing(self) -> None:
        before = replace(known(not_listed()), product=replace(product(), received_at=at(60)))
        decided = ruled(before, governed(templates=self.OTHERS))
        assert decision(decided) == "skip stale_event"
        assert decided.context.listing.template is None
