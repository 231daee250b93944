"""How long a draft's calls take at the rate limit of each shop, in words."""

from __future__ import annotations

from typing import Any

import pytest

from operations.rules.call_duration import NO_LIMIT, at_pace, pace_words


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
def test_the_shop_with_the_most_calls_determines_the_duration(
    calls: dict[str, int], a_second: float, seconds: float | None
) -> None:
    assert at_pace(calls, a_second) == seconds


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
            "At 5 calls per second, the draft's calls take about 4 s; those of the current rules take 1 min 20 s.",
        ),
        (
            simulated(2.5, shops=2),
            "At 2.5 calls per second for each shop, the draft's calls take about 4 s; those of the current rules take "
            "1 min 20 s.",
        ),
        (simulated(0.0, before=None, after=None), NO_LIMIT),
        ({"before": {}, "after": {}}, ""),  # a job of a version that stored no pace
    ],
)
def test_the_pace_is_a_sentence(value: Any, words: str) -> None:
    assert pace_words(value) == words
