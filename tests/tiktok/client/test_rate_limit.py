"""The rate limiter: calls per second of one shop, half of them after a 429, and none during TikTok's `Retry-After`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok.client.rate_limit import RECOVERY_SECONDS, SLOWEST, UNMETERED, RateLimiter


def test_calls_start_at_the_configured_rate() -> None:
    limiter = RateLimiter(per_second=4)
    assert [limiter.reserve(100.0) for _ in range(4)] == [100.0, 100.25, 100.5, 100.75]


def test_several_processes_share_the_rate() -> None:
    parts = [RateLimiter(per_second=4), RateLimiter(per_second=4)]
    for limiter in parts:
        limiter.share(2)
    assert [[limiter.reserve(100.0) for _ in range(3)] for limiter in parts] == [[100.0, 100.5, 101.0]] * 2
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
    assert [limiter.reserve(200.0), limiter.reserve(200.0)] == [200.0, 200.25]


@pytest.mark.parametrize("per_second", [0, -1])
def test_without_a_rate_no_call_waits(per_second: float) -> None:
    limiter = RateLimiter(per_second)
    assert [limiter.reserve(100.0) for _ in range(3)] == [100.0] * 3
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
    assert limiter.reserve(100.0) == paused_until
    assert limiter.paused_for(100.0) == paused_until - 100.0
    assert limiter.paused_for(paused_until) == 0


def test_a_shorter_pause_does_not_replace_a_longer_one() -> None:
    limiter = RateLimiter(per_second=4)
    limiter.throttled(100.0, 100.0, 10.0)
    limiter.throttled(100.0, 100.0, 5.0)
    assert limiter.reserve(100.0) == 110.0


def test_a_start_reserved_before_a_pause_moves_behind_it() -> None:
    limiter = RateLimiter(per_second=4)
    first, second = limiter.reserve(100.0), limiter.reserve(100.0)
    limiter.throttled(100.0, 100.0, 10.0)
    assert limiter.confirm(first, 100.0) == 110.0
    assert limiter.confirm(second, 100.25) > 110.0
    assert limiter.confirm(111.0, 100.0) == 111.0


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
    assert second - first == pytest.approx(1 / limiter.rate(101.0))
    assert second - first > 1 / 8


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
    starts = [limiter.reserve(now) for now in moments]
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 1 / per_second - 1e-9


def test_threads_never_get_the_same_start() -> None:
    limiter = RateLimiter(per_second=8)
    with ThreadPoolExecutor(8) as threads:
        starts = sorted(threads.map(lambda _: limiter.reserve(100.0), range(64)))
    assert starts == [100 + turn / 8 for turn in range(64)]
