"""The overview in each state: no shop, new, healthy, with problems."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from records.accounts.users import Role
from records.db.database import Database
from records.log import dead_letters
from records.log.counters import Counter, CounterKind
from records.log.dead_letters import DeadLetter
from records.log.heartbeats import SILENT
from records.log.tables import dead_letters as letters_table
from records.rules import shops
from tests.browser import axe_faults
from tests.console.conftest import Visitor
from tests.console.looks import LOOKS, looks
from tests.console.vital_signs import a_busy_hour, beats, counted
from tests.consumer.engine import Engine

MINUTE = timedelta(minutes=1)


def page_text(visitor: Callable[..., Visitor], path: str = "/", role: Role = Role.VIEWER) -> str:
    """Return the text of the page's main part, in one line."""
    answer = visitor(role).get(path)
    assert answer.status_code == 200
    main = answer.get_data(as_text=True).partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def letters(database: Database, number: int, settled: str | None = None) -> None:
    now = datetime.now(UTC)
    with database.write() as connection:
        dead_letters.put(
            connection,
            [
                DeadLetter("demo", "t", 0, offset, 0, None, None, (), "unreadable_event", "E", "m", now)
                for offset in range(number)
            ],
        )
        if settled:
            connection.execute(letters_table.update().values(settled=settled))


class TestBeforeThereIsAnything:
    def test_without_a_shop_it_leads_to_the_set_up(self, visitor: Callable[..., Visitor]) -> None:
        page = visitor(Role.ADMIN).get("/").get_data(as_text=True)
        assert "No shop is connected yet" in page
        assert 'href="/setup' in page

    def test_a_shop_without_a_product_leads_to_its_webhook(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        page = page_text(visitor)
        assert "No products received from Magento yet" in page
        assert "Set up the webhook" in page
        assert page.count("Nothing in this period.") == 4

    def test_with_a_product_nothing_is_stated_of_that(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        engine.save()
        assert "No products received" not in page_text(visitor)


@pytest.mark.both_databases
class TestGoingWell:
    def test_the_merchant_reads_what_was_synced_what_waits_and_what_was_refused(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        beats(engine.database, shop={"waiting": 42, "oldest_seconds": 7.0})
        counted(
            engine.database,
            {
                Counter(CounterKind.OUTCOME, "accepted"): 8,
                Counter(CounterKind.OUTCOME, "adopted"): 1,
                Counter(CounterKind.OUTCOME, "rejected"): 2,
            },
        )
        page = page_text(visitor)
        assert "Synced 9 Accepted today" in page
        assert "Waiting 42 the oldest for 7 s. See the queue" in page
        assert "Failed syncs ✕ 2 Failed today" in page
        assert "Dead letters 0 None open" in page

    def test_ops_read_rates_lag_pace_and_how_long_it_takes(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        beats(
            engine.database,
            lag_records=1234,
            lag_seconds=2.5,
            shop={"calls_per_second": 2.5, "held_seconds": 3.0},
        )
        counted(
            engine.database,
            {
                Counter(CounterKind.EVENT, "webhook"): 60,
                Counter(CounterKind.DECISION, "sync", "attribute_changed"): 20,
                Counter(CounterKind.DECISION, "skip", "nothing_changed"): 40,
                Counter(CounterKind.DECIDED_WITHIN, "0.1"): 60,
                Counter(CounterKind.APPLIED_WITHIN, "2"): 20,
                Counter(CounterKind.CALL, "price"): 25,
                Counter(CounterKind.CALL_FAILED, "price"): 4,
                Counter(CounterKind.CALL_REFUSED, "price"): 3,
                Counter(CounterKind.CALL_THROTTLED, "price"): 1,
            },
        )
        page = page_text(visitor)
        assert "60 in 1 hour" in page
        assert "0.1 s webhook to decision 2 s decision to TikTok" in page
        assert "1,234 records 2 s, all shops" in page
        assert "20 % failed 25 in 1 hour 3 rejected ! 1 call was rate limited" in page
        assert "limit 2.5 per second … TikTok asked to wait 3 s" in page
        assert "nothing changed skip 40" in page

    def test_each_chart_has_a_title_words_and_a_table(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        a_busy_hour(engine.database)
        page = visitor(Role.VIEWER).get("/").get_data(as_text=True)
        for chart in ("decisions", "calls", "waiting"):
            assert f'role="img" aria-labelledby="chart-{chart}-title chart-{chart}-desc"' in page
        assert page.count("Show as table") == 3
        assert "style=" not in page

    @pytest.mark.parametrize(("window", "words"), [("1h", "1 hour"), ("24h", "24 hours"), ("7d", "7 days")])
    def test_the_time_that_is_shown_is_in_the_address(
        self, visitor: Callable[..., Visitor], engine: Engine, window: str, words: str
    ) -> None:
        counted(engine.database, {Counter(CounterKind.EVENT, "webhook"): 5}, timedelta(minutes=1))
        page = visitor(Role.VIEWER).get(f"/?window={window}").get_data(as_text=True)
        assert f'window={window}" aria-current="true">{words}' in page
        assert f"5 in {words}" in page

    def test_another_time_is_not_there(self, visitor: Callable[..., Visitor], engine: Engine) -> None:
        assert visitor(Role.VIEWER).get("/?window=2y").status_code == 404

    def test_counters_of_another_shop_are_not_shown(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        counted(engine.database, {Counter(CounterKind.EVENT, "webhook"): 5}, shop="other")
        assert "0 in 1 hour" in page_text(visitor)


class TestNotGoingWell:
    @pytest.mark.parametrize(
        ("ago", "beat", "words"),
        [
            (SILENT + MINUTE, {}, "Consumer silent"),
            (MINUTE, {"ended": True}, "Consumer stopped"),
        ],
    )
    def test_a_consumer_that_does_not_work_is_stated_first_and_its_numbers_are_not_shown(
        self,
        visitor: Callable[..., Visitor],
        engine: Engine,
        ago: timedelta,
        beat: dict[str, Any],
        words: str,
    ) -> None:
        beats(engine.database, ago, lag_records=12, shop={"waiting": 4242}, **beat)
        page = page_text(visitor)
        assert words in page
        assert page.index(words) < page.index("Today")
        assert "Waiting – Known while a worker runs." in page
        assert "No worker is running; last heartbeat" in page
        assert "4 242" not in page

    def test_a_stopped_shop_is_named_with_what_to_do(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        beats(engine.database)
        since = datetime.now(UTC) - 5 * MINUTE
        with engine.database.write() as connection:
            shops.stop(connection, "demo", "Authorize <the app> again.", now=since)
        page = visitor(Role.ADMIN).get("/").get_data(as_text=True)
        assert "Sync stopped for shop demo" in page
        assert "5 min ago" in page
        assert "Authorize &lt;the app&gt; again." in page
        assert 'href="/settings?shop=demo"' in page
        assert "An admin can reconnect it" in page_text(visitor, role=Role.EDITOR)

    def test_a_shop_that_has_its_magento_side_only_leads_on_to_the_set_up(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        beats(engine.database)
        with engine.database.write() as connection:
            shops.stop(connection, "demo", shops.NOT_CONNECTED_YET, now=datetime.now(UTC))
        page = page_text(visitor)
        assert "TikTok Shop is not connected yet for shop demo" in page
        assert "stands still" not in page

    def test_a_paused_policy_is_shown_and_is_no_fault(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        engine.policy(paused=True)
        beats(engine.database, shop={"due_seconds": 900.0})
        page = page_text(visitor)
        assert "the synchronization policy Default is paused" in page
        assert "Behind:" not in page

    def test_a_listing_that_is_due_for_long_is_shown(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        beats(engine.database, shop={"due_seconds": 900.0})
        assert "A listing has been due for 15 min." in page_text(visitor)

    @pytest.mark.parametrize(
        ("number", "settled", "words"),
        [(3, None, "Dead letters ! 3 Needs review"), (3, "discarded", "Dead letters 0 None open")],
    )
    def test_open_dead_letters_are_counted(
        self,
        visitor: Callable[..., Visitor],
        engine: Engine,
        number: int,
        settled: str | None,
        words: str,
    ) -> None:
        letters(engine.database, number, settled)
        assert words in page_text(visitor)

    def test_dead_letters_are_counted_up_to_a_thousand(
        self, visitor: Callable[..., Visitor], engine: Engine
    ) -> None:
        letters(engine.database, 1_005)
        assert "more than 1,000" in page_text(visitor)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("state", ["no shop", "nothing yet", "full"])
def test_the_overview_is_accessible(
    page: Page, request: pytest.FixtureRequest, state: str, scheme: str, width: int
) -> None:
    if state != "no shop":
        engine: Engine = request.getfixturevalue("engine")
        if state == "full":
            engine.save()
            a_busy_hour(engine.database)
            beats(engine.database, shop={"waiting": 42, "oldest_seconds": 7.0})
            letters(engine.database, 3)
            with engine.database.write() as connection:
                shops.stop(connection, "demo", "Authorize the app again.", now=datetime.now(UTC))
    looks(page, scheme, width)
    page.goto("/")
    for details in page.locator("main details").all():
        details.evaluate("one => one.open = true")
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chart_is_read_as_a_table_with_the_keyboard_alone(page: Page, engine: Engine) -> None:
    a_busy_hour(engine.database)
    page.goto("/")
    page.locator("#chart-decisions-words ~ details summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Decisions by action, times in UTC")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Decisions by action as a table")).to_be_focused()
