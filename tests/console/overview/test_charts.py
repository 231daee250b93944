"""Charts: their geometry in a viewBox of 380 by 180, and the table of their numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.overview.charts import Window, across, ceiling, line, short, stacked, up
from tests.policies.examples import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FOUR = Window(NOON, MINUTE, 4)


class TestWindow:
    def test_it_ends_where_its_last_step_does(self) -> None:
        assert FOUR.until == NOON + 4 * MINUTE
        assert FOUR.moments()[-1] == NOON + 3 * MINUTE

    @pytest.mark.parametrize(
        ("seconds", "place"), [(-1, None), (0, 0), (59, 0), (60, 1), (239, 3), (240, None)]
    )
    def test_a_moment_is_in_at_most_one_step(self, seconds: int, place: int | None) -> None:
        assert FOUR.place(NOON + timedelta(seconds=seconds)) == place


@pytest.mark.parametrize(
    ("most", "end"),
    [
        (0, 2),
        (1, 2),
        (2, 2),
        (3, 4),
        (9, 10),
        (10, 10),
        (11, 12),
        (21, 30),
        (101, 120),
        (999, 1000),
        (1001, 1200),
    ],
)
def test_an_axis_ends_at_an_even_number_above_the_highest(most: int, end: int) -> None:
    assert ceiling(most) == end
    assert end % 2 == 0


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0"), (950, "950"), (1000, "1k"), (3500, "3.5k"), (12_000_000, "12M")]
)
def test_a_number_beside_an_axis_is_short(number: int, words: str) -> None:
    assert short(number) == words


def test_the_grid_has_nothing_half_and_all() -> None:
    assert [(tick.words, tick.position) for tick in up(20)] == [("0", 158.0), ("10", 83.0), ("20", 8.0)]


class TestBars:
    def test_bars_are_stacked(self) -> None:
        chart = stacked("T", FOUR, {"sync": [1, 0, 0, 0], "skip": [1, 0, 0, 2]}, UTC)
        sync, skip = chart.series
        assert sync.path == "M48.1 158.0v-75.0h64.8v75.0z"
        assert skip.path == "M48.1 83.0v-75.0h64.8v75.0zM291.1 158.0v-150.0h64.8v150.0z"
        assert (sync.total, skip.total) == (1, 3)

    def test_a_bar_of_one_beside_ten_thousand_is_visible(self) -> None:
        chart = stacked("T", FOUR, {"sync": [1, 10_000, 0, 0]}, UTC)
        assert "v-1.0h" in chart.series[0].path

    def test_the_table_has_every_step_with_something_in_it_in_the_zone_of_the_page(self) -> None:
        chart = stacked("T", FOUR, {"sync": [1, 0, 0, 0], "skip": [1, 0, 0, 2]}, ZoneInfo("Europe/Berlin"))
        assert [(f"{row.at:%H:%M}", row.numbers) for row in chart.rows] == [
            ("13:00", (1, 1)),
            ("13:03", (0, 2)),
        ]

    def test_a_description_gives_the_totals_and_the_maximum(self) -> None:
        chart = stacked("T", FOUR, {"sync": [1, 0, 0, 0], "skip": [1, 0, 0, 4]}, UTC)
        assert chart.description == "Total: sync 1, skip 5. Maximum in one step: 4."

    def test_nothing_is_an_empty_chart(self) -> None:
        chart = stacked("T", FOUR, {"sync": [0, 0, 0, 0]}, UTC)
        assert chart.is_empty
        assert chart.series[0].path == ""


class TestLine:
    def test_it_goes_through_the_middle_of_each_step(self) -> None:
        chart = line("T", FOUR, "Seconds", [0, 2, 4, 0], UTC, " s")
        assert chart.series[0].path == "M80.5 158.0L161.5 83.0L242.5 8.0L323.5 158.0"
        assert chart.description == "Seconds, at most 4 s."

    def test_nothing_is_an_empty_chart(self) -> None:
        assert line("T", FOUR, "Seconds", [0, 0, 0, 0], UTC, " s").is_empty


@pytest.mark.parametrize(
    ("window", "zone", "words"),
    [
        (
            Window(NOON + 7 * MINUTE, MINUTE, 60),
            "UTC",
            ["12:10", "12:20", "12:30", "12:40", "12:50", "13:00"],
        ),
        (Window(NOON, HOUR, 24), "UTC", ["12:00", "16:00", "20:00", "00:00", "04:00", "08:00"]),
        (Window(NOON, HOUR, 24), "Asia/Kolkata", ["20:30", "00:30", "04:30", "08:30", "12:30", "16:30"]),
        (Window(NOON, 6 * HOUR, 12), "UTC", ["Wed 25", "Thu 26", "Fri 27"]),
        (Window(NOON, 6 * HOUR, 12), "America/New_York", ["Wed 25", "Thu 26", "Fri 27"]),
    ],
)
def test_the_axis_of_time_has_round_moments_of_the_pages_zone(
    window: Window, zone: str, words: list[str]
) -> None:
    assert [tick.words for tick in across(window, ZoneInfo(zone))] == words


def test_a_day_on_which_the_clocks_change_has_each_of_its_hours_once() -> None:
    window = Window(datetime(2026, 10, 24, 22, tzinfo=UTC), HOUR, 24)
    words = [tick.words for tick in across(window, ZoneInfo("Europe/Berlin"))]
    assert words == ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]
