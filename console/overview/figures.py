"""The numbers of the overview: cards, charts, and the most frequent reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from console.overview.charts import Chart, Window, line, stacked
from operations.formatting import duration
from policies.decision import Action
from records.log.counters import HOUR, MINUTE, Counter, CounterKind, CounterStep, step_of
from schemas.listing import OutcomeKind
from schemas.product_event import Origin

WINDOWS: Final[Mapping[str, tuple[str, int, timedelta, int]]] = {
    "1h": ("1 hour", MINUTE, timedelta(minutes=1), 60),
    "24h": ("24 hours", HOUR, timedelta(hours=1), 24),
    "7d": ("7 days", HOUR, timedelta(hours=6), 28),
}
"""By the value of the query parameter: label, step of the counters, step of the chart, number of steps."""
MOST_REASONS: Final = 8
RECENT: Final = timedelta(minutes=4)
"""Rates per minute cover this time and the current minute."""

Numbers = Mapping[Counter, Sequence[int]]
"""For each counter, a number for each step of the window."""


def window(word: str, now: datetime) -> Window:
    """Return the window for a key of `WINDOWS`. Its last step is the current, unfinished one."""
    _, _, step, steps = WINDOWS[word]
    last = step_of(now, int(step.total_seconds()))
    return Window(last - (steps - 1) * step, step, steps)


def numbers(counted: Iterable[CounterStep], over: Window) -> dict[Counter, list[int]]:
    """Put these numbers into the steps of the window; those outside it are left out."""
    found: dict[Counter, list[int]] = {}
    for counted_step in counted:
        if (place := over.place(counted_step.at)) is None:
            continue
        steps = found.setdefault(counted_step.counter, [0] * over.steps)
        if counted_step.counter.kind.keeps_highest:
            steps[place] = max(steps[place], counted_step.number)
        else:
            steps[place] += counted_step.number
    return found


@dataclass(frozen=True, slots=True)
class Reasoned:
    """The number of decisions for one reason; `share` is its percentage of the most frequent one."""

    action: str
    reason: str
    number: int
    share: int


def reasons(numbers: Numbers, most: int = MOST_REASONS) -> list[Reasoned]:
    """Return the reasons of decisions, most frequent first."""
    counted = {
        (counter.label, counter.reason): sum(steps)
        for counter, steps in numbers.items()
        if counter.kind is CounterKind.DECISION
    }
    top = max(counted.values(), default=0)
    first = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]
    return [Reasoned(action, reason, number, round(100 * number / top)) for (action, reason), number in first]


def decisions(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """Return the chart of decisions by action."""
    kinds = {
        action.value.replace("_", " "): _together(numbers, over, CounterKind.DECISION, action.value)
        for action in Action
    }
    return stacked("Decisions by action", over, kinds, zone)


def calls(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """Return the chart of TikTok calls: accepted, rejected, failed and rate-limited."""
    made, refused, failed, throttled = (
        _together(numbers, over, kind)
        for kind in (
            CounterKind.CALL,
            CounterKind.CALL_REFUSED,
            CounterKind.CALL_FAILED,
            CounterKind.CALL_THROTTLED,
        )
    )
    accepted = [
        max(0, all_ - sum(others)) for all_, *others in zip(made, refused, failed, throttled, strict=True)
    ]
    kinds = {"accepted": accepted, "rejected": refused, "failed": failed, "rate limited": throttled}
    return stacked("TikTok calls", over, kinds, zone)


def waiting(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """Return the chart of the age of the oldest save not sent yet: the highest in each step."""
    ages = numbers.get(Counter(CounterKind.OLDEST_SECONDS), [0] * over.steps)
    return line("Age of the oldest change not yet sent", over, "Seconds", ages, zone, " s")


def _together(numbers: Numbers, over: Window, kind: CounterKind, label: str | None = None) -> list[int]:
    rows = [
        steps for counter, steps in numbers.items() if counter.kind is kind and label in (None, counter.label)
    ]
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * over.steps


@dataclass(frozen=True, slots=True)
class Totals:
    """The sum of each counter over one span."""

    by_counter: Mapping[Counter, int]

    def of(self, kind: CounterKind, label: str | None = None) -> int:
        """Return the sum of the counters of this kind, or of those with this label."""
        return sum(
            number
            for counter, number in self.by_counter.items()
            if counter.kind is kind and label in (None, counter.label)
        )

    def within(self, kind: CounterKind, share: float = 0.95) -> str | None:
        """Return the time within which this share was done, or None if nothing was counted.

        `kind` is `DECIDED_WITHIN` or `APPLIED_WITHIN`, whose labels are upper bounds in seconds.
        """
        bounds = {
            counter.label: number for counter, number in self.by_counter.items() if counter.kind is kind
        }
        left = share * sum(bounds.values())
        for bound, number in sorted(bounds.items(), key=lambda item: _seconds(item[0])):
            left -= number
            if left <= 0:
                return "more than 1 h" if bound == "more" else duration(timedelta(seconds=_seconds(bound)))
        return None

    @property
    def webhooks(self) -> int:
        """The number of events that came by webhook."""
        return self.of(CounterKind.EVENT, Origin.WEBHOOK.value)

    @property
    def decided_within(self) -> str | None:
        """The 95th percentile from webhook to decision, as text."""
        return self.within(CounterKind.DECIDED_WITHIN)

    @property
    def applied_within(self) -> str | None:
        """The 95th percentile from decision to TikTok's answer, as text."""
        return self.within(CounterKind.APPLIED_WITHIN)

    @property
    def calls(self) -> int:
        """The number of TikTok calls."""
        return self.of(CounterKind.CALL)

    @property
    def calls_refused(self) -> int:
        """The number of TikTok calls that were rejected."""
        return self.of(CounterKind.CALL_REFUSED)

    @property
    def calls_throttled(self) -> int:
        """The number of TikTok calls that hit the rate limit."""
        return self.of(CounterKind.CALL_THROTTLED)

    @property
    def failing(self) -> float | None:
        """The percentage of TikTok calls that failed or hit the rate limit; None if there were no calls."""
        failed = self.of(CounterKind.CALL_FAILED) + self.calls_throttled
        return 100 * failed / self.calls if self.calls else None

    @property
    def synced(self) -> int:
        """The number of syncs that TikTok accepted."""
        return sum(self.of(CounterKind.OUTCOME, kind.value) for kind in _SYNCED)

    @property
    def refused(self) -> int:
        """The number of syncs that TikTok or pre-flight rejected."""
        return sum(self.of(CounterKind.OUTCOME, kind.value) for kind in OutcomeKind if kind.is_failed)

    @property
    def refused_here(self) -> int:
        """The number of syncs that pre-flight rejected, before a call."""
        return self.of(CounterKind.OUTCOME, OutcomeKind.REFUSED_HERE.value)


_SYNCED: Final = (OutcomeKind.ACCEPTED, OutcomeKind.ADOPTED)


def _seconds(bound: str) -> float:
    return float("inf") if bound == "more" else float(bound)


def a_minute(number: int, now: datetime) -> float:
    """Return the rate per minute of what was counted in `RECENT` and the current minute."""
    minutes = (RECENT + timedelta(seconds=now.timestamp() % MINUTE)).total_seconds() / 60
    return number / minutes


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return the start of the current day in this time zone."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
