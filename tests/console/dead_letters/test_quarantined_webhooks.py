"""Quarantined webhooks: validated again as at the endpoint, unchanged or edited."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from console.jobs import redrive
from console.web.context import ConsoleContext, Kafka
from consumer.outbox.quarantine_reader import letter_of
from magento.senders.sender import Sender
from operations.dead_letters.redrive import QuarantinedAgain, as_events, preview_redrive
from records.accounts.users import Role
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from records.rules.load_rulebook import RulebookReader
from schemas import quarantined
from schemas.product_event import EventKind, Origin
from tests.console.conftest import Visitor
from tests.console.letters import kafka, letter, on_topic, webhook
from tests.console.pages import html
from tests.consumer.engine import Engine, record_of
from tests.consumer.seller_center import eventually
from tests.example_sender import batch, example_sender
from tests.policies.examples import NOON
from tests.records.examples import BOX, SIGNATURES
from topics.errors import Refused
from topics.event_consumer import Record

__all__ = ["example_sender", "kafka"]

Sign = Callable[..., Visitor]
MASS = {"attributes_data": {"color": "58"}, "product_ids": [41, 42, 43]}


def unsigned(letter: DeadLetter) -> DeadLetter:
    """Return the letter as another program would have written it to the topic, without a signature."""
    record = Record("events.dlq", 0, letter.origin_offset, 1, letter.key, letter.value, letter.headers[:-1])
    forged = letter_of(record, SIGNATURES)
    assert forged is not None
    return forged


def put(database: Database, *letters: DeadLetter) -> None:
    with database.write() as connection:
        dead_letters.put(connection, letters, published_at=NOON)


def still_open(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {group.reason: group.number for group in dead_letters.groups(connection)}


def saved(sku: str, **value: Any) -> bytes:
    return orjson.dumps({"event": "product.saved", "product": {"sku": sku, "color": "58", **value}})


def ended(database: Database, kind: str) -> Callable[[], bool]:
    def has_ended() -> bool:
        with database.read() as connection:
            return jobs.latest(connection, kind)[0].state is JobState.DONE

    return has_ended


# Judged again


def test_its_events_have_the_ids_and_the_time_that_the_door_would_have_given() -> None:
    (product_event,) = as_events(webhook(1, saved("S-1")))
    assert (product_event.id, product_event.kind, product_event.sku, product_event.received_at) == (
        "msg_1",
        EventKind.SAVED,
        "S-1",
        NOON,
    )
    assert product_event.origin is Origin.REPLAY
    many = as_events(webhook(2, orjson.dumps(MASS)))
    assert [(event.id, event.entity_id) for event in many] == [
        ("msg_2/1", "41"),
        ("msg_2/2", "42"),
        ("msg_2/3", "43"),
    ]


def test_a_webhook_is_judged_by_the_sender_that_it_came_from(example_sender: Sender) -> None:
    events = as_events(webhook(1, batch("S-1", "S-2"), sender=example_sender.name))
    assert [(event.id, event.sku) for event in events] == [("evt-S-1", "S-1"), ("evt-S-2", "S-2")]
    with pytest.raises(QuarantinedAgain) as again:
        as_events(webhook(1, saved("S-1"), sender=example_sender.name))
    assert again.value.reason == "not_a_batch"


def test_a_webhook_that_names_no_sender_counts_as_standard() -> None:
    letter = webhook(1, saved("S-1"))
    headers = tuple(header for header in letter.headers if header[0] != quarantined.SENDER)
    record = Record("events.dlq", 0, 1, 1, letter.key, letter.value, headers)
    earlier = letter_of(record, SIGNATURES)
    assert earlier is not None
    assert (earlier.sender, earlier.reason) == ("standard", "names_no_product")
    assert as_events(earlier) == as_events(replace(earlier, sender=None)) == as_events(letter)


def test_a_webhook_of_a_sender_that_is_not_there_any_more_says_so() -> None:
    with pytest.raises(Refused, match="the sender 'example', which this version does not have"):
        as_events(webhook(1, batch("S-1"), sender="example"))


@pytest.mark.parametrize("sender", [b"example", b"standard"])
def test_a_sender_changed_on_the_topic_is_ignored(sender: bytes) -> None:
    letter = webhook(1, saved("S-1"), sender="example" if sender == b"standard" else "standard")
    headers = tuple((name, sender if name == quarantined.SENDER else raw) for name, raw in letter.headers)
    forged = letter_of(Record("events.dlq", 0, 1, 1, letter.key, letter.value, headers), SIGNATURES)
    assert forged is not None
    assert (forged.reason, forged.shop) == ("wrong_signature", None)


@pytest.mark.both_databases
def test_the_row_of_a_webhook_keeps_its_sender(database: Database) -> None:
    put(database, webhook(1, b"[", sender="example"), letter(2))
    with database.read() as connection:
        kept = dead_letters.page(connection, limit=9)
    assert [letter.sender for letter in kept] == [None, "example"]


def test_a_webhook_that_still_cant_be_read_shows_its_new_reason() -> None:
    with pytest.raises(QuarantinedAgain) as again:
        as_events(webhook(1, b"{", reason="names_no_product"))
    assert again.value.reason == "not_json"
    assert "not JSON" in str(again.value)


@pytest.mark.parametrize(
    ("letter", "words", "would_fail"),
    [
        (webhook(1, saved("S-1")), "It is decided again by the policy 'Default' in version 1.", False),
        (webhook(1, orjson.dumps(MASS)), "It becomes 3 events, which are decided again", False),
        (webhook(1, b"{"), "The body is not JSON", True),
        (webhook(1, saved("S-1"), shop="elsewhere"), "There is still no shop 'elsewhere'", True),
    ],
)
def test_the_page_says_what_redriving_would_do(
    engine: Engine, database: Database, letter: DeadLetter, words: str, would_fail: bool
) -> None:
    with database.read() as connection:
        found = preview_redrive(connection, letter, RulebookReader(BOX).read(connection), NOON)
    assert words in found.words
    assert found.would_fail is would_fail


# On the screens


def test_they_stand_among_the_groups_with_a_sample_that_is_masked_and_bounded(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    secret = "whsec_" + "k" * 32
    body = orjson.dumps({"product": {"name": "Mug"}, "api_key": secret, "more": "x" * 9_000})
    put(database, webhook(1, body), webhook(2, b"{", reason="not_json"), webhook(3, body))
    ada = visitor()
    page = html(ada, "/dead-letters")
    assert "Dead letters (3)" in page
    assert page.index("names no product") < page.index("not json")
    assert "Add one of them in Magento" in page
    sample = html(ada, "/dead-letters/reason/names_no_product")
    assert "A sample: the newest, 9" in sample and "cut short" in sample
    assert "Mug" in sample and secret not in sample and "x" * 2_001 not in sample
    whole = html(ada, "/dead-letters/1")
    assert secret not in whole
    assert "It is sent unchanged" in whole and 'name="value"' not in whole, "nobody edits what is masked"
    assert "First failed" in whole and "msg_1" in whole


def test_while_no_more_are_recorded_the_page_says_so(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, replace(webhook(1, b"{"), origin_topic=kafka.dead_letters_topic))
    assert "no more are recorded" not in html(visitor(), "/dead-letters")
    monkeypatch.setattr(dead_letters, "MOST_OPEN", 1)
    assert "no more are recorded" in html(visitor(name="Bo"), "/dead-letters")


def test_a_job_redrives_all_webhooks_of_a_reason_and_counts_those_quarantined_again(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    put(
        database,
        *(webhook(number, saved(f"S-{number}")) for number in range(1, 24)),
        webhook(30, b"{"),
        webhook(31, orjson.dumps({"product": {"name": "Mug"}})),
        webhook(32, orjson.dumps(MASS)),
    )
    editor = visitor(Role.EDITOR)
    page = editor.post("/dead-letters/reason/names_no_product/redrive", {"rate": "500"}).headers["Location"]
    eventually(ended(database, "redrive"))
    events = on_topic(kafka)
    assert [event.id for event in events] == [
        *(f"msg_{number}" for number in range(1, 24)),
        "msg_32/1",
        "msg_32/2",
        "msg_32/3",
    ]
    assert still_open(database) == {"not_json": 1, "names_no_product": 1}
    found = html(editor, page)
    assert "24 done, 2 failed, of 26" in found
    assert "1: not json" in found and "1: names no product" in found
    assert "The body is not JSON" in html(editor, "/dead-letters/24")


def test_a_job_that_was_killed_after_it_had_sent_sends_again_and_each_event_counts_once(
    engine: Engine,
    database: Database,
    console_context: ConsoleContext,
    kafka: Kafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(database, webhook(1, saved("S-1")), webhook(2, saved("S-2")))

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with database.write() as connection:
        document = {"reason": "names_no_product", "up_to": 2, "rate": 500}
        jobs.ask(connection, "redrive", document, author="Ada", now=NOON)
        job = jobs.claim(connection, "redrive", now=NOON)
    assert job is not None
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(redrive, "settled", killed)
        redrive.run(console_context, job, lambda *_: None)
    assert still_open(database) == {"names_no_product": 2}, "nothing is lost"
    assert redrive.run(console_context, job, lambda *_: None)["redriven"] == 2
    events = on_topic(kafka)
    assert [event.id for event in events] == ["msg_1", "msg_2", "msg_1", "msg_2"]
    result = engine.take(*(record_of(event, number) for number, event in enumerate(events)))
    assert (len(result.decided), result.duplicates) == (2, 2)


def test_an_edited_webhook_is_redriven(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    put(database, webhook(1, b'{"product": {"name": "Mug"}}'))
    editor = visitor(Role.EDITOR)
    wrong = editor.post("/dead-letters/1/redrive", {"value": '{"product": {}}'})
    assert wrong.status_code == 422 and "Neither sku nor entity_id" in wrong.get_data(as_text=True)
    assert editor.post("/dead-letters/1/redrive", {"value": saved("S-9").decode()}).status_code == 303
    (event,) = on_topic(kafka)
    assert (event.id, event.sku) == ("msg_1", "S-9")
    assert still_open(database) == {}


def test_a_webhook_quarantined_again_stays_open_with_its_new_reason(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    put(database, webhook(1, b'{"sku": '))
    answer = visitor(Role.EDITOR).post("/dead-letters/1/redrive", {"value": '{"sku": '})
    assert answer.status_code == 422 and "not JSON" in answer.get_data(as_text=True)
    assert still_open(database) == {"not_json": 1}


def test_line_endings_changed_by_a_browser_are_not_an_edit(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    raw = b'{"sku": "S-1",\n "name": "a"}'
    put(database, webhook(1, raw))
    shown = raw.decode().replace("\n", "\r\n")
    assert visitor(Role.EDITOR).post("/dead-letters/1/redrive", {"value": shown}).status_code == 303
    assert [event.sku for event in on_topic(kafka)] == ["S-1"]


def test_all_webhooks_of_a_reason_are_discarded_with_one_note(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    put(database, *(webhook(number, b"{") for number in range(1, 6)), webhook(9, b"{", reason="not_json"))
    editor = visitor(Role.EDITOR)
    nothing = editor.post("/dead-letters/reason/names_no_product/discard")
    assert nothing.status_code == 422 and "Enter a reason for discarding it" in nothing.get_data(as_text=True)
    page = editor.post("/dead-letters/reason/names_no_product/discard", {"note": "a test template"}).headers[
        "Location"
    ]
    eventually(ended(database, "discard"))
    assert still_open(database) == {"not_json": 1}
    with database.read() as connection:
        rows = [dead_letters.get(connection, number) for number in range(1, 6)]
    assert {(row.settled, row.settled_note, row.settled_by) for row in rows if row is not None} == {
        ("discarded", "a test template", "An editor (console)")
    }
    assert "Discarding dead letters" in html(editor, page) and "5 done" in html(editor, page)


def test_a_viewer_sees_them_and_does_neither(engine: Engine, database: Database, visitor: Sign) -> None:
    put(database, webhook(1, b"{"))
    viewer = visitor(Role.VIEWER)
    for act in ("redrive", "discard"):
        for path in ("/dead-letters/reason/names_no_product", "/dead-letters/1"):
            assert viewer.post(f"{path}/{act}", {"note": "x"}).status_code == 403
    page = html(viewer, "/dead-letters/reason/names_no_product")
    assert "Discard with this note" not in page and "Start redriving" not in page


def test_a_webhook_that_the_door_did_not_sign_goes_again_only_by_a_persons_word(
    engine: Engine, database: Database, visitor: Sign, kafka: Kafka
) -> None:
    put(database, unsigned(webhook(1, saved("SHIRT-1"))), unsigned(webhook(2, b"{")))
    assert still_open(database) == {"unsigned": 2}
    editor = visitor(Role.EDITOR)
    page = html(editor, "/dead-letters/1")
    assert "You vouch for it in place of a signature. It is decided again" in page
    assert editor.post("/dead-letters/1/redrive").status_code == 303
    assert [event.sku for event in on_topic(kafka)] == ["SHIRT-1"], "signed, and believed"
    assert editor.post("/dead-letters/2/redrive").status_code == 422
    assert still_open(database) == {"unsigned": 1}, "that nobody signed it stays its reason"


def test_an_event_is_no_webhook_whatever_headers_a_stranger_gave_it(engine: Engine) -> None:
    record = record_of(engine.saved("SHIRT-1"), 7)
    forged = {
        "m2t-dlq-shop": b"second",
        "m2t-dlq-reason": b"not_json",
        "m2t-dlq-first-failed-at": b"2026-11-24",
    }
    letter = replace(
        webhook(1, record.value or b""), headers=(*record.headers, *forged.items()), error_class="X"
    )
    (event,) = as_events(letter)
    assert (event.shop, event.sku) == ("demo", "SHIRT-1")


LARGE = orjson.dumps({"sku": "SHIRT-1", "description": "x" * 100_000})


def test_a_webhook_of_which_only_the_start_was_kept_is_not_redriven(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    put(database, webhook(1, LARGE, reason="record_too_large"))
    editor = visitor(Role.EDITOR)
    page = html(editor, "/dead-letters/1")
    assert "Only the start of its body was kept: it had 100,034 bytes" in page
    assert "only its start; 100,034 bytes were received" in page
    assert hashlib.sha256(LARGE).hexdigest() in page
    assert 'action="/dead-letters/1/redrive"' not in page
    answer = editor.post("/dead-letters/1/redrive", {})
    assert answer.status_code == 422
    assert "Save its products in Magento again" in answer.text
    assert still_open(database) == {"record_too_large": 1}


def test_a_person_may_redrive_a_whole_body_in_place_of_its_start() -> None:
    letter = webhook(1, LARGE, reason="record_too_large")
    (event,) = as_events(letter, LARGE)
    assert event.sku == "SHIRT-1"


def test_a_webhook_quarantined_without_its_images_is_redriven_and_says_what_is_missing(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    raw = b'{"sku":"SHIRT-1","name":"Shirt","media_gallery_entries":[{"content":{"base64_encoded_data":"aGk="}}]}'
    letter = webhook(1, raw)
    put(database, letter)
    assert "all but the content of uploaded files" in html(visitor(Role.EDITOR), "/dead-letters/1")
    (event,) = as_events(letter)
    assert event.attributes["name"] == "Shirt"


def test_a_kept_mark_that_was_removed_on_the_topic_is_noticed() -> None:
    letter = webhook(1, LARGE, reason="record_too_large")
    headers = tuple(header for header in letter.headers if not header[0].startswith("m2t-dlq-kept"))
    forged = letter_of(Record("events.dlq", 0, 1, 1, letter.key, letter.value, headers), SIGNATURES)
    assert forged is not None
    assert forged.reason == "wrong_signature"
