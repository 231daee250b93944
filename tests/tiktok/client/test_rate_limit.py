"""The rate limiter: calls per second of one shop, half of them after a 429, and none during TikTok's `Retry-After`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok.client.rate_limit import (
    RECOVERY_SECONDS,
    SLOWEST,
    UNMETERED,
    URGENT_SHARE,
    RateLimiter,
    Turn,
)


def test_calls_start_at_the_configured_rate() -> None:
    limiter = RateLimiter(per_second=4)
    assert [limiter.reserve(100.0).start for _ in range(4)] == [100.0, 100.25, 100.5, 100.75]


def test_several_processes_share_the_rate() -> None:
    parts = [RateLimiter(per_second=4), RateLimiter(per_second=4)]
    for limiter in parts:
        limiter.share(2)
    assert [[limiter.reserve(100.0).start for _ in range(3)] for limiter in parts] == [
        [100.0, 100.5, 101.0]
    ] * 2
    parts[0].share(1)
    assert parts[0].rate(102.0) == 4


def test_after_a_429_each_share_recovers_to_itself() -> None:
    limiter = RateLimiter(per_second=0)
    limiter.share(2)
    limiter.throttled(100.0, 100.0, None)
    assert limiter.rate(100.0 + 2 * RECOVERY_SECONDS) == UNMETERED / 2


def test_idle_time_is_not_saved_up() -> None:
    limiter = RateLimiter(per_second=4)
    limiter.reserve(100.0)
    assert [limiter.reserve(200.0).start for _ in range(2)] == [200.0, 200.25]


@pytest.mark.parametrize("per_second", [0, -1])
def test_without_a_rate_no_call_waits(per_second: float) -> None:
    limiter = RateLimiter(per_second)
    assert [limiter.reserve(100.0).start for _ in range(3)] == [100.0] * 3
    assert limiter.rate(100.0) == 0


@pytest.mark.parametrize(
    ("wait", "paused_until"),
    [
        (30.0, 130.0),  # TikTok says how long
        (None, 101.0),  # it does not: a second
    ],
)
def test_after_a_429_calls_pause(wait: float | None, paused_until: float) -> None:
    limiter = RateLimiter(per_second=8)
    limiter.throttled(100.0, 100.0, wait)
    assert limiter.reserve(100.0).start == paused_until
    assert limiter.paused_for(100.0) == paused_until - 100.0
    assert limiter.paused_for(paused_until) == 0


def test_a_shorter_pause_does_not_replace_a_longer_one() -> None:
    limiter = RateLimiter(per_second=4)
    limiter.throttled(100.0, 100.0, 10.0)
    limiter.throttled(100.0, 100.0, 5.0)
    assert limiter.reserve(100.0).start == 110.0


def test_a_start_reserved_before_a_pause_moves_behind_it() -> None:
    limiter = RateLimiter(per_second=4)
    first, second = limiter.reserve(100.0), limiter.reserve(100.0)
    limiter.throttled(100.0, 100.0, 10.0)
    assert limiter.confirm(first, 100.0).start == 110.0
    assert limiter.confirm(second, 100.25).start > 110.0
    assert limiter.confirm(Turn(111.0), 100.0).start == 111.0


@pytest.mark.parametrize(
    ("configured", "throttled_at", "now", "rate"),
    [
        (8, [], 100.0, 8),
        (8, [100.0], 100.0, 4),
        (8, [100.0, 101.0], 101.0, (4 + 8 / RECOVERY_SECONDS) / 2),
        (8, [100.0], 100.0 + RECOVERY_SECONDS / 4, 6),  # equal steps: half of the way in half of the time
        (8, [100.0], 100.0 + RECOVERY_SECONDS / 2, 8),
        (8, [100.0], 100.0 + RECOVERY_SECONDS * 9, 8),  # and never beyond what is configured
        (0, [100.0], 100.0, UNMETERED / 2),
        (SLOWEST, [100.0], 100.0, SLOWEST),
    ],
)
def test_a_429_halves_the_rate_which_recovers_linearly(
    configured: float, throttled_at: list[float], now: float, rate: float
) -> None:
    limiter = RateLimiter(configured)
    for moment in throttled_at:
        limiter.throttled(moment, moment, None)
    assert limiter.rate(now) == pytest.approx(rate)


def test_concurrent_calls_halve_the_rate_once() -> None:
    limiter = RateLimiter(per_second=8)
    for answered in (100.0, 100.1, 100.2):
        limiter.throttled(99.5, answered, None)
    assert limiter.rate(100.0) == 4


def test_after_a_429_calls_start_at_the_new_rate() -> None:
    limiter = RateLimiter(per_second=8)
    limiter.throttled(100.0, 100.0, 1.0)
    first, second = limiter.reserve(100.0), limiter.reserve(100.0)
    between = second.start - first.start
    assert between == pytest.approx(1 / limiter.rate(101.0))
    assert between > 1 / 8


@given(
    st.lists(st.tuples(st.floats(0, 60), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.5, 1, 4, 50]),
)
def test_the_rate_stays_between_the_slowest_and_the_configured(
    steps: list[tuple[float, bool]], configured: float
) -> None:
    limiter, now = RateLimiter(configured), 1_000.0
    for passed, throttled in steps:
        now += passed
        before = limiter.rate(now)
        if throttled:
            limiter.throttled(now, now, None)
            assert limiter.rate(now) == max(SLOWEST, before / 2)
        assert SLOWEST <= limiter.rate(now) <= configured


@given(
    st.lists(st.floats(0, 100, allow_nan=False), min_size=2, max_size=20).map(sorted),
    st.sampled_from([1, 2, 4, 8]),
)
def test_starts_are_never_closer_than_the_rate_allows(moments: list[float], per_second: int) -> None:
    limiter = RateLimiter(per_second)
    starts = [limiter.reserve(now).start for now in moments]
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 1 / per_second - 1e-9


def test_threads_never_get_the_same_start() -> None:
    limiter = RateLimiter(per_second=8)
    with ThreadPoolExecutor(8) as threads:
        starts = sorted(threads.map(lambda _: limiter.reserve(100.0).start, range(64)))
    assert starts == [100 + turn / 8 for turn in range(64)]


def test_an_urgent_call_starts_before_those_that_wait_which_move_by_one_place() -> None:
    limiter = RateLimiter(per_second=4)
    waiting = [limiter.reserve(100.0) for _ in range(4)]
    assert limiter.reserve(100.1, urgent=True).start == 100.1
    assert [limiter.confirm(turn, 100.1).start for turn in waiting[1:]] == [100.5, 100.75, 101.0]
    assert limiter.reserve(100.1).start == 101.25


def test_a_call_that_was_moved_is_not_moved_twice() -> None:
    limiter = RateLimiter(per_second=4)
    limiter.reserve(100.0)
    waiting = limiter.reserve(100.0)
    limiter.reserve(100.1, urgent=True)
    moved = limiter.confirm(waiting, 100.25)
    assert limiter.confirm(moved, 100.5) == moved


def test_urgent_calls_take_half_of_the_rate_and_then_wait_in_turn() -> None:
    limiter = RateLimiter(per_second=4)
    for _ in range(4):
        limiter.reserve(100.0)
    urgent = [limiter.reserve(100.0, urgent=True).start for _ in range(4)]
    assert urgent == [100.0, 100.5, 101.0, 101.5]
    assert limiter.reserve(100.0, urgent=True).start == 102.0


def test_an_urgent_call_that_nothing_precedes_waits_no_longer_and_no_shorter() -> None:
    limiter = RateLimiter(per_second=4)
    assert [limiter.reserve(100.0, urgent=True).start for _ in range(3)] == [100.0, 100.25, 100.5]


def test_urgent_calls_wait_for_a_pause_too() -> None:
    limiter = RateLimiter(per_second=4)
    limiter.reserve(100.0)
    overtaking = limiter.reserve(100.0, urgent=True)
    limiter.throttled(100.0, 100.0, 10.0)
    assert limiter.reserve(100.0, urgent=True).start == 110.0
    assert limiter.confirm(overtaking, 100.0).start > 110.0


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), min_size=2, max_size=60))
def test_overtaking_calls_add_no_more_than_their_share_for_a_moment_and_nothing_over_time(
    calls: list[tuple[float, bool]],
) -> None:
    rate, now = 8, 100.0
    limiter, turns = RateLimiter(rate), []
    for passed, urgent in calls:
        now += passed
        turns.append(limiter.reserve(now, urgent=urgent))
    starts = sorted(limiter.confirm(turn, now).start for turn in turns)
    most_at_a_time = rate * (1 + URGENT_SHARE)
    for first, start in enumerate(starts):
        for count, last in enumerate(starts[first:], start=1):
            assert count <= most_at_a_time * (last - start) + 2 + 1e-6


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_call_after_many_waits_for_all_of_them_whoever_overtook(calls: list[bool]) -> None:
    limiter = RateLimiter(per_second=8)
    for urgent in calls:
        limiter.reserve(100.0, urgent=urgent)
    assert limiter.reserve(100.0).start == pytest.approx(100.0 + len(calls) / 8)
