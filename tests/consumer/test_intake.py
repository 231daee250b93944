"""Intake: a batch of records becomes decisions, in one transaction; and nothing that came is lost."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from consumer import intake as intake_module
from consumer.intake import MOST_FAILURES_IN_A_ROW, DatabaseAway, IntakeBroken
from consumer.ruling import Governed, Known, Ruling, rule
from records import dead_letters
from records import feeds as feeds_room
from records.dead_letters import DeadLetter
from records.tables import activity, feeds
from schemas.listing import FirstAudit, OutcomeKind
from schemas.product_event import EventKind, ProductEvent
from schemas.synchronization_policy import WhenLeaving
from tests.consumer.engine import SHIRT, SKU, Engine, connected_to, reasons, record_of


def letters(engine: Engine) -> list[DeadLetter]:
    with engine.database.read() as connection:
        return dead_letters.unpublished(connection)


def break_rule_for(monkeypatch: pytest.MonkeyPatch, *skus: str) -> None:
    """Deciding fails for these SKUs, and for no other."""

    def broken(event: ProductEvent, known: Known, governed: Governed, now: datetime) -> Ruling:
        if event.sku in skus:
            raise ZeroDivisionError(f"deciding of {event.sku} is broken")
        return rule(event, known, governed, now)

    monkeypatch.setattr(intake_module, "rule", broken)


class TestABatch:
    def test_a_new_product_is_decided_recorded_and_due(self, engine: Engine) -> None:
        event = engine.saved()
        taken = engine.take(event)
        assert reasons(taken) == ["upload new_product"]
        assert taken.due
        assert engine.product().default == SHIRT
        assert engine.listing().template == "Shirts"
        assert engine.baseline() == SHIRT
        assert engine.pending().wish == 1
        assert engine.ends() == [(event.id, None)]
        assert engine.decisions() == ["upload new_product"]
        assert [(row.direction, row.operation, row.event_id) for row in engine.feed()] == [
            ("in", "saved", event.id)
        ]

    def test_what_is_not_due_ends_at_once_and_marks_nothing(self, engine: Engine) -> None:
        engine.policy(product_upload=False)
        taken = engine.take(event := engine.saved())
        assert reasons(taken) == ["skip upload_off"]
        assert not taken.due
        assert engine.ends() == [(event.id, "filtered")]
        assert engine.pending() is None
        assert engine.baseline() is None

    def test_events_of_one_product_in_one_batch_are_decided_one_after_the_other(self, engine: Engine) -> None:
        taken = engine.take(engine.saved(), engine.saved(color="red"), engine.saved(status="2"))
        assert reasons(taken) == ["upload new_product", "upload new_product", "skip product_disabled"]
        assert engine.pending().wish == 1
        assert [end for _, end in engine.ends()] == [None, None, "filtered"]
        assert engine.product().value("status") == "2"

    def test_a_batch_and_its_events_one_by_one_lead_to_the_same(self, engine: Engine) -> None:
        engine.take(engine.saved("A"), engine.saved("A", color="red"), engine.saved("A", size="L"))
        for changes in ({}, {"color": "red"}, {"size": "L"}):
            engine.save("B", **changes)
        assert engine.decisions("A") == engine.decisions("B")
        assert engine.product("A").default == engine.product("B").default
        assert engine.baseline("A") == engine.baseline("B")

    def test_an_empty_batch_is_taken(self, engine: Engine) -> None:
        assert engine.take() == intake_module.Taken()

    def test_two_shops_keep_their_products_apart(self, engine: Engine) -> None:
        engine.connect(connected_to("http://127.0.0.1:9", "second", "Second"))
        engine.policy("Second", product_upload=False, product_update=False, inventory_price_sync=False)
        taken = engine.take(engine.saved(), engine.saved(shop="second"))
        assert reasons(taken) == ["upload new_product", "skip upload_off"]
        assert engine.product().id != engine.product(shop="second").id


class TestDuplicates:
    def test_an_event_taken_before_is_counted_and_dropped(self, engine: Engine) -> None:
        event = engine.saved()
        engine.take(event)
        taken = engine.take(event)
        assert (taken.decided, taken.duplicates, taken.due) == ((), 1, False)
        assert engine.pending().wish == 1
        assert engine.counts() == {"open": 1, "duplicate_events": 1}
        assert len(engine.decisions()) == len(engine.feed()) == 1

    def test_repeats_within_one_batch_are_dropped_too(self, engine: Engine) -> None:
        event = engine.saved()
        taken = engine.take(event, event, engine.saved(color="red"), event)
        assert (len(taken.decided), taken.duplicates) == (2, 2)

    def test_the_same_id_of_another_shop_is_another_event(self, engine: Engine) -> None:
        engine.connect(connected_to("http://127.0.0.1:9", "second"))
        event = engine.saved()
        taken = engine.take(event, replace(event, shop="second"))
        assert (len(taken.decided), taken.duplicates) == (2, 0)


class TestDeadLetters:
    def test_an_unreadable_record_is_a_dead_letter_and_the_rest_goes_on(self, engine: Engine) -> None:
        bad = replace(record_of(engine.saved(), 7), value=b"{not JSON")
        taken = engine.take(engine.saved("A"), bad, engine.saved("B"))
        assert (reasons(taken), taken.dead_lettered) == (["upload new_product"] * 2, 1)
        (letter,) = letters(engine)
        assert (letter.reason, letter.error_class, letter.origin_offset, letter.shop) == (
            "unreadable_event", "UnreadableEvent", 7, "demo",
        )  # fmt: skip
        assert (letter.key, letter.value, letter.headers) == (bad.key, b"{not JSON", bad.headers)

    @pytest.mark.parametrize(
        "value, headers",
        [(None, ()), (b"[]", None), (b"{}", None), (b"{}", ((b"\xff".decode("latin-1"), b"\xff"),))],
    )
    def test_no_record_is_too_odd(self, engine: Engine, value: bytes | None, headers: Any) -> None:
        whole = record_of(engine.saved(), 7)
        odd = replace(whole, value=value, headers=whole.headers if headers is None else headers)
        assert engine.take(odd).dead_lettered == 1

    def test_an_event_of_an_unknown_shop_is_a_dead_letter(self, engine: Engine) -> None:
        taken = engine.take(engine.saved(shop="nobody"), engine.saved())
        assert (len(taken.decided), taken.dead_lettered) == (1, 1)
        (letter,) = letters(engine)
        assert (letter.reason, letter.shop) == ("unknown_shop", "nobody")

    def test_a_record_that_fails_alone_is_a_dead_letter_and_the_rest_goes_on(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_rule_for(monkeypatch, "POISON")
        bad = record_of(engine.saved("POISON"), 8)
        taken = engine.take(engine.saved("A"), bad, engine.saved("B"))
        assert [one.event.sku for one in taken.decided] == ["A", "B"]
        (letter,) = letters(engine)
        assert (letter.reason, letter.error_class, letter.value) == (
            "intake_failed", "ZeroDivisionError", bad.value,
        )  # fmt: skip
        assert engine.pending("A").wish == engine.pending("B").wish == 1
        assert len(engine.ends()) == 2

    def test_the_same_record_taken_again_is_one_dead_letter(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_rule_for(monkeypatch, "POISON")
        bad = record_of(engine.saved("POISON"), 8)
        engine.take(bad)
        engine.take(bad)
        assert len(letters(engine)) == 1

    def test_a_poison_does_not_stand_in_the_way_of_its_product(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            break_rule_for(patched, SKU)
            engine.take(engine.saved(color="red"))
        assert reasons(engine.take(engine.saved(size="L"))) == ["upload new_product"]
        assert engine.product().value("color") == "red"

    def test_too_many_failures_in_a_row_stop_intake(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        many = [f"P-{number}" for number in range(MOST_FAILURES_IN_A_ROW + 1)]
        break_rule_for(monkeypatch, *many)
        assert engine.take(*[engine.saved(sku) for sku in many[:-1]]).dead_lettered == MOST_FAILURES_IN_A_ROW
        with pytest.raises(IntakeBroken, match="ZeroDivisionError"):
            engine.take(engine.saved(many[-1]))

    def test_failures_with_a_success_between_them_stop_nothing(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        many = [f"P-{number}" for number in range(MOST_FAILURES_IN_A_ROW)]
        break_rule_for(monkeypatch, *many, "LAST")
        batch = [engine.saved(sku) for sku in (*many, "GOOD", "LAST")]
        assert engine.take(*batch).dead_lettered == MOST_FAILURES_IN_A_ROW + 1


class TestDatabaseAway:
    def test_nothing_is_taken_while_the_database_is_away_and_all_of_it_after(
        self, engine: Engine, path: Path
    ) -> None:
        batch = [engine.saved("A"), engine.saved("B")]
        with engine.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseAway):
            engine.take(*batch)
        holder.rollback()
        holder.close()
        assert engine.ends() == []
        assert letters(engine) == []
        assert len(engine.take(*batch).decided) == 2

    def test_a_batch_that_fails_half_way_leaves_nothing(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*_: object) -> None:
            raise sqlite_is_away

        sqlite_is_away = OperationalError("INSERT", {}, Exception("disk I/O error"))
        with monkeypatch.context() as patched:
            patched.setattr(feeds_room, "put", breaks)
            with pytest.raises(DatabaseAway):
                engine.take(engine.saved())
        assert engine.ends() == []
        assert engine.counts() == {}
        assert reasons(engine.take(engine.saved())) == ["upload new_product"]


class TestLogs:
    @pytest.mark.parametrize("activity_log", [True, False])
    @pytest.mark.parametrize("feed_log", [True, False])
    def test_rows_are_exactly_as_the_switches_say(
        self, engine: Engine, activity_log: bool, feed_log: bool
    ) -> None:
        engine.policy(activity_log=activity_log, feed_log=feed_log)
        engine.take(engine.saved(), engine.saved(color="red"), engine.saved("B", status="2"))
        engine.stock(3)
        with engine.database.read() as connection:
            rows = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (activity, feeds)
            ]
        assert rows == [4 * activity_log, 4 * feed_log]
        assert engine.counts() == {"open": 3, "filtered": 1}

    def test_a_decision_names_what_changed(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        engine.save(color="red")
        row = engine.history()[-1]
        assert "color: blue -> red" in row.message
        assert row.details is not None
        assert row.details["changes"] == [{"attribute": "color", "old": "blue", "new": "red"}]


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
    def test_an_older_save_overwrites_nothing_and_fills_in_what_was_never_told(self, engine: Engine) -> None:
        now = engine.clock()
        newer, older = engine.saved(), engine.event(attributes={"color": "red", "material": "linen"})
        engine.take(replace(newer, updated_at=now))
        taken = engine.take(replace(older, updated_at=now - timedelta(seconds=5)))
        assert reasons(taken) == ["skip stale_event"]
        assert (engine.product().value("color"), engine.product().value("material")) == ("blue", "linen")
        assert engine.ends()[-1] == (older.id, "superseded")

    def test_events_of_one_batch_out_of_order_end_in_the_newest_state(self, engine: Engine) -> None:
        now = engine.clock()
        told = [
            replace(engine.saved(size=size), updated_at=now + timedelta(seconds=second))
            for second, size in ((1, "S"), (3, "L"), (2, "M"))
        ]
        taken = engine.take(*told)
        assert reasons(taken) == ["upload new_product", "upload new_product", "skip stale_event"]
        assert engine.product().value("size") == "L"

    def test_stock_that_was_told_before_the_product_is_kept_and_the_product_goes_up(
        self, engine: Engine
    ) -> None:
        engine.stock(7)
        assert engine.decisions() == ["skip no_listing_template_matches"]
        state = {code: value for code, value in SHIRT.items() if code != "quantity"}
        taken = engine.take(engine.event(attributes=state))
        assert reasons(taken) == ["upload new_product"]
        assert engine.product().value("quantity") == 7

    def test_an_older_stock_does_not_overwrite_a_newer_one(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        now = engine.clock()
        for seconds, quantity in ((10, 4), (5, 9)):
            engine.take(
                engine.event(
                    kind=EventKind.STOCK_CHANGED,
                    received_at=now + timedelta(seconds=seconds),
                    attributes={"quantity": quantity},
                )
            )
        assert engine.product().value("quantity") == 4
        assert engine.decisions()[-1] == "skip stale_event"

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
        taken = engine.take(engine.saved(name="Made again"))
        assert reasons(taken) == ["upload new_product"]
        assert engine.product().id != before

    def test_a_delete_and_the_product_made_again_in_one_batch(self, engine: Engine) -> None:
        engine.save()
        engine.put_on_tiktok()
        gone = engine.event(kind=EventKind.DELETED)
        engine.recreated()
        taken = engine.take(gone, engine.saved())
        assert reasons(taken) == ["take_down product_deleted", "upload new_product"]


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
    def family(self, engine: Engine, **told: Any) -> ProductEvent:
        links = [engine.event(f"CHILD-{number}").entity_id for number in (1, 2)]
        attributes = {**SHIRT, "type_id": "configurable", "configurable_product_links": links}
        return engine.event("FAMILY", attributes=attributes, **told)

    def test_children_of_a_configurable_are_left_alone_from_then_on(self, engine: Engine) -> None:
        taken = engine.take(self.family(engine), engine.saved("CHILD-1"))
        assert reasons(taken) == ["skip unsupported_type"] * 2
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
        taken = engine.take(left, engine.saved("CHILD-1"))
        assert reasons(taken) == ["skip unsupported_type", "upload new_product"]

    def test_an_old_word_of_the_configurable_takes_no_children(self, engine: Engine) -> None:
        now = engine.clock()
        empty = {**SHIRT, "type_id": "configurable", "configurable_product_links": []}
        engine.take(engine.event("FAMILY", attributes=empty, updated_at=now))
        engine.take(self.family(engine, updated_at=now - timedelta(seconds=9)))
        assert reasons(engine.take(engine.saved("CHILD-1"))) == ["upload new_product"]
