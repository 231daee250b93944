"""The circuit breaker: when a failure counts against a listing, and how many listings may be synced."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from consumer.delivery.circuit_breaker import LONGEST_WAIT, STOPPED_PROBE, UNHEALTHY_AFTER, ShopHealth
from tests.policies.examples import NOON, at
from tiktok.client.errors import NotAuthorized, ShopStopped, Throttled, TikTokError, Transient, Unknown

FAULT = Transient("get", "Internal error")


def health(failures: int = 0, *, now: datetime = NOON) -> ShopHealth:
    """Return the health of a shop whose last calls failed this many times."""
    made = ShopHealth(random.Random(7))
    for _ in range(failures):
        made.failed(FAULT, 0, now)
    return made


@pytest.mark.parametrize(
    "wanted, in_progress, then",
    [(8, 0, 8), (8, 3, 5), (8, 8, 0), (8, 9, 0)],
)
def test_a_well_shop_fills_its_share(wanted: int, in_progress: int, then: int) -> None:
    assert health().slots(wanted, in_progress, NOON) == then


@pytest.mark.parametrize(
    "failures, seconds, in_progress, slots",
    [
        (UNHEALTHY_AFTER - 1, 0, 0, 8),
        (UNHEALTHY_AFTER, 0, 0, 0),
        (UNHEALTHY_AFTER, 0.99, 0, 0),
        (UNHEALTHY_AFTER, 1, 0, 1),
        (UNHEALTHY_AFTER, 1, 1, 0),
        (UNHEALTHY_AFTER, 60, 3, 0),
        (UNHEALTHY_AFTER + 9, 1, 0, 1),
    ],
)
def test_a_shop_that_fails_as_a_whole_is_probed_by_one_call_a_second(
    failures: int, seconds: float, in_progress: int, slots: int
) -> None:
    assert health(failures).slots(8, in_progress, at(seconds)) == slots


def test_one_answer_makes_it_well_again() -> None:
    shop = health(UNHEALTHY_AFTER + 4)
    assert not shop.is_healthy
    shop.answered()
    assert shop.is_healthy
    assert shop.slots(8, 0, NOON) == 8


@pytest.mark.parametrize("failures, tries", [(0, 4), (UNHEALTHY_AFTER - 1, 4), (UNHEALTHY_AFTER, 3), (50, 3)])
def test_a_failure_counts_against_the_listing_only_while_the_shop_is_well(failures: int, tries: int) -> None:
    assert health(failures).failed(FAULT, 3, NOON)[0] == tries


@pytest.mark.parametrize("error", [FAULT, Unknown("create", "no answer")])
@pytest.mark.parametrize("tries, longest", [(0, 1), (1, 2), (5, 32), (6, LONGEST_WAIT), (40, LONGEST_WAIT)])
def test_the_wait_is_anything_up_to_twice_the_last_one(
    error: TikTokError, tries: int, longest: float
) -> None:
    waits = []
    for seed in range(200):
        shop = ShopHealth(random.Random(seed))
        waits.append((shop.failed(error, tries, NOON)[1] - NOON).total_seconds())
    assert 0 <= min(waits) < 0.1 * longest
    assert 0.9 * longest < max(waits) <= longest


def test_a_throttled_call_says_nothing_against_the_listing_or_the_shop() -> None:
    shop = health()
    for _ in range(UNHEALTHY_AFTER + 1):
        assert shop.failed(Throttled("get", "Too many"), 3, NOON)[0] == 3
    assert shop.is_healthy


def test_nothing_is_tried_before_the_moment_that_tiktok_names() -> None:
    shop = health()
    _, when = shop.failed(Throttled("get", "Too many", wait=timedelta(seconds=90)), 0, NOON)
    assert when == at(90)
    assert shop.slots(8, 0, at(89)) == 0
    assert shop.slots(8, 0, at(90)) == 8


def test_too_many_requests_count_against_no_one() -> None:
    shop = health()
    for _ in range(UNHEALTHY_AFTER + 9):
        assert shop.failed(Throttled("get", "Too many"), 3, NOON)[0] == 3
    assert shop.is_healthy


def test_a_shop_that_was_reconnected_is_tried_at_once() -> None:
    shop = ShopHealth(stopped="Authorize the shop again.")
    shop.failed(ShopStopped("get", "Expired", wait=timedelta(seconds=90)), 0, NOON)
    assert shop.slots(8, 0, NOON) == 0
    shop.reconnected()
    assert (shop.slots(8, 0, NOON), shop.stopped) == (8, None)


def test_a_shop_that_stood_still_when_the_process_began_is_probed_by_one_call() -> None:
    assert ShopHealth(stopped="Authorize the shop again.").slots(8, 0, NOON) == 1


def test_an_answer_to_an_earlier_call_does_not_shorten_that_wait() -> None:
    shop = health()
    shop.failed(Throttled("get", "Too many", wait=timedelta(seconds=90)), 0, NOON)
    shop.answered()
    assert shop.slots(8, 0, at(89)) == 0


@pytest.mark.parametrize("error", [ShopStopped, NotAuthorized])
def test_a_stopped_shop_says_why_and_is_probed_each_minute(error: type[TikTokError]) -> None:
    shop = health()
    tries, when = shop.failed(error("get", "Expired", hint="Authorize the shop again."), 3, NOON)
    assert (tries, when) == (3, NOON + STOPPED_PROBE)
    assert shop.stopped == "Authorize the shop again."
    assert [shop.slots(8, 0, at(seconds)) for seconds in (1, 59, 60)] == [0, 0, 1]
    shop.answered()
    assert shop.stopped is None
    assert shop.slots(8, 0, at(61)) == 8


def test_a_stopped_shop_without_a_hint_repeats_tiktoks_words() -> None:
    shop = health()
    shop.failed(ShopStopped("get", "The seller is inactive"), 0, NOON)
    assert shop.stopped == "The seller is inactive"
