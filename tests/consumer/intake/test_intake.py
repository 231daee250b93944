"""Intake: a batch of records becomes decisions in one transaction, and no record is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from consumer.intake import intake as intake_module
from consumer.intake.intake import MOST_FAILURES_IN_A_ROW, DatabaseAway, Intake, IntakeBroken
from records.log import counters, dead_letters
from records.log import feeds as feeds_room
from records.log.counters import CounterKind
from records.log.dead_letters import DeadLetter
from records.log.tables import activity, feeds
from schemas.event_signature import EventSignatures
from schemas.product_event import ProductEvent
from schemas.secret import Secret
from sync.decide_event import EventDecision, decide_event
from tests.consumer.engine import SHIRT, SKU, Engine, connected_to, reasons, record_of, signed_again
from tests.databases import Outage
from tests.records.examples import KEY
from topics.event_consumer import Record

pytestmark = pytest.mark.both_databases


def letters(engine: Engine) -> list[DeadLetter]:
    with engine.database.read() as connection:
        return dead_letters.unpublished(connection)


def counted_letters(engine: Engine) -> dict[str, int]:
    """Return how many dead letters were counted, by reason."""
    until = engine.clock() + timedelta(minutes=1)
    with engine.database.read() as connection:
        found = counters.totals(
            connection, ["demo"], step=counters.MINUTE, since=until - timedelta(hours=1), until=until
        )
    return {
        counter.label: number for counter, number in found.items() if counter.kind is CounterKind.DEAD_LETTER
    }


def break_rule_for(monkeypatch: pytest.MonkeyPatch, *skus: str) -> None:
    """Make the decision fail for these SKUs only."""

    def broken(event: ProductEvent, *rest: Any, **options: Any) -> EventDecision:
        if event.sku in skus:
            raise ZeroDivisionError(f"deciding of {event.sku} is broken")
        return decide_event(event, *rest, **options)

    monkeypatch.setattr(intake_module, "decide_event", broken)


class TestABatch:
    def test_a_new_product_is_decided_recorded_and_due(self, engine: Engine) -> None:
        event = engine.saved()
        result = engine.take(event)
        assert reasons(result) == ["upload new_product"]
        assert result.due
        assert engine.product().default == SHIRT
        assert engine.listing().template == "Shirts"
        assert engine.baseline() == SHIRT
        assert engine.pending().request_number == 1
        assert engine.ends() == [(event.id, None)]
        assert engine.decisions() == ["upload new_product"]
        assert [(row.direction, row.operation, row.event_id) for row in engine.feed()] == [
            ("in", "saved", event.id)
        ]

    def test_what_is_not_due_ends_at_once_and_marks_nothing(self, engine: Engine) -> None:
        engine.policy(product_upload=False)
        result = engine.take(event := engine.saved())
        assert reasons(result) == ["skip upload_off"]
        assert not result.due
        assert engine.ends() == [(event.id, "filtered")]
        assert engine.pending() is None
        assert engine.baseline() is None

    def test_events_of_one_product_in_one_batch_are_decided_one_after_the_other(self, engine: Engine) -> None:
        result = engine.take(engine.saved(), engine.saved(color="red"), engine.saved(status="2"))
        assert reasons(result) == ["upload new_product", "upload new_product", "skip product_disabled"]
        assert engine.pending().request_number == 1
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
        assert engine.take() == intake_module.BatchResult()

    @pytest.mark.parametrize("before, after", [(1, True), (True, 1), (1, 1.0), ("1", 1)])
    def test_a_value_is_kept_as_it_was_shown_last(self, engine: Engine, before: Any, after: Any) -> None:
        engine.save(gift_wrapping=before)
        engine.save(gift_wrapping=after)
        value = engine.product().default["gift_wrapping"]
        assert (value, type(value)) == (after, type(after))

    def test_two_shops_keep_their_products_apart(self, engine: Engine) -> None:
        engine.connect(connected_to("http://127.0.0.1:9", "second", "Second"))
        engine.policy("Second", product_upload=False, product_update=False, inventory_price_sync=False)
        result = engine.take(engine.saved(), engine.saved(shop="second"))
        assert reasons(result) == ["upload new_product", "skip upload_off"]
        assert engine.product().id != engine.product(shop="second").id


class TestDuplicates:
    def test_an_event_taken_before_is_counted_and_dropped(self, engine: Engine) -> None:
        event = engine.saved()
        engine.take(event)
        result = engine.take(event)
        assert (result.decided, result.duplicates, result.due) == ((), 1, False)
        assert engine.pending().request_number == 1
        assert engine.counts() == {"open": 1, "duplicate_events": 1}
        assert len(engine.decisions()) == len(engine.feed()) == 1

    def test_repeats_within_one_batch_are_dropped_too(self, engine: Engine) -> None:
        event = engine.saved()
        result = engine.take(event, event, engine.saved(color="red"), event)
        assert (len(result.decided), result.duplicates) == (2, 2)

    def test_the_same_id_of_another_shop_is_another_event(self, engine: Engine) -> None:
        engine.connect(connected_to("http://127.0.0.1:9", "second"))
        event = engine.saved()
        result = engine.take(event, replace(event, shop="second"))
        assert (len(result.decided), result.duplicates) == (2, 0)


class TestDeadLetters:
    def test_an_unreadable_record_is_a_dead_letter_and_the_rest_goes_on(self, engine: Engine) -> None:
        bad = signed_again(replace(record_of(engine.saved(), 7), value=b"{not JSON"))
        result = engine.take(engine.saved("A"), bad, engine.saved("B"))
        assert (reasons(result), result.dead_lettered) == (["upload new_product"] * 2, 1)
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
        assert engine.take(replace(signed_again(odd), offset=8)).dead_lettered == 1
        assert {letter.reason for letter in letters(engine)} <= {
            "unsigned",
            "wrong_signature",
            "unreadable_event",
        }

    def test_an_event_of_an_unknown_shop_is_a_dead_letter(self, engine: Engine) -> None:
        result = engine.take(engine.saved(shop="nobody"), engine.saved())
        assert (len(result.decided), result.dead_lettered) == (1, 1)
        (letter,) = letters(engine)
        assert (letter.reason, letter.shop) == ("unknown_shop", "nobody")

    def test_a_record_that_fails_alone_is_a_dead_letter_and_the_rest_goes_on(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_rule_for(monkeypatch, "POISON")
        bad = record_of(engine.saved("POISON"), 8)
        result = engine.take(engine.saved("A"), bad, engine.saved("B"))
        assert [decided.event.sku for decided in result.decided] == ["A", "B"]
        (letter,) = letters(engine)
        assert (letter.reason, letter.error_class, letter.value) == (
            "intake_failed", "ZeroDivisionError", bad.value,
        )  # fmt: skip
        assert engine.pending("A").request_number == engine.pending("B").request_number == 1
        assert len(engine.ends()) == 2

    def test_the_same_record_taken_again_is_one_dead_letter(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_rule_for(monkeypatch, "POISON")
        bad = record_of(engine.saved("POISON"), 8)
        unreadable = signed_again(replace(record_of(engine.saved("A"), 9), value=b"{not JSON"))
        assert engine.take(bad, unreadable).dead_lettered == 2
        counts = counted_letters(engine)
        assert engine.take(bad, unreadable).dead_lettered == 0
        assert len(letters(engine)) == 2
        assert counted_letters(engine) == counts == {"intake_failed": 1, "unreadable_event": 1}

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


class TestSignatures:
    """Write access to the topic alone does not make an event trusted."""

    def test_what_is_not_signed_is_never_acted_upon_and_never_lost(self, engine: Engine) -> None:
        record = record_of(engine.saved(), 7)
        bare = replace(record, headers=record.headers[:-1])
        result = engine.take(engine.saved("A"), bare, engine.saved("B"))
        assert (reasons(result), result.dead_lettered) == (["upload new_product"] * 2, 1)
        (letter,) = letters(engine)
        assert (letter.reason, letter.error_class, letter.shop) == ("unsigned", "UnverifiedEvent", "demo")
        assert (letter.key, letter.value, letter.headers) == (bare.key, bare.value, bare.headers)

    @pytest.mark.parametrize(
        "changed",
        [
            {
                "value": b'{"sku":"SHIRT-M","received_at":"2026-11-24T12:00:00+00:00","attributes":{"price":"0.01"}}'
            },
            {"key": b"demo/OTHER"},
            {"headers": (("ce_source", b"/magento/second"),)},
            {"headers": (("ce_type", b"magento.product.deleted"),)},
            {"headers": (("CE_ID", b"evt-unheard-of"),)},
            {"headers": (("m2t-signature", b"v1,AAAAAAAA,AAAA"),)},
        ],
        ids=str,
    )
    def test_what_was_changed_after_it_was_signed_is_a_dead_letter(
        self, engine: Engine, changed: dict[str, Any]
    ) -> None:
        record = record_of(engine.saved(), 7)
        if "headers" in changed:
            changed = {"headers": record.headers + changed["headers"]}
        forged = replace(record, **changed)
        assert engine.take(forged).decided == ()
        (letter,) = letters(engine)
        assert (letter.reason, letter.value, letter.headers) == (
            "wrong_signature",
            forged.value,
            forged.headers,
        )

    def test_what_a_stranger_claims_is_of_no_shop_that_is_not_ours(self, engine: Engine) -> None:
        record = record_of(engine.saved(shop="nobody"), 7)
        engine.take(replace(record, headers=record.headers[:-1]))
        assert [(letter.reason, letter.shop) for letter in letters(engine)] == [("unsigned", None)]

    def test_a_flood_of_forgeries_stops_nothing(self, engine: Engine) -> None:
        forged = [
            Record("magento.product.events", 0, offset, 0, b"demo/X", b"{}", ()) for offset in range(100, 200)
        ]
        result = engine.take(*forged, engine.saved())
        assert (reasons(result), result.dead_lettered) == (["upload new_product"], 100)

    def test_an_id_that_a_forgery_bore_is_free_for_the_event_that_has_it(self, engine: Engine) -> None:
        event = engine.saved()
        record = record_of(event, 7)
        engine.take(replace(record, value=b"{}"))
        assert reasons(engine.take(event)) == ["upload new_product"]

    def test_an_event_signed_with_an_earlier_key_is_believed(self, engine: Engine) -> None:
        newest = Secret("the newest key, forty characters in length")
        engine.intake = engine.new_intake(EventSignatures((newest, KEY)))
        assert reasons(engine.take(engine.saved())) == ["upload new_product"]

    def test_while_signatures_are_not_required_one_without_is_believed_and_that_is_stated(
        self, engine: Engine
    ) -> None:
        engine.intake = engine.new_intake(EventSignatures((KEY,), required=False))
        record = record_of(engine.saved(), 7)
        with capture_logs() as lines:
            result = engine.take(replace(record, headers=record.headers[:-1]), engine.saved("A"))
        assert (len(result.decided), result.dead_lettered) == (2, 0)
        rows = [(line["event"], line["number"]) for line in lines if line["log_level"] == "warning"]
        assert rows == [("unsigned_events_believed", 1)]

    def test_one_that_is_wrong_is_not_believed_even_then(self, engine: Engine) -> None:
        engine.intake = engine.new_intake(EventSignatures((KEY,), required=False))
        engine.take(replace(record_of(engine.saved(), 7), value=b"{}"))
        assert [letter.reason for letter in letters(engine)] == ["wrong_signature"]


class TestDatabaseAway:
    def test_nothing_is_taken_while_the_database_is_away_and_all_of_it_after(
        self, engine: Engine, outage: Outage
    ) -> None:
        batch = [engine.saved("A"), engine.saved("B")]
        outage.begin()
        with pytest.raises(DatabaseAway):
            engine.take(*batch)
        outage.end()
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

    def test_a_database_that_goes_away_before_a_dead_letter_is_stored_has_the_batch_taken_again(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = dead_letters.put

        def breaks(connection: Any, letters: list[DeadLetter]) -> list[DeadLetter]:
            if letters:
                raise OperationalError("INSERT", {}, Exception("disk I/O error"))
            return whole(connection, letters)

        break_rule_for(monkeypatch, "POISON")
        bad = engine.saved("POISON")
        with monkeypatch.context() as patched:
            patched.setattr(dead_letters, "put", breaks)
            with pytest.raises(DatabaseAway):
                engine.take(bad, engine.saved("A"))
        assert engine.take(bad).dead_lettered == 1


class TestWordsThatNoColumnHolds:
    """Databases reject some characters and long texts. That fails the record, and not intake."""

    def test_an_unreadable_record_with_any_sign_in_it_is_a_dead_letter(self, engine: Engine) -> None:
        whole = record_of(engine.saved())
        headers = (
            *((name, value) for name, value in whole.headers if name != "ce_source"),
            ("ce_source", b"/magento/\0"),
        )
        broken = replace(whole, value=b"\0not JSON\0", key=b"\0", headers=headers)
        assert engine.take(broken).dead_lettered == 1
        (letter,) = letters(engine)
        assert (letter.value, letter.key) == (b"\0not JSON\0", b"\0")

    @pytest.mark.parametrize("fields", [{"id": "e" * 5_000}, {"sku": "SHIRT\0M"}, {"entity_id": "4\0 1"}])
    def test_an_event_with_an_identity_that_can_not_be_kept_stops_nothing(
        self, engine: Engine, fields: dict[str, Any]
    ) -> None:
        odd, good = engine.event(**{"attributes": dict(SHIRT), **fields}), engine.saved("GOOD")
        result = engine.take(odd, good)
        assert len(result.decided) + result.dead_lettered == 2
        assert (good.id, None) in engine.ends()

    def test_values_of_a_product_are_kept_as_they_were_shown(self, engine: Engine) -> None:
        engine.save(name="Linen\0shirt \U0001f455", description="x" * 200_000)
        assert engine.product().default["name"] == "Linen\0shirt \U0001f455"
        assert len(engine.product().default["description"]) == 200_000


class TestTwoIntakes:
    def test_records_that_both_process_get_one_end_each_and_no_dead_letter(self, engine: Engine) -> None:
        """A partition was assigned to another process while this one processed its records."""
        rows = [
            record_of(engine.saved(f"SHIRT-{number % 4}", name=f"Shirt {number}"), number)
            for number in range(24)
        ]
        both = threading.Barrier(2)

        def take(intake: Intake) -> int:
            number = 0
            for place in range(0, len(rows), 2):
                both.wait(30)
                number += len(intake.take(rows[place : place + 2]).decided)
            return number

        with capture_logs() as logs, ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(take, [engine.new_intake(), engine.new_intake()])) == len(rows)
        assert [line["event"] for line in logs if line["log_level"] == "error"] == []
        assert letters(engine) == []
        assert len(engine.ends()) == len(rows)
        assert engine.counts()["duplicate_events"] == len(rows)


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

    def test_a_decision_tells_in_which_kafka_record_its_event_came(self, engine: Engine) -> None:
        engine.take(replace(record_of(engine.saved(), 1881), partition=3))
        (row,) = engine.history()
        assert row.details is not None
        assert row.details["record"] == {"topic": "magento.product.events", "partition": 3, "offset": 1881}
