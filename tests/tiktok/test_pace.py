"""Pace: one shop's calls, so many a second, and none before TikTok's own *not before*."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok.pace import Pace


def test_calls_take_turns() -> None:
    pace = Pace(per_second=4)
    assert [pace.reserve(100.0) for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_a_pause_saves_no_turns_up() -> None:
    pace = Pace(per_second=4)
    pace.reserve(100.0)
    assert [pace.reserve(200.0), pace.reserve(200.0)] == [0.0, 0.25]


def test_no_call_starts_before_tiktok_says() -> None:
    pace = Pace(per_second=4)
    pace.hold_until(110.0)
    assert [pace.reserve(100.0), pace.reserve(100.0)] == [10.0, 10.25]


def test_a_shorter_hold_does_not_undo_a_longer_one() -> None:
    pace = Pace(per_second=4)
    pace.hold_until(110.0)
    pace.hold_until(105.0)
    assert pace.reserve(100.0) == 10.0


@pytest.mark.parametrize("per_second", [0, -1])
def test_without_a_rate_nobody_waits(per_second: float) -> None:
    pace = Pace(per_second)
    assert [pace.reserve(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]


@given(
    st.lists(st.floats(0, 100, allow_nan=False), min_size=2, max_size=20).map(sorted),
    st.sampled_from([1, 2, 4, 8]),
)
def test_starts_are_never_closer_than_the_rate_allows(moments: list[float], per_second: int) -> None:
    pace = Pace(per_second)
    starts = [now + pace.reserve(now) for now in moments]
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 1 / per_second - 1e-9


def test_threads_never_share_a_turn() -> None:
    pace = Pace(per_second=8)
    with ThreadPoolExecutor(8) as threads:
        waits = sorted(threads.map(lambda _: pace.reserve(100.0), range(64)))
    assert waits == [turn / 8 for turn in range(64)]
