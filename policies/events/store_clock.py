"""Whether a store's clock is ahead, by what its events show. Pure.

The order of events ignores a time of Magento that is not credible (`event_order`). This module says whose clock it is,
by how much and since when, so that a person can set it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from policies.events.event_order import clock_is_ahead
from schemas.product_event import Origin, ProductEvent


@dataclass(frozen=True, slots=True)
class AheadClock:
    """A store's clock that is ahead of the endpoint's.

    `ahead` is by how much in the newest event that shows it: at least, because a webhook takes time to arrive. `since`
    and `seen_at` are when the first and the newest such event were received.
    """

    ahead: timedelta
    since: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ClockReadings:
    """What some events of one store show: that its clock is ahead, and the newest `updated_at` that is credible."""

    ahead: AheadClock | None = None
    credible: datetime | None = None

    def with_event(self, event: ProductEvent) -> ClockReadings:
        """Return the readings with those of one more event. Only webhooks count: the others are of long ago."""
        if event.updated_at is None or event.origin is not Origin.WEBHOOK or event.replay_of is not None:
            return self
        if clock_is_ahead(event):
            at = event.received_at
            return replace(self, ahead=_together(self.ahead, AheadClock(event.updated_at - at, at, at)))
        if self.credible is not None and self.credible >= event.updated_at:
            return self
        return replace(self, credible=event.updated_at)

    def merged(self, other: ClockReadings) -> ClockReadings:
        """Return the readings of the events of both."""
        credible = [at for at in (self.credible, other.credible) if at is not None]
        return ClockReadings(_together(self.ahead, other.ahead), max(credible, default=None))


NOTHING_SHOWN: Final = ClockReadings()


def after_readings(stored: AheadClock | None, readings: ClockReadings) -> AheadClock | None:
    """Return the state of the store's clock after these readings: None where it is not ahead, as far as events show.

    A credible time ends it if the save was made after the newest event that showed the clock ahead. An earlier time
    says nothing: it may be that of a save before the clock was wrong, or of a webhook that was late.
    """
    before = None if _is_over(stored, readings) else stored
    clock = _together(before, readings.ahead)
    return None if _is_over(clock, readings) else clock


def is_time_again(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether something that is done at most once in `every` may be done now; `last` is when it was done last."""
    return last is None or now - last >= every


def _is_over(clock: AheadClock | None, readings: ClockReadings) -> bool:
    return clock is not None and readings.credible is not None and readings.credible > clock.seen_at


def _together(first: AheadClock | None, second: AheadClock | None) -> AheadClock | None:
    if first is None or second is None:
        return first or second
    newest = max(first, second, key=lambda clock: clock.seen_at)
    return replace(newest, since=min(first.since, second.since))
