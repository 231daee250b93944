"""How long a draft's calls take: at the pace of each shop, in words."""

from __future__ import annotations

from typing import Any

import pytest

from operations.rules.call_duration import NO_LIMIT, about, at_pace, pace_words


@pytest.mark.parametrize(
    ("calls", "a_second", "seconds"),
    [
        ({}, 5.0, 0.0),
        ({"demo": 100}, 5.0, 20.0),
        ({"demo": 100, "other": 400}, 5.0, 80.0),  # shops do not wait for each other
        ({"demo": 3}, 0.5, 6.0),
        ({"demo": 100}, 0, None),
    ],
)
def test_the_shop_with_the_most_calls_says_how_long_it_takes(
    calls: dict[str, int], a_second: float, seconds: float | None
) -> None:
    assert at_pace(calls, a_second) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "no time"),
        (0.2, "less than a second"),
        (1, "1 second"),
        (80, "1 minute 20 seconds"),
        (3_600, "1 hour"),
        (3_605, "1 hour"),
        (7_290, "2 hours 1 minute"),
        (200_000, "2 days 7 hours"),
    ],
)
def test_a_length_is_shown_in_its_two_largest_words(seconds: float, words: str) -> None:
    assert about(seconds) == words


def simulated(pace: float, shops: int = 1, before: float | None = 80.0, after: float | None = 4.0) -> Any:
    return {
        "pace": {"calls_per_second": pace, "shops": shops},
        "before": {"seconds": before},
        "after": {"seconds": after},
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            simulated(5.0),
            "At the pace of 5 a second, this takes about 4 seconds under the draft, and 1 minute 20 seconds under "
            "what is in force.",
        ),
        (
            simulated(2.5, shops=2),
            "At the pace of 2.5 a second for each shop, this takes about 4 seconds under the draft, and 1 minute 20 "
            "seconds under what is in force.",
        ),
        (simulated(0.0, before=None, after=None), NO_LIMIT),
        ({"before": {}, "after": {}}, ""),  # a job of a version that told no pace
    ],
)
def test_the_pace_is_a_sentence(value: Any, words: str) -> None:
    assert pace_words(value) == words
