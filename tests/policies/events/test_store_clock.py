"""What events show about the clock of their store, since when, and when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.events.store_clock import (
    NOTHING_SHOWN,
    AheadClock,
    ClockReadings,
    after_readings,
    is_time_again,
)
from schemas.product_event import Origin, ProductEvent
from tests.policies.examples import at, saved

HOUR = 3_600
AN_HOUR = timedelta(hours=1)


def ahead(received: float, by: float = HOUR, **value: Any) -> ProductEvent:
    """Return a save that was received then, from a store whose clock is so many seconds ahead."""
    return saved(received, updated_at=at(received + by), **value)


def credible(received: float, saved_at: float | None = None) -> ProductEvent:
    """Return a save that was received then, and saved then by a right clock, or at another time."""
    return saved(received, updated_at=at(received if saved_at is None else saved_at))


def readings(*events: ProductEvent) -> ClockReadings:
    found = NOTHING_SHOWN
    for event in events:
        found = found.with_event(event)
    return found


FIRST = AheadClock(AN_HOUR, at(0), at(0))


@pytest.mark.parametrize(
    ("stored", "events", "after"),
    [
        # nothing to report
        (None, [], None),
        (None, [saved(0)], None),
        (None, [credible(0)], None),
        (None, [credible(0, 300)], None),
        # the first event that shows it, and the newest: since when, until when, and by how much
        (None, [ahead(0)], FIRST),
        (None, [ahead(0), ahead(60, 2 * HOUR)], AheadClock(2 * AN_HOUR, at(0), at(60))),
        (FIRST, [ahead(60, 2 * HOUR)], AheadClock(2 * AN_HOUR, at(0), at(60))),
        # events arrive in any order
        (None, [ahead(60, 2 * HOUR), ahead(0)], AheadClock(2 * AN_HOUR, at(0), at(60))),
        (AheadClock(AN_HOUR, at(9), at(60)), [ahead(0, 900)], AheadClock(AN_HOUR, at(0), at(60))),
        # an event without a time of Magento says nothing
        (FIRST, [saved(60)], FIRST),
        # a save that was made later, with a credible time, ends it
        (FIRST, [credible(60)], None),
        (None, [ahead(0), credible(60)], None),
        # the time of an earlier save, or of a webhook that was late, does not
        (FIRST, [credible(60, -900)], FIRST),
        (FIRST, [credible(60, 0)], FIRST),
        # and it begins again
        (FIRST, [credible(60), ahead(120)], AheadClock(AN_HOUR, at(120), at(120))),
        # what is replayed or read later shows the clock of long ago
        (None, [ahead(0, origin=Origin.REPLAY)], None),
        (None, [ahead(0, origin=Origin.READ)], None),
        (None, [ahead(0, replay_of="save-1")], None),
    ],
)
def test_what_is_known_of_the_clock_after_these_events(
    stored: AheadClock | None, events: list[ProductEvent], after: AheadClock | None
) -> None:
    assert after_readings(stored, readings(*events)) == after


@given(st.permutations([ahead(0), ahead(60, 900), credible(90), saved(95), credible(99, -5)]))
def test_the_order_of_the_events_of_a_batch_does_not_matter(events: list[ProductEvent]) -> None:
    assert after_readings(FIRST, readings(*events)) is None


@pytest.mark.parametrize(
    ("last", "now", "again"), [(None, 0, True), (0, 59, False), (0, 60, True), (60, 0, False)]
)
def test_a_time_limit_between_two_reports(last: float | None, now: float, again: bool) -> None:
    before = None if last is None else at(last)
    assert is_time_again(before, at(now), timedelta(minutes=1)) is again
