"""Edits of a policy or a template: what they send by themselves, and what they leave to the next event."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from records.rules.load_rulebook import RulebookReader
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import Adjustment
from schemas.query_condition import Group
from schemas.synchronization_policy import WhenLeaving
from sync.affected_listings import RuleChange, find_affected
from tests.consumer.deliveries import Case
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.policies.examples import is_
from tests.records.examples import BOX
from tests.sync.stored_rules import Store, due, edited, policy, prices, stocks, stored, template

ONLY_COLOR: dict[str, Any] = {"only_specific_attributes": True, "observed_attributes": ("color",)}
ONLY_QUANTITY: dict[str, Any] = {"only_specific_attributes": True, "observed_attributes": ("quantity",)}
BLUE, RED = Group(conditions=(is_("color", "blue"),)), Group(conditions=(is_("color", "red"),))


def second(**fields: Any) -> ListingTemplate:
    """Return another template, which only wins where the first does not match."""
    return replace(TEMPLATE, **{"title": "Others", "priority": 900, "category_id": "600002", **fields})


def foreseen(engine: Engine, store: Store) -> int:
    """Return the count that the review of this change shows."""
    with engine.database.write() as connection:
        before = RulebookReader(BOX).read(connection)
        trial = connection.begin_nested()
        store(connection)
        after = RulebookReader(BOX).read(connection)
        trial.rollback()
    with engine.database.read() as connection:
        return len(find_affected(connection, RuleChange(before, after), now=engine.clock()).product_ids)


class TestBaseline:
    """What an edit of the rules makes due is what later changes are compared with."""

    def test_after_an_edit_uploads_a_product_an_unobserved_change_sends_nothing(self, case: Case) -> None:
        case.engine.policy(**ONLY_COLOR)
        case.save(visibility="1")
        assert edited(case.engine, policy(sync_not_visible_individually=True, **ONLY_COLOR)) == 1
        case.settled()
        assert case.tiktok.writes() == ["create"]
        assert case.after({"name": "Linen shirt II"}) == []
        assert case.engine.decisions()[-1] == "skip no_observed_attribute_changed"

    def test_after_an_edit_syncs_a_product_an_unobserved_change_sends_nothing(self, listed: Case) -> None:
        off: dict[str, Any] = {"product_update": False, "inventory_price_sync": False}
        listed.engine.policy(**ONLY_COLOR, **off)
        assert listed.after({"color": "red"}) == []
        edited(listed.engine, policy(**ONLY_COLOR))
        listed.settled()
        assert listed.tiktok.writes()[1:] == ["partial_edit"]
        assert listed.after({"name": "Linen shirt II"}) == []
        assert listed.engine.decisions()[-1] == "skip no_observed_attribute_changed"

    def test_so_it_is_for_an_event_that_comes_before_the_walk(self, listed: Case) -> None:
        engine = listed.engine
        engine.policy(product_update=False, inventory_price_sync=False, **ONLY_COLOR)
        listed.save(color="red")
        stored(engine, policy(**ONLY_COLOR))
        assert engine.pending() is None
        listed.save(name="Linen shirt II")
        assert engine.decisions()[-1] == "skip no_observed_attribute_changed"
        assert listed.tiktok.product()["title"] == "Linen shirt II", "all attributes go with the color"


class TestFilteredChanges:
    """A change that the policy holds back goes out with the next sync, and an edit that sends nothing is none."""

    @pytest.mark.parametrize(
        "edit", [prices(adjustment=Adjustment.FIXED, adjustment_value=Decimal(5)), stocks(buffer=3)]
    )
    def test_a_pricing_or_inventory_policy_sends_nothing_with_inventory_price_sync_off(
        self, listed: Case, edit: Store
    ) -> None:
        engine = listed.engine
        for store in (prices(), stocks()):
            edited(engine, store)
        edited(engine, template(pricing_policy="Prices", inventory_policy="Stock"))
        listed.settled()
        engine.policy(inventory_price_sync=False, **ONLY_QUANTITY)
        before = listed.tiktok.writes()
        assert listed.after({"color": "red"}) == []
        assert edited(engine, edit) == 0
        assert (engine.pending(), listed.tiktok.writes()) == (None, before)

    def test_switching_inventory_price_sync_off_sends_nothing(self, listed: Case) -> None:
        listed.engine.policy(**ONLY_COLOR)
        assert listed.after({"name": "Linen shirt II", "price": "31.00"}) == []
        assert edited(listed.engine, policy(inventory_price_sync=False, **ONLY_COLOR)) == 0
        assert listed.engine.pending() is None

    def test_switching_it_on_sends_the_price_and_stock_that_did_not_follow(self, listed: Case) -> None:
        listed.engine.policy(inventory_price_sync=False)
        assert listed.after({"price": "31.00", "quantity": 4}) == []
        assert edited(listed.engine, policy()) == 1
        listed.settled()
        assert listed.tiktok.writes()[1:] == ["inventory", "price"]

    def test_switching_it_on_makes_nothing_due_whose_price_and_stock_are_right(self, listed: Case) -> None:
        listed.engine.policy(inventory_price_sync=False)
        assert edited(listed.engine, policy()) == 0


class TestAssign:
    """Product Assign moves the listings that an edit of the rules gives another template, at once."""

    def test_an_edited_query_moves_the_listings_that_it_no_longer_matches(self, listed: Case) -> None:
        engine = listed.engine
        engine.template(second())
        store = template(query=RED)
        assert foreseen(engine, store) == 1
        assert edited(engine, store) == 1
        listed.settled()
        assert engine.listing().template == "Others"
        assert listed.tiktok.product()["category_id"] == "600002"

    def test_switching_it_on_moves_a_listing_to_the_template_that_wins(self, case: Case) -> None:
        engine = case.engine
        engine.policy(product_assign=False)
        case.save()
        engine.template(second(priority=1))
        assert engine.listing().template == "Shirts"
        assert foreseen(engine, policy()) == 1
        assert edited(engine, policy()) == 1
        case.settled()
        assert (engine.listing().template, engine.listing().assigned_by) == ("Others", "policy")
        assert case.tiktok.product()["category_id"] == "600002"

    def test_an_assignment_stays_while_the_templates_own_query_matches(self, listed: Case) -> None:
        engine = listed.engine
        engine.template(second(priority=1))
        assert edited(engine, template(query=BLUE)) == 0
        assert engine.listing().template == "Shirts"

    def test_what_is_not_on_tiktok_is_assigned_without_being_due(self, engine: Engine) -> None:
        engine.policy(product_assign=False, product_upload=False)
        engine.save()
        assert edited(engine, policy(product_upload=False)) == 0
        assert (engine.listing().template, due(engine)) == ("Shirts", {})


class TestComingBack:
    @pytest.mark.parametrize(
        ("gone", "back"),
        [({"website_ids": ["2"]}, {"website_ids": ["1"]}), ({"visibility": "1"}, {"visibility": "4"})],
    )
    def test_what_left_while_product_update_was_off_became_eligible_when_it_comes_back(
        self, listed: Case, gone: dict[str, Any], back: dict[str, Any]
    ) -> None:
        keep: dict[str, Any] = {"when_disabled": WhenLeaving.KEEP, **ONLY_COLOR}
        listed.engine.policy(product_update=False, inventory_price_sync=False, **keep)
        assert listed.after(gone) == []
        edited(listed.engine, policy(**keep))
        assert listed.engine.listing().ineligible_since is not None
        listed.settled()
        listed.save(**back, name="Back")
        assert listed.engine.decisions()[-1] == "sync became_eligible"
        assert listed.tiktok.product()["title"] == "Back"


class TestUpload:
    """Product Upload counts for products that are created while it is on."""

    @pytest.fixture
    def existed(self, case: Case) -> Case:
        """A product that came while Product Upload was off, which has been switched on since."""
        case.engine.policy(product_upload=False)
        case.save(color="green")
        assert case.engine.decisions() == ["skip upload_off"]
        assert edited(case.engine, policy()) == 0
        return case

    def test_switching_it_on_uploads_nothing_that_existed(self, existed: Case) -> None:
        assert existed.engine.pending() is None

    @pytest.mark.parametrize(
        "store",
        [
            template(category_id="600002"),
            template(query=Group(conditions=(is_("color", "green"),))),
            policy(sync_not_visible_individually=True),
            policy(inventory_price_sync=False),
        ],
    )
    def test_nor_does_a_later_edit_that_has_nothing_to_do_with_it(self, existed: Case, store: Store) -> None:
        assert foreseen(existed.engine, store) == 0
        assert edited(existed.engine, store) == 0
        assert existed.engine.pending() is None

    def test_an_edit_that_makes_the_product_match_uploads_it(self, existed: Case) -> None:
        edited(existed.engine, template(query=RED))
        assert edited(existed.engine, template(query=Group(conditions=(is_("color", "green"),)))) == 1
        existed.settled()
        assert existed.tiktok.writes() == ["create"]

    def test_what_was_refused_is_tried_again_by_an_edit_that_mends_it(self, case: Case) -> None:
        case.engine.template(replace(TEMPLATE, image_uri="tos-of-another-shop"))
        case.save()
        assert case.engine.outcomes() == ["rejected"]
        assert edited(case.engine, template()) == 1
        case.settled()
        assert case.tiktok.writes(SKU)[1:] == ["create"]
