"""Dead letters: grouped by reason, redriven as a job or one by one, edited, or discarded with a note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from kafka import KafkaProducer
from playwright.sync_api import Page, expect

from console.app import create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext, Kafka
from operations.dead_letters.redrive import as_event
from records.accounts.users import Role
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.log import dead_letters
from schemas.product_event import Origin, to_record
from schemas.secret import Secret
from tests.console.conftest import NOWHERE, Visitor
from tests.console.letters import kafka, letter, on_topic, put
from tests.console.pages import html
from tests.consumer.engine import Engine
from tests.consumer.seller_center import eventually
from tests.policies.examples import NOON
from tests.records.examples import SIGNATURES

__all__ = ["kafka"]

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]


def test_letters_are_grouped_by_reason_with_its_meaning(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    put(database, letter(1), letter(2), letter(3, shop="elsewhere", reason="unknown_shop"))
    page = html(visitor(), "/dead-letters")
    assert "Dead letters (3)" in page
    assert page.index("intake failed") < page.index("unknown shop"), "the most frequent first"
    assert "Connect it, then redrive" in page


def test_with_none_it_says_so(visitor: Sign) -> None:
    assert "every event was processed" in html(visitor(), "/dead-letters")


def test_the_page_says_what_redriving_would_do(engine: Engine, database: Database, visitor: Sign) -> None:
    put(database, letter(1), letter(2, value=b"{"), letter(3, shop="elsewhere"))
    page = html(visitor(), "/dead-letters/reason/intake_failed")
    assert "1: It is decided again by the policy &#39;Default&#39; in version 1." in page
    assert "1: It can&#39;t be read" in page
    assert "1: There is still no shop &#39;elsewhere&#39;" in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unsigned", "has no signature of this system"),
        ("wrong_signature", "Find out who can write to the topic"),
    ],
)
def test_an_unsigned_letter_is_signed_when_a_person_redrives_it(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka, reason: str, words: str
) -> None:
    whole = letter(1, reason=reason)
    forged = {"unsigned": whole.headers[:-1], "wrong_signature": (*whole.headers, ("ce_id", b"evt-1b"))}
    put(database, replace(whole, headers=forged[reason]))
    editor = visitor(Role.EDITOR)
    assert words in html(editor, f"/dead-letters/reason/{reason}")
    page = html(editor, "/dead-letters/1")
    assert words in page
    assert "You vouch for it in place of a signature. It is decided again" in page
    assert on_topic(kafka) == [], "nothing goes by itself"
    assert editor.post("/dead-letters/1/redrive").status_code == 303
    (event,) = on_topic(kafka)
    assert (event.sku, event.origin) == ("SHIRT-1", Origin.REPLAY)
    with database.read() as connection:
        value = dead_letters.get(connection, 1)
    assert value is not None and value.settled_by == "An editor (console)"


def test_a_job_redrives_all_letters_of_a_reason_and_keeps_those_it_cant_send(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    put(database, *(letter(number) for number in range(1, 45)), letter(50, value=b"{"))
    editor = visitor(Role.EDITOR)
    page = editor.post("/dead-letters/reason/intake_failed/redrive", {"rate": "500"}).headers["Location"]

    def ended() -> bool:
        with database.read() as connection:
            return jobs.latest(connection, "redrive")[0].state is JobState.DONE

    eventually(ended)
    events = on_topic(kafka)
    assert [event.replay_of for event in events] == [f"evt-{number}" for number in range(1, 45)]
    assert len({event.id for event in events}) == 44
    assert {event.received_at for event in events} == {NOON}, "its own time stays"
    assert "44 done, 1 failed, of 45" in html(editor, page)
    with database.read() as connection:
        assert [letter.id for letter in dead_letters.page(connection, limit=9)] == [45]
        value = dead_letters.get(connection, 1)
    assert value is not None
    assert (value.settled, value.settled_by) == ("redriven", "An editor (console)")


def test_a_letter_redriven_twice_is_one_event(engine: Engine, database: Database, kafka: Kafka) -> None:
    put(database, letter(1))
    with database.read() as connection:
        value = dead_letters.get(connection, 1)
    assert value is not None
    assert as_event(value).id == as_event(value).id != "evt-1"


def test_an_edited_letter_goes_as_it_was_edited(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    put(database, letter(1, value=b"{"))
    editor = visitor(Role.EDITOR)
    wrong = editor.post("/dead-letters/1/redrive", {"value": "[]"})
    assert wrong.status_code == 422 and "not an object" in wrong.get_data(as_text=True)
    right = '{"sku": "SHIRT-9", "received_at": "2026-11-24T12:00:00+00:00", "attributes": {"color": "58"}}'
    assert editor.post("/dead-letters/1/redrive", {"value": right}).status_code == 303
    (event,) = on_topic(kafka)
    assert (event.sku, event.attributes) == ("SHIRT-9", {"color": "58"})


def test_a_discarded_letter_says_by_whom_and_why(engine: Engine, database: Database, visitor: Sign) -> None:
    put(database, letter(1))
    editor = visitor(Role.EDITOR)
    assert "Enter a reason for discarding it" in editor.post("/dead-letters/1/discard").get_data(as_text=True)
    editor.post("/dead-letters/1/discard", {"note": "a test of ours"})
    page = html(editor, "/dead-letters/1")
    assert "discarded" in page and "a test of ours" in page and "An editor (console)" in page
    assert "Redrive" not in page


def test_redriving_an_exhausted_listing_requests_its_sync(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    engine.save("SHIRT-1")
    product_id = engine.product("SHIRT-1").id
    given_up = replace(
        letter(1, reason="exhausted"), origin_topic="pending_syncs", origin_offset=product_id, value=None
    )
    put(database, given_up)
    editor = visitor(Role.EDITOR)
    editor.post("/dead-letters/reason/exhausted/redrive")

    def requested() -> bool:
        row = engine.pending("SHIRT-1")
        return row is not None and row.requested

    eventually(requested)


def test_without_kafka_nothing_is_lost(
    engine: Engine, database: Database, console_context: ConsoleContext, enrolled: Callable[[Role, str], str]
) -> None:
    put(database, letter(1))
    app = create_app(replace(console_context, kafka=NOWHERE), Secret("a key of the tests alone, 32 signs"))
    client = app.test_client()
    client.set_cookie(COOKIE, enrolled(Role.EDITOR, "Ed"))
    editor = Visitor(client, "")
    answer = editor.post("/dead-letters/1/redrive")
    assert answer.status_code == 422
    assert "Kafka at 127.0.0.1:9 can&#39;t be reached" in answer.get_data(as_text=True)
    page = editor.post("/dead-letters/reason/intake_failed/redrive").headers["Location"]
    eventually(lambda: "Kafka at 127.0.0.1:9" in html(editor, page))
    with database.read() as connection:
        assert len(dead_letters.page(connection, limit=9)) == 1


def test_a_dead_letter_is_redriven_in_the_browser(
    engine: Engine, database: Database, page: Page, kafka: Kafka
) -> None:
    put(database, letter(1), letter(2))
    page.goto("/dead-letters")
    page.get_by_role("link", name="intake failed").press("Enter")
    page.get_by_role("button", name="Start redriving").press("Enter")
    expect(page.get_by_text("2 done")).to_be_visible()
    expect(page.get_by_text("done, requested by Ada")).to_be_visible()
    assert [event.sku for event in on_topic(kafka)] == ["SHIRT-1", "SHIRT-2"]


def test_the_queue_shows_what_each_listing_waits_for(engine: Engine, visitor: Sign) -> None:
    ada = visitor()
    assert "The queue is empty" in html(ada, "/pending")
    engine.save("SHIRT-1")
    page = html(ada, "/pending")
    assert "Queue (1)" in page and "SHIRT-1" in page and "the consumer will sync it next" in page
    assert "SHIRT-1" in html(ada, "/pending?format=csv")


def test_a_draft_is_simulated_over_the_recorded_events(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    producer = KafkaProducer(**kafka.connection)
    for number in range(6):
        event = engine.saved("SHIRT-1", color="58", size=str(number))
        key, value, headers = to_record(event, SIGNATURES)
        producer.send(kafka.events_topic, value, key, headers).get(timeout=10)
    producer.close()
    editor = visitor(Role.EDITOR)
    draft = (
        "synchronization_policies:\n- {title: Default, product_upload: true, product_update: true, "
        "only_specific_attributes: true, observed_attributes: [color]}\n"
    )
    page = editor.post("/simulate", {"draft": draft, "hours": "168"}).headers["Location"]

    def ended() -> bool:
        with database.read() as connection:
            return jobs.latest(connection, "simulate")[0].state.ended

    eventually(ended)
    found = html(editor, page)
    assert "1 product would change" in found, found
    assert "skip no observed attribute changed" in found
    assert "TikTok calls, at most" in found and "create" in found
    assert "At 5 calls per second, the draft&#39;s calls take about" in found


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("synchronization_policies: [", "line 1: expected the node content"),
        ("shops: []", "A draft contains one or more of"),
        ("synchronization_policies:\n- {title: Default, inventory_price_sync: true}", "needs Product Update"),
        ("!!python/object/apply:os.system [id]", "could not determine a constructor"),
    ],
)
def test_a_draft_with_a_fault_is_shown_and_kept(
    engine: Engine, visitor: Sign, draft: str, words: str
) -> None:
    answer = visitor().post("/simulate", {"draft": draft})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_a_draft_is_stored_by_its_review(engine: Engine, visitor: Sign) -> None:
    page = html(visitor(), "/simulate")
    assert "title: Default" in page
    draft = "synchronization_policies:\n- {title: Default, product_update: true}\n"
    review = visitor(name="Bob").post("/simulate", {"draft": draft, "op": "store"})
    assert "what changes" in review.get_data(as_text=True)
