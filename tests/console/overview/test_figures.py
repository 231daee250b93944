"""What the overview tells, from what was counted."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.overview import figures
from console.overview.figures import Reasoned, Totals
from records.log.counters import Tallied
from tests.policies.examples import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = NOON + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("word", "since", "until"),
    [
        ("1h", NOON - 59 * MINUTE, NOON + MINUTE),
        ("24h", NOON - 23 * HOUR, NOON + HOUR),
        ("7d", NOON - 27 * 6 * HOUR, NOON + 6 * HOUR),
    ],
)
def test_a_window_ends_with_the_step_that_has_begun(word: str, since: object, until: object) -> None:
    over = figures.window(word, NOW)
    assert (over.since, over.until) == (since, until)


def test_hours_are_laid_together_into_the_steps_of_a_week_and_of_ages_the_highest_is_kept() -> None:
    over = figures.window("7d", NOW)
    rows = [
        Tallied(NOON, "event webhook", 2),
        Tallied(NOON + HOUR, "event webhook", 3),
        Tallied(NOON, "oldest_seconds", 7),
        Tallied(NOON + HOUR, "oldest_seconds", 4),
        Tallied(NOON - timedelta(days=30), "event webhook", 1000),
    ]
    numbers = figures.numbers(rows, over)
    assert (numbers["event webhook"][-1], sum(numbers["event webhook"])) == (5, 5)
    assert numbers["oldest_seconds"][-1] == 7


def test_the_most_frequent_reasons_come_first_and_those_beyond_are_left_out() -> None:
    fields = {
        "decision skip nothing_changed": [3, 1],
        "decision sync attribute_changed": [8, 0],
        "decision upload new_product": [1, 0],
        "decided_within 1": [9, 9],
    }
    assert figures.reasons(fields, 2) == [
        Reasoned("sync", "attribute_changed", 8, 100),
        Reasoned("skip", "nothing_changed", 4, 50),
    ]


def test_calls_are_taken_refused_failed_or_too_many() -> None:
    over = figures.window("1h", NOW)
    steps = [0] * 59
    fields = {
        "call create": [*steps, 2],
        "call price": [*steps, 5],
        "call_failed price": [*steps, 1],
        "call_refused price": [*steps, 1],
        "call_throttled create": [*steps, 1],
    }
    chart = figures.calls(fields, over, UTC)
    assert [(one.words, one.total) for one in chart.series] == [
        ("taken", 4),
        ("refused", 1),
        ("failed", 1),
        ("rate limited", 1),
    ]


@pytest.mark.parametrize(
    ("counted", "text"),
    [
        ({}, None),
        ({"decided_within 0.1": 95, "decided_within 5": 5}, "0.1 s"),
        ({"decided_within 0.1": 94, "decided_within 5": 6}, "5 s"),
        ({"decided_within 300": 1}, "5 min"),
        ({"decided_within 3600": 1}, "1 h"),
        ({"decided_within 0.1": 1, "decided_within more": 1}, "more than 1 h"),
        ({"applied_within 1": 5}, None),
    ],
)
def test_how_long_95_of_100_take(counted: dict[str, int], text: str | None) -> None:
    assert Totals(counted).within("decided_within") == text


def test_what_was_synced_and_what_was_refused() -> None:
    counted = {"outcome accepted": 5, "outcome adopted": 1, "outcome live": 9, "outcome nothing_to_send": 9}
    refused = {"outcome rejected": 2, "outcome refused_here": 1, "outcome price_guard": 9}
    totals = Totals(counted | refused)
    assert (totals.synced, totals.refused) == (6, 3)


@pytest.mark.parametrize(
    ("counted", "failing"),
    [
        ({}, None),
        ({"call price": 8, "call_refused price": 8}, 0),
        ({"call price": 8, "call_failed price": 1, "call_throttled price": 1}, 25),
    ],
)
def test_of_a_hundred_calls_so_many_fail(counted: dict[str, int], failing: float | None) -> None:
    assert Totals(counted).failing == failing


@pytest.mark.parametrize(("seconds", "rate"), [(0, 2.25), (30, 2.0), (59.9, 1.8)])
def test_a_minute_is_shown_of_the_last_four_and_of_what_has_begun(seconds: float, rate: float) -> None:
    assert figures.a_minute(9, NOON + timedelta(seconds=seconds)) == pytest.approx(rate, abs=0.01)


def test_a_day_begins_where_the_page_says() -> None:
    assert figures.midnight(NOON, ZoneInfo("Asia/Kolkata")).astimezone(UTC) == NOON - timedelta(hours=17.5)
