"""The figures of the overview, computed from counters."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.overview import figures
from console.overview.figures import Reasoned, Totals
from records.log.counters import Counter, CounterKind, CounterStep
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


def test_hours_are_added_up_to_the_steps_of_a_week_and_of_ages_the_highest_counts() -> None:
    over = figures.window("7d", NOW)
    rows = [
        CounterStep(NOON, Counter(CounterKind.EVENT, "webhook"), 2),
        CounterStep(NOON + HOUR, Counter(CounterKind.EVENT, "webhook"), 3),
        CounterStep(NOON, Counter(CounterKind.OLDEST_SECONDS), 7),
        CounterStep(NOON + HOUR, Counter(CounterKind.OLDEST_SECONDS), 4),
        CounterStep(NOON - timedelta(days=30), Counter(CounterKind.EVENT, "webhook"), 1000),
    ]
    numbers = figures.numbers(rows, over)
    assert (
        numbers[Counter(CounterKind.EVENT, "webhook")][-1],
        sum(numbers[Counter(CounterKind.EVENT, "webhook")]),
    ) == (5, 5)
    assert numbers[Counter(CounterKind.OLDEST_SECONDS)][-1] == 7


def test_the_most_frequent_reasons_come_first_and_those_beyond_are_left_out() -> None:
    fields = {
        Counter(CounterKind.DECISION, "skip", "nothing_changed"): [3, 1],
        Counter(CounterKind.DECISION, "sync", "attribute_changed"): [8, 0],
        Counter(CounterKind.DECISION, "upload", "new_product"): [1, 0],
        Counter(CounterKind.DECIDED_WITHIN, "1"): [9, 9],
    }
    assert figures.reasons(fields, 2) == [
        Reasoned("sync", "attribute_changed", 8, 100),
        Reasoned("skip", "nothing_changed", 4, 50),
    ]


def test_calls_are_taken_refused_failed_or_too_many() -> None:
    over = figures.window("1h", NOW)
    steps = [0] * 59
    fields = {
        Counter(CounterKind.CALL, "create"): [*steps, 2],
        Counter(CounterKind.CALL, "price"): [*steps, 5],
        Counter(CounterKind.CALL_FAILED, "price"): [*steps, 1],
        Counter(CounterKind.CALL_REFUSED, "price"): [*steps, 1],
        Counter(CounterKind.CALL_THROTTLED, "create"): [*steps, 1],
    }
    chart = figures.calls(fields, over, UTC)
    assert [(shown.words, shown.total) for shown in chart.series] == [
        ("accepted", 4),
        ("rejected", 1),
        ("failed", 1),
        ("rate limited", 1),
    ]


@pytest.mark.parametrize(
    ("counted", "text"),
    [
        ({}, None),
        (
            {Counter(CounterKind.DECIDED_WITHIN, "0.1"): 95, Counter(CounterKind.DECIDED_WITHIN, "5"): 5},
            "0.1 s",
        ),
        (
            {Counter(CounterKind.DECIDED_WITHIN, "0.1"): 94, Counter(CounterKind.DECIDED_WITHIN, "5"): 6},
            "5 s",
        ),
        ({Counter(CounterKind.DECIDED_WITHIN, "300"): 1}, "5 min"),
        ({Counter(CounterKind.DECIDED_WITHIN, "3600"): 1}, "1 h"),
        (
            {Counter(CounterKind.DECIDED_WITHIN, "0.1"): 1, Counter(CounterKind.DECIDED_WITHIN, "more"): 1},
            "more than 1 h",
        ),
        ({Counter(CounterKind.APPLIED_WITHIN, "1"): 5}, None),
    ],
)
def test_the_95th_percentile_of_a_duration(counted: dict[Counter, int], text: str | None) -> None:
    assert Totals(counted).decided_within == text


def test_synced_and_rejected_listings_are_counted() -> None:
    counted = {
        Counter(CounterKind.OUTCOME, "accepted"): 5,
        Counter(CounterKind.OUTCOME, "adopted"): 1,
        Counter(CounterKind.OUTCOME, "live"): 9,
        Counter(CounterKind.OUTCOME, "nothing_to_send"): 9,
    }
    refused = {
        Counter(CounterKind.OUTCOME, "rejected"): 2,
        Counter(CounterKind.OUTCOME, "refused_here"): 1,
        Counter(CounterKind.OUTCOME, "price_guard"): 9,
    }
    totals = Totals(counted | refused)
    assert (totals.synced, totals.refused) == (6, 3)


@pytest.mark.parametrize(
    ("counted", "failing"),
    [
        ({}, None),
        ({Counter(CounterKind.CALL, "price"): 8, Counter(CounterKind.CALL_REFUSED, "price"): 8}, 0),
        (
            {
                Counter(CounterKind.CALL, "price"): 8,
                Counter(CounterKind.CALL_FAILED, "price"): 1,
                Counter(CounterKind.CALL_THROTTLED, "price"): 1,
            },
            25,
        ),
    ],
)
def test_the_percentage_of_failed_calls(counted: dict[Counter, int], failing: float | None) -> None:
    assert Totals(counted).failing == failing


@pytest.mark.parametrize(("seconds", "rate"), [(0, 2.25), (30, 2.0), (59.9, 1.8)])
def test_a_rate_covers_four_minutes_and_the_current_one(seconds: float, rate: float) -> None:
    assert figures.a_minute(9, NOON + timedelta(seconds=seconds)) == pytest.approx(rate, abs=0.01)


def test_a_day_begins_where_the_page_says() -> None:
    assert figures.midnight(NOON, ZoneInfo("Asia/Kolkata")).astimezone(UTC) == NOON - timedelta(hours=17.5)
