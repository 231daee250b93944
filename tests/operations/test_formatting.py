"""Moments, lengths of time and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from operations.formatting import duration, moment, number, plural


def test_a_moment_is_shown_in_utc() -> None:
    at = datetime(2026, 11, 27, 13, 45, tzinfo=UTC)
    assert moment(at) == "2026-11-27 13:45:00 UTC"
    assert moment(at.astimezone(timezone(timedelta(hours=-5)))) == "2026-11-27 13:45:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "one_unit", "two_units"),
    [
        (-3, "0 s", "0 s"),
        (0, "0 s", "0 s"),
        (0.25, "0.25 s", "0.25 s"),
        (0.999, "1 s", "1 s"),
        (1, "1 s", "1 s"),
        (1.9, "1 s", "1 s"),
        (80, "1 min", "1 min 20 s"),
        (3_600, "1 h", "1 h"),
        (3_605, "1 h", "1 h"),
        (7_290, "2 h", "2 h 1 min"),
        (200_000, "2 d", "2 d 7 h"),
    ],
)
def test_a_length_is_shown_in_its_largest_units(seconds: float, one_unit: str, two_units: str) -> None:
    length = timedelta(seconds=seconds)
    assert (duration(length), duration(length, 2)) == (one_unit, two_units)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (1_234_567.0, "1,234,567"),
        (1_234.56, "1,234.6"),
        (-1_000, "-1,000"),
    ],
)
def test_a_number_has_commas_between_its_thousands(value: float | None, words: str) -> None:
    assert number(value) == words


def test_a_noun_follows_its_number() -> None:
    assert [plural(value, "listing") for value in (0, 1, 2_000)] == [
        "0 listings",
        "1 listing",
        "2,000 listings",
    ]
    assert [plural(value, "copy", "copies") for value in (1, 2)] == ["1 copy", "2 copies"]
