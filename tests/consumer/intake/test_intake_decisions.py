"""Intake of several events: the baseline, their order, leaving and coming back, and children."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.listing import FirstAudit, OutcomeKind
from schemas.product_event import EventKind, ProductEvent
from schemas.synchronization_policy import WhenLeaving
from tests.consumer.engine import SHIRT, SKU, Engine, reasons

pytestmark = pytest.mark.both_databases


class TestBaseline:
    def test_only_a_decision_that_makes_the_listing_due_moves_it(self, engine: Engine) -> None:
        engine.policy(only_specific_attributes=True, observed_attributes=("color",))
        engine.save()
        engine.put_on_tiktok()
        engine.save(size="L")
        engine.save(name="Another name")
        assert engine.baseline() == SHIRT
        engine.save(color="red")
        assert engine.baseline() == {**SHIRT, "size": "L", "name": "Another name", "color": "red"}

    def test_the_example_of_the_merchants_document(self, engine: Engine) -> None:
        engine.policy(only_specific_attributes=True, observed_attributes=("color",))
        engine.save()
        engine.put_on_tiktok()
        for changes in (
            {"color": "red", "size": "L"}, {"size": "XL"}, {"quantity": 3}, {"price": "30.00"}, {"color": "green"},
        ):  # fmt: skip
            engine.save(**changes)
        assert engine.decisions()[1:] == [
            "sync observed_attribute_changed",
            "skip no_observed_attribute_changed",
            "skip no_observed_attribute_changed",
            "skip no_observed_attribute_changed",
            "sync observed_attribute_changed",
        ]
        assert engine.product().value("size") == "XL"

    def test_there_and_back_again_is_two_changes(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        engine.take(engine.saved(color="red"), engine.saved(color="blue"))
        assert engine.decisions()[1:] == ["sync attribute_changed"] * 2

    def test_a_change_that_was_filtered_is_seen_by_the_next_event_once_it_counts(
        self, engine: Engine
    ) -> None:
        engine.policy(inventory_price_sync=False)
        engine.save()
        engine.put_on_tiktok()
        engine.save(price="31.00")
        engine.policy()
        engine.save()
        assert engine.decisions()[1:] == ["skip inventory_price_sync_off", "sync attribute_changed"]

    def test_after_a_refusal_any_change_is_sent(self, engine: Engine) -> None:
        engine.policy(only_specific_attributes=True, observed_attributes=("color",))
        engine.save()
        engine.put_on_tiktok(last_outcome=OutcomeKind.REJECTED)
        engine.save()
        engine.save(size="L")
        assert engine.decisions()[1:] == ["skip nothing_changed", "sync not_accepted_yet"]


class TestOrder:
    def test_an_older_save_overwrites_nothing(self, engine: Engine) -> None:
        now = engine.clock()
        newer, older = engine.saved(), engine.event(attributes={"color": "red"})
        engine.take(replace(newer, updated_at=now))
        result = engine.take(replace(older, updated_at=now - timedelta(seconds=5)))
        assert reasons(result) == ["skip stale_event"]
        assert engine.product().value("color") == "blue"
        assert engine.ends()[-1] == (older.id, "superseded")

    def test_a_product_is_decided_when_an_older_save_completes_it(self, engine: Engine) -> None:
        now = engine.clock()
        newer, older = engine.event(attributes={"color": "red"}), engine.saved()
        engine.take(replace(newer, updated_at=now))
        engine.take(replace(older, updated_at=now - timedelta(seconds=5)))
        assert engine.decisions() == ["skip unread_gate", "upload new_product"]
        assert engine.product().attributes == {**SHIRT, "color": "red"}

    def test_events_of_one_batch_out_of_order_end_in_the_newest_state(self, engine: Engine) -> None:
        now = engine.clock()
        rows = [
            replace(engine.saved(size=size), updated_at=now + timedelta(seconds=second))
            for second, size in ((1, "S"), (3, "L"), (2, "M"))
        ]
        result = engine.take(*rows)
        assert reasons(result) == ["upload new_product", "upload new_product", "skip stale_event"]
        assert engine.product().value("size") == "L"

    def test_stock_that_was_shown_before_the_product_is_kept_and_the_product_goes_up(
        self, engine: Engine
    ) -> None:
        engine.stock(7)
        assert engine.decisions() == ["skip unread_gate"]
        state = {code: value for code, value in SHIRT.items() if code != "quantity"}
        result = engine.take(engine.event(attributes=state))
        assert reasons(result) == ["upload new_product"]
        assert engine.product().value("quantity") == 7

    @pytest.mark.parametrize(
        ("skus", "last", "decision"),
        [
            # The endpoint's clock was fast, and is right again: the topic knows the order.
            ((SKU, SKU), 9, "sync attribute_changed"),
            # An event that names the id only is in another partition.
            ((SKU, None), 4, "skip stale_event"),
        ],
    )
    def test_an_older_stock_does_not_overwrite_a_newer_one(
        self, engine: Engine, skus: tuple[str, str | None], last: int, decision: str
    ) -> None:
        engine.save()
        engine.put_on_tiktok()
        now = engine.clock()
        for sku, seconds, quantity in ((skus[0], 10, 4), (skus[1], 5, 9)):
            engine.take(
                replace(
                    engine.event(
                        kind=EventKind.STOCK_CHANGED,
                        received_at=now + timedelta(seconds=seconds),
                        attributes={"quantity": quantity},
                    ),
                    sku=sku,
                )
            )
        assert engine.product().value("quantity") == last
        assert engine.decisions()[-1] == decision

    def test_after_a_delete_every_save_of_that_entity_is_stale(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        engine.delete()
        engine.save(color="red")
        assert engine.decisions()[1:] == ["take_down product_deleted", "skip stale_event"]

    def test_a_product_made_again_under_its_sku_is_a_new_product(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        before = engine.product().id
        engine.delete()
        engine.recreated()
        result = engine.take(engine.saved(name="Made again"))
        assert reasons(result) == ["upload new_product"]
        assert engine.product().id != before

    def test_a_delete_and_the_product_made_again_in_one_batch(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        gone = engine.event(kind=EventKind.DELETED)
        engine.recreated()
        result = engine.take(gone, engine.saved())
        assert reasons(result) == ["take_down product_deleted", "upload new_product"]

    def test_a_mass_update_that_overtook_the_saves_before_it_is_not_undone_by_them(
        self, engine: Engine
    ) -> None:
        """It has no SKU, so it is in another partition, and may come first after an outage."""
        earlier = [engine.saved(price="31.00"), engine.saved(price="32.00")]
        engine.clock.pass_by(10)
        attributes = {"price": "50.00"}
        mass_update = engine.event(kind=EventKind.ATTRIBUTES_UPDATED, attributes=attributes)
        engine.take(replace(mass_update, sku=None))
        engine.take(*earlier)
        assert engine.product().value("price") == "50.00"
        engine.clock.pass_by(10)
        engine.save(price="33.00")
        assert engine.product().value("price") == "33.00"


class TestLeaving:
    @pytest.mark.parametrize(
        "switches, changes, decision",
        [
            ({}, {"status": "2"}, "take_down product_disabled"),
            ({}, {"website_ids": ["2"]}, "take_down not_in_website"),
            ({"when_disabled": WhenLeaving.KEEP}, {"status": "2"}, "skip product_disabled"),
            ({}, {"visibility": "1"}, "skip not_visible_individually"),
            (
                {"when_hidden": WhenLeaving.DEACTIVATE},
                {"visibility": "1"},
                "take_down not_visible_individually",
            ),
            ({}, {"attribute_set_id": "11"}, "skip no_listing_template_matches"),
        ],
    )
    def test_a_listing_that_leaves_is_marked_and_comes_back_by_any_save(
        self, engine: Engine, switches: dict[str, Any], changes: dict[str, Any], decision: str
    ) -> None:
        engine.policy(only_specific_attributes=True, observed_attributes=("color",), **switches)
        engine.save()
        engine.put_on_tiktok()
        engine.save(**changes)
        marked = engine.listing()
        assert engine.decisions()[-1] == decision
        assert marked.ineligible_reason == decision.split()[1]
        assert marked.ineligible_since is not None
        engine.save(**{code: SHIRT[code] for code in changes})
        assert engine.decisions()[-1] == "sync became_eligible"
        assert engine.listing().ineligible_since == marked.ineligible_since

    def test_what_is_not_listed_is_not_marked(self, engine: Engine) -> None:
        engine.save(status="2")
        assert engine.listing().ineligible_since is None

    def test_what_failed_its_first_audit_is_not_listed(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok(first_audit=FirstAudit.FAILED)
        engine.save(status="2")
        engine.save(status="1")
        assert engine.decisions()[1:] == ["skip product_disabled", "upload new_product"]


class TestChildren:
    def family(self, engine: Engine, **value: Any) -> ProductEvent:
        links = [engine.event(f"CHILD-{number}").entity_id for number in (1, 2)]
        attributes = {**SHIRT, "type_id": "configurable", "configurable_product_links": links}
        return engine.event("FAMILY", attributes=attributes, **value)

    def test_children_of_a_configurable_are_left_alone_from_then_on(self, engine: Engine) -> None:
        result = engine.take(self.family(engine), engine.saved("CHILD-1"))
        assert reasons(result) == ["skip unsupported_type"] * 2
        assert reasons(engine.take(engine.saved("CHILD-2"), engine.saved("ALONE"))) == [
            "skip unsupported_type",
            "upload new_product",
        ]

    def test_a_child_that_no_configurable_holds_any_more_stands_alone(self, engine: Engine) -> None:
        family = self.family(engine)
        engine.take(family)
        links = family.attributes["configurable_product_links"][:1]
        state = {**family.attributes, "configurable_product_links": links}
        engine.take(engine.event("FAMILY", attributes=state))
        assert reasons(engine.take(engine.saved("CHILD-1"))) == ["skip unsupported_type"]
        assert reasons(engine.take(engine.saved("CHILD-2"))) == ["upload new_product"]

    def test_a_child_that_is_no_more_a_child_in_the_same_batch_stands_alone(self, engine: Engine) -> None:
        family = self.family(engine)
        engine.take(family)
        left = engine.event("FAMILY", attributes={**family.attributes, "configurable_product_links": []})
        result = engine.take(left, engine.saved("CHILD-1"))
        assert reasons(result) == ["skip unsupported_type", "upload new_product"]

    def test_an_old_word_of_the_configurable_takes_no_children(self, engine: Engine) -> None:
        now = engine.clock()
        empty = {**SHIRT, "type_id": "configurable", "configurable_product_links": []}
        engine.take(engine.event("FAMILY", attributes=empty, updated_at=now))
        engine.take(self.family(engine, updated_at=now - timedelta(seconds=9)))
        assert reasons(engine.take(engine.saved("CHILD-1"))) == ["upload new_product"]
