"""Events: each is stored once and ends once."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from records.db.database import Database
from records.log import events
from records.log.events import End, Ending
from tests.policies.examples import NOON, at
from tests.records.examples import located, take_event


def ends(connection: Connection, *names: str) -> dict[str, tuple[str | None, str | None]]:
    """Return each event's end, and the event that it was coalesced into."""
    rows = {name: events.get(connection, "demo", name) for name in names}
    return {name: (row.end, row.into_id) for name, row in rows.items()}


@pytest.fixture
def product_id(database: Database) -> int:
    with database.write() as connection:
        return located(connection, "41", "S").id


@pytest.mark.parametrize("end", [End.APPLIED, End.REJECTED, End.REFUSED_HERE])
def test_the_newest_event_gets_the_end_and_the_others_are_coalesced_into_it(
    database: Database, product_id: int, end: End
) -> None:
    with database.write() as connection:
        for number in (1, 2, 3):
            take_event(connection, f"e{number}", product_id, request_number=number)
        ended = events.finish(connection, [Ending(product_id, 3, end)], now=at(9))
        assert ended == {product_id: ["e3", "e2", "e1"]}
        assert ends(connection, "e1", "e2", "e3") == {
            "e1": ("coalesced", "e3"),
            "e2": ("coalesced", "e3"),
            "e3": (end.value, None),
        }
        assert events.get(connection, "demo", "e1").ended_at == at(9)


@pytest.mark.parametrize("end", [End.SUPERSEDED, End.DEAD_LETTERED])
def test_any_other_end_is_given_to_all_events(database: Database, product_id: int, end: End) -> None:
    with database.write() as connection:
        for number in (1, 2):
            take_event(connection, f"e{number}", product_id, request_number=number)
        events.finish(connection, [Ending(product_id, 2, end)], now=at(9))
        assert ends(connection, "e1", "e2") == {"e1": (end.value, None), "e2": (end.value, None)}


def test_only_open_events_of_the_product_up_to_the_request_number_end(
    database: Database, product_id: int
) -> None:
    with database.write() as connection:
        other = located(connection, "42", "T").id
        take_event(connection, "before", product_id, request_number=1)
        take_event(connection, "skipped", product_id, end=End.FILTERED, ended_at=NOON)
        take_event(connection, "newer", product_id, request_number=2)
        take_event(connection, "others", other, request_number=1)
        applied, rejected = (Ending(product_id, 1, end) for end in (End.APPLIED, End.REJECTED))
        assert events.finish(connection, [applied], now=at(1)) == {product_id: ["before"]}
        assert events.finish(connection, [rejected], now=at(2)) == {product_id: []}
        assert ends(connection, "before", "skipped", "newer", "others") == {
            "before": ("applied", None),
            "skipped": ("filtered", None),
            "newer": (None, None),
            "others": (None, None),
        }
        assert events.open_ids(connection, [product_id, other]) == {product_id: ["newer"], other: ["others"]}


def test_an_event_is_identified_by_shop_and_id(database: Database, product_id: int) -> None:
    with database.write() as connection:
        take_event(connection, "e1", product_id)
        keys = [("demo", "e1"), ("other", "e1"), ("demo", "e2")]
        assert events.stored(connection, keys) == {("demo", "e1"): None}
        assert events.stored(connection, []) == {}
        assert events.get(connection, "other", "e1") is None


def test_the_same_event_cannot_be_stored_twice(database: Database, product_id: int) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        take_event(connection, "e1", product_id)
        take_event(connection, "e1", product_id)


def test_ends_and_duplicates_are_counted(database: Database, product_id: int) -> None:
    with database.write() as connection:
        assert events.counts(connection) == {}
        take_event(connection, "e1", product_id, request_number=1)
        take_event(connection, "e2", product_id, end=End.FILTERED, ended_at=NOON)
        events.count(connection, events.DUPLICATES, "demo", 2)
        events.count(connection, events.DUPLICATES, "demo", 3)
        events.count(connection, events.DUPLICATES, "other", 1)
        assert events.counts(connection) == {"open": 1, "filtered": 1, "duplicate_events": 6}
