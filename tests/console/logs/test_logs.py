"""The two logs: filters, live view, the notice that a log is off, and no secrets."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from console.logs.curl import as_curl
from console.logs.filters import by_time
from console.web.json_view import DEEPEST, MOST_NODES, Node, json_view
from console.web.masking import MASK, masked
from records.accounts.users import Role
from records.db.database import Database
from records.log import activity, dead_letters, feeds, log_search
from records.log.activity import ActivityRow
from records.log.dead_letters import DeadLetter
from records.log.feeds import FeedRow
from records.log.log_search import WINDOW, LogSearch
from records.log.tables import activity as activity_table
from schemas.listing import OutcomeKind
from tests.console.conftest import Visitor
from tests.console.log_rows import NOW, exchanged, happened
from tests.console.pages import html
from tests.consumer.engine import Engine

Sign = Callable[..., Visitor]


def dead_letter(words: str) -> DeadLetter:
    return DeadLetter(
        "demo", "magento.product.events", 0, 1, 0, b"k", b"{}", (), "intake_failed", "ValueError", words, NOW
    )


def put(database: Database, *rows: ActivityRow | FeedRow) -> None:
    with database.write() as connection:
        activity.put(connection, [row for row in rows if isinstance(row, ActivityRow)])
        feeds.put(connection, [row for row in rows if isinstance(row, FeedRow)])


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("level=error", {3}),
        ("level=warning", {2, 3}),
        ("action=sync", {4}),
        ("reason=update_off", {5}),
        ("actor=person", {6}),
        ("event_id=evt-7", {7}),
        ("since=2026-11-26T12:00:06", {6, 7, 8}),
        ("until=2026-11-26T12:00:01", {0, 1}),
        ("since=2026-11-26T12:00:02&until=2026-11-26T12:00:03", {2, 3}),
        ("level=warning&action=skip", {2, 3}),
        ("sku=NOWHERE", set()),
        ("", set(range(9))),
    ],
)
@pytest.mark.both_databases
def test_activity_is_found_by_any_filter(
    engine: Engine, database: Database, visitor: Sign, query: str, shown: set[int]
) -> None:
    special: dict[int, dict[str, Any]] = {
        2: {"level": "warning"}, 3: {"level": "error"}, 4: {"action": "sync"}, 5: {"reason": "update_off"},
        6: {"actor": "person"},
    }  # fmt: skip
    put(database, *(happened(number, **special.get(number, {})) for number in range(9)))
    page = html(visitor(), f"/activity?{query}")
    assert {number for number in range(9) if f"Message {number}." in page} == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("failed=1", {2, 3, 4}),
        ("direction=in", {5}),
        ("operation=create", {6}),
        ("request_id=req-7", {7}),
        ("event_id=evt-7", {7}),
        ("", set(range(8))),
    ],
)
@pytest.mark.both_databases
def test_calls_are_found_by_any_filter(
    engine: Engine, database: Database, visitor: Sign, query: str, shown: set[int]
) -> None:
    special: dict[int, dict[str, Any]] = {
        2: {"http_status": None, "code": None}, 3: {"http_status": 503},
        4: {"code": 12052700},
        5: {"direction": "in", "operation": "saved", "http_status": 202, "code": None}, 6: {"operation": "create"},
    }  # fmt: skip
    put(
        database,
        *(exchanged(number, milliseconds=7000 + number, **special.get(number, {})) for number in range(8)),
    )
    page = html(visitor(), f"/feed?{query}")
    assert {number for number in range(8) if f"7,00{number} ms" in page} == shown


@pytest.mark.parametrize(
    ("row", "says", "never"),
    [
        ({"http_status": 202}, ["Webhook in", "HTTP 202"], ["no webhook"]),
        ({"http_status": None, "failed": False}, ["Event in", "no webhook"], ["no answer", "Webhook in"]),
        ({"http_status": 202, "failed": True}, ["HTTP 202"], ["TikTok rejected", "TikTok did not"]),
    ],
    ids=["a webhook", "an event of a sweep", "a quarantined webhook"],
)
def test_a_row_in_says_how_the_event_came(
    engine: Engine, database: Database, visitor: Sign, row: dict[str, Any], says: list[str], never: list[str]
) -> None:
    put(database, exchanged(direction="in", operation="saved", code=None, response=None, **row))
    ada = visitor()
    log = html(ada, "/feed").split('id="log"')[1]
    page = html(ada, "/feed/1").split("<main")[1]
    assert all(words in log and words in page for words in says)
    assert not any(words in log or words in page for words in never)


@pytest.mark.both_databases
def test_pages_stand_still_while_rows_come(engine: Engine, database: Database, visitor: Sign) -> None:
    put(database, *(happened(number) for number in range(70)))
    ada = visitor()
    first = html(ada, "/activity")
    put(database, happened(99))
    older = html(ada, first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    assert "Message 20." in first and "Message 19." not in first
    assert "Message 19." in older and "Message 20." not in older


@pytest.mark.both_databases
def test_a_rare_filter_without_an_index_says_how_far_back_it_has_looked(database: Database) -> None:
    rows = [happened(0, actor="person"), *(happened(number) for number in range(1, WINDOW + 10))]
    put(database, *rows)
    search = LogSearch("demo", 50, equal={"actor": "person"})
    with database.read() as connection:
        first = log_search.search(connection, activity_table, search)
        assert (first.rows, first.window) == ((), True)
        second = log_search.search(
            connection, activity_table, LogSearch("demo", 50, first.older, equal=search.equal)
        )
    assert [row["message"] for row in second.rows] == ["Message 0."]
    assert second.older is None


def test_a_moment_that_is_none_is_stated_and_does_no_harm(engine: Engine, visitor: Sign) -> None:
    assert "since is not a date" in html(visitor(), "/activity?since=yesterday")


@pytest.mark.parametrize(
    ("path", "switch", "words"),
    [
        ("/activity", "activity_log", "Activity Log is off for this shop since version 2"),
        ("/feed", "feed_log", "Synchronization Feed Log is off for this shop since version 2"),
    ],
)
def test_a_log_that_is_off_says_so(engine: Engine, visitor: Sign, path: str, switch: str, words: str) -> None:
    assert "is off" not in html(visitor(), path)
    engine.policy(activity_log=switch != "activity_log", feed_log=switch != "feed_log")
    assert words in html(visitor(name="Bob"), path)


def test_a_call_is_shown_with_the_meaning_of_its_code(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    put(database, exchanged(code=12052261, message="title too long", response='{"code": 12052261}'))
    page = html(visitor(), "/feed/1")
    assert "Shorten or reword" in page
    assert "curl -X POST" in page
    assert "req-0" in page
    assert visitor(name="Bob").get("/feed/4711").status_code == 404


SECRETS = ("TTP_abcdefghijkl1234567", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=", "s3cr3t-value-01234567")


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "s3cr3t-value-0123456789", "refresh_token":"s3cr3t-value-0123456789"}',
        '{"data": {"app_secret" : "s3cr3t-value-0123456789"}}',
        "GET /x?app_key=k&sign=s3cr3t-value-0123456789&access_token=s3cr3t-value-0123456789",
        "x-tts-access-token: s3cr3t-value-0123456789",
        '{"message": "token TTP_abcdefghijkl1234567 is wrong"}',
        "the secret whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo= does not fit",
        "Authorization: Bearer s3cr3t-value-0123456789",
        r'{"body": "{\"access_token\":\"s3cr3t-value-0123456789\"}"}',
        '{"refresh_tokens": ["s3cr3t-value-0123456789", "s3cr3t-value-0123456789"]}',
        "{'access_token': 's3cr3t-value-0123456789'}",
        "next=https%3A%2F%2Fx%3Faccess_token%3Ds3cr3t-value-0123456789%26a",
        '{"webhook_secret": "s3cr3t-value-0123456789"}',
        '{"appSecret": "s3cr3t-value-0123456789"}',
        '{"shop_cipher": "s3cr3t-value-0123456789"}',
        "shop_cipher=s3cr3t-value-0123456789",
        "bad access_token: s3cr3t-value-0123456789",
        '{"access_token": "s3cr3t-value-01234567',
    ],
)
def test_no_secret_leaves_a_page_whatever_was_quoted(
    engine: Engine, database: Database, visitor: Sign, text: str
) -> None:
    put(database, exchanged(request=text, response=text, message=text, code=1), happened(message=text))
    ada = visitor()
    for path in ("/feed/1", "/feed", "/activity", "/feed/1?format=txt"):
        page = html(ada, path)
        assert not [secret for secret in SECRETS if secret in page], path
    for path in ("/feed", "/activity"):
        for form in ("csv", "json"):
            page = html(ada, f"{path}?format={form}")
            assert MASK in page and not [secret for secret in SECRETS if secret in page], (path, form)
    assert MASK in masked(text)


def test_no_message_with_a_secret_leaves_a_page_of_a_product_or_a_dead_letter(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    words = "token TTP_abcdefghijkl1234567 is wrong"
    engine.save("S")
    engine.put_on_tiktok("S", last_outcome=OutcomeKind.REJECTED, last_message=words)
    put(database, happened(product_id=1, message=words), exchanged(product_id=1, message=words, code=1))
    with database.write() as connection:
        dead_letters.put(connection, [dead_letter(words)])
    ada = visitor()
    paths = (
        "/products", "/products?format=csv", "/products/1", "/dead-letters", "/dead-letters?format=json",
        "/dead-letters/1", "/dead-letters/reason/intake_failed",
    )  # fmt: skip
    for path in paths:
        page = html(ada, path)
        assert "TTP_abcdefghijkl" not in page, path


def test_texts_without_secrets_stay_readable() -> None:
    text = '{"sku": "SIGN-1", "name": "token of love", "design": "Secret: x", "price": {"amount": "9.90"}}'
    assert masked(text) == text


def test_a_shell_can_read_the_curl_command() -> None:
    line = as_curl(exchanged(request='{"title": "it\'s $HOME `x`"}'), "https://api.example", "17")
    assert line is not None
    assert "https://api.example/product/202309/products/17/prices/update?" in line
    assert """'{"title": "it'"'"'s $HOME `x`"}'""" in line
    assert as_curl(exchanged(direction="in", operation="saved"), "https://api.example", None) is None


def test_the_curl_command_of_a_read_asks_for_the_version_under_review() -> None:
    line = as_curl(exchanged(operation="get", request=""), "https://api.example", "17") or ""
    assert "sign=$SIGN&return_under_review_version=true" in line


def test_a_page_is_in_the_order_of_time_even_where_rows_were_recorded_later() -> None:
    rows = [
        {"id": number, "at": NOW + timedelta(seconds=seconds)} for number, seconds in ((3, 0), (2, 9), (1, 0))
    ]
    assert [row["id"] for row in by_time(rows)] == [2, 3, 1]


def test_the_curl_line_has_variables_where_secrets_were() -> None:
    text = '{"access_token": "s3cr3t-value-0123456789", "appSecret": "s3cr3t-value-0123456789"}'
    line = as_curl(exchanged(request=text), "https://api.example", "17") or ""
    assert """'{"access_token": "'"$ACCESS_TOKEN"'", "appSecret": "'"$APP_SECRET"'"}'""" in line
    assert "s3cr3t" not in line and MASK not in line


def nodes(node: Node) -> int:
    return 1 + sum(nodes(child) for child in node.children)


def test_json_is_folded_within_bounds() -> None:
    assert json_view("not json") is None
    wide = json_view("[" + ",".join("1" * 1 for _ in range(10_000)) + "]")
    deep = json_view("[" * 200 + "]" * 200)
    assert wide is not None and nodes(wide) <= MOST_NODES + 1 and wide.left_out == 10_000 - MOST_NODES
    assert deep is not None and nodes(deep) <= DEEPEST + 2


@pytest.mark.parametrize(
    "path",
    [
        "/activity?live=1&after=1",
        "/activity?live=1&endpoint=x",
        "/activity/newer/0?endpoint=x&after=1",
        "/feed?live=1&after=1&endpoint=x",
        "/feed/newer/0?endpoint=x",
        "/activity?since=0001-01-01T00:00%2B14:00",
        "/activity?until=9999-12-31T23:59-14:00",
        "/feed?since=0001-01-01T00:00%2B14:00&until=9999-12-31T23:59-14:00",
        "/activity?sku=%00&event_id=%00",
    ],
)
@pytest.mark.both_databases
def test_no_address_makes_a_log_fail(engine: Engine, visitor: Sign, path: str) -> None:
    assert visitor().get(path).status_code == 200


HUGE = "99999999999999999999999"


@pytest.mark.both_databases
def test_no_number_is_too_large_for_any_page(app: Flask, engine: Engine, visitor: Sign) -> None:
    """Every route answers 404 for an id that is larger than any row's."""
    ada = visitor()
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or "sign_in" in rule.endpoint:
            continue
        path = re.sub(r"<[^>]*>", "1", re.sub(r"<int:[^>]*>", HUGE, rule.rule))
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if method == "POST":
                if HUGE in path:
                    assert ada.post(path).status_code == 404, path
                continue
            arguments = f"?before={HUGE}&after={HUGE}"
            assert ada.get(f"{path}{arguments}").status_code < 500, f"{path}{arguments}"
            assert ada.get(path).status_code in ((404,) if HUGE in path else range(200, 500)), path


@pytest.mark.parametrize(
    "path", ["/activity", "/feed", "/products", "/people/audit", "/dead-letters/reason/x"]
)
@pytest.mark.both_databases
def test_a_page_below_a_number_that_no_row_can_have_is_none(engine: Engine, visitor: Sign, path: str) -> None:
    answer = visitor().get(f"{path}?before={HUGE}")
    assert answer.status_code == 404
    assert "There is no row with this number" in answer.get_data(as_text=True)


def test_a_huge_call_is_a_small_page_and_a_complete_file(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    body = json.dumps({f"{number}": hashlib.sha256(b"%d" % number).hexdigest() for number in range(20_000)})
    put(database, exchanged(request=body, response=body), exchanged(request=body[:-1], response="x" + body))
    ada = visitor()
    for number in (1, 2):
        page = html(ada, f"/feed/{number}")
        assert len(gzip.compress(page.encode())) < 29_000
        assert "The whole as a file" in page
    assert html(ada, "/feed/1?format=txt").count('"19999": ') == 2
    assert ada.get("/feed/1?format=pdf").status_code == 404


def test_a_watched_log_of_a_session_that_has_ended_is_shown_so(app: Flask, engine: Engine) -> None:
    client = app.test_client()
    assert client.get("/activity/newer/0", headers={"X-Live": "1"}).status_code == 401
    assert client.get("/activity/newer/0").status_code == 303


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (105002, "An admin must authorize the shop again"),
        (12052700, "Seller Center"),
        (106001, "Whoever runs this installation"),
        (36009002, "No action needed"),
        (12052419, "Seller Center"),
        (12052901, "Seller Center"),
        (12052002, "listing template"),
        (12052261, "The merchant must change the product in Magento"),
    ],
)
def test_an_error_says_who_acts(
    engine: Engine, database: Database, visitor: Sign, code: int, words: str
) -> None:
    put(database, exchanged(code=code, message="no"))
    assert words in html(visitor(), "/feed/1").partition("Who acts:")[2].partition("</p>")[0]


@pytest.mark.both_databases
def test_an_event_is_followed_from_log_to_log(engine: Engine, database: Database, visitor: Sign) -> None:
    put(database, happened(7), exchanged(7, direction="in", operation="saved", request_id=None), exchanged(8))
    ada = visitor()
    activities, feed, webhook = html(ada, "/activity"), html(ada, "/feed"), html(ada, "/feed/1")
    assert 'data-copy="event-1"' in activities and "/feed?event_id=evt-7" in activities
    assert 'name="event_id"' in activities and 'name="event_id"' in feed
    assert "request req-8" in feed
    assert "/activity?event_id=evt-7&amp;shop=demo" in webhook and "decisions" in webhook


def test_the_banner_of_a_log_that_is_off_leads_to_its_policy(engine: Engine, visitor: Sign) -> None:
    engine.policy(activity_log=False)
    assert "/policies/synchronization/edit?title=" in html(visitor(), "/activity")
    assert "/policies/synchronization/history?title=" in html(visitor(Role.VIEWER), "/activity")


def test_a_live_log_counts_new_rows_and_reloads_on_request(
    engine: Engine, database: Database, page: Page
) -> None:
    put(database, *(happened(number) for number in range(5)))
    page.goto("/activity?live=1")
    expect(page.get_by_text("Nothing new.")).to_be_visible()
    put(database, happened(70), happened(71))
    button = page.get_by_role("button", name="Show new rows")
    expect(button).to_be_visible()
    expect(page.get_by_text("2 new.")).to_be_visible()
    button.focus()
    put(database, happened(72))
    expect(page.get_by_text("3 new.")).to_be_visible()
    expect(button).to_be_focused()
    expect(page.get_by_text("Message 71.")).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.get_by_text("Message 71.")).to_be_visible()
    expect(page.get_by_text("Nothing new.")).to_be_visible()
    expect(page.get_by_role("heading", name="The newest rows")).to_be_focused()
    put(database, happened(80))
    expect(page.get_by_text("1 new.")).to_be_visible()
    page.context.clear_cookies()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
