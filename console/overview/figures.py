"""What the overview tells, from tallies: cards, charts and the reasons in the order of their number. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from console.overview.charts import Chart, Window, line, stacked
from policies.decision import Action
from records.log.counters import HOUR, MINUTE, Tallied, step_of
from schemas.listing import OutcomeKind

WINDOWS: Final[Mapping[str, tuple[str, int, timedelta, int]]] = {
    "1h": ("1 hour", MINUTE, timedelta(minutes=1), 60),
    "24h": ("24 hours", HOUR, timedelta(hours=1), 24),
    "7d": ("7 days", HOUR, timedelta(hours=6), 28),
}
"""By the word of the address: its words, the step of the tallies, the step that is drawn, and how many."""
MOST_REASONS: Final = 8
RECENT: Final = timedelta(minutes=4)
"""And the minute that has begun: what *a minute* is told of."""
_HIGHEST: Final = frozenset({"oldest_seconds", "waiting", "lag_records", "lag_seconds"})
"""Of these a step holds the highest, not the sum."""

Numbers = Mapping[str, Sequence[int]]
"""By name, a number for each step of the window."""


def window(word: str, now: datetime) -> Window:
    """The window of this word; its last step is the one that has begun."""
    _, _, step, steps = WINDOWS[word]
    last = step_of(now, int(step.total_seconds()))
    return Window(last - (steps - 1) * step, step, steps)


def numbers(tallied: Iterable[Tallied], over: Window) -> dict[str, list[int]]:
    """The tallies laid into the steps of the window."""
    found: dict[str, list[int]] = {}
    for one in tallied:
        if (place := over.place(one.at)) is None:
            continue
        steps = found.setdefault(one.name, [0] * over.steps)
        together = max(steps[place], one.number) if one.name in _HIGHEST else steps[place] + one.number
        steps[place] = together
    return found


@dataclass(frozen=True, slots=True)
class Reasoned:
    """So many decisions for one reason; `share` in hundredths of the most frequent one."""

    action: str
    reason: str
    number: int
    share: int


def reasons(numbers: Numbers, most: int = MOST_REASONS) -> list[Reasoned]:
    """The most frequent first."""
    counted = {
        (words[1], words[2]): sum(steps)
        for name, steps in numbers.items()
        if len(words := name.split(" ", 2)) == 3 and words[0] == "decision"
    }
    top = max(counted.values(), default=0)
    first = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:most]
    return [Reasoned(action, reason, number, round(100 * number / top)) for (action, reason), number in first]


def decisions(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """By action."""
    kinds = {
        action.value.replace("_", " "): _together(numbers, f"decision {action.value} ", over)
        for action in Action
    }
    return stacked("Decisions by action", over, kinds, zone)


def calls(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """TikTok calls: taken, answered with a no, without an answer of use, and those that were too many."""
    made, refused, failed, throttled = (
        _together(numbers, f"{name} ", over)
        for name in ("call", "call_refused", "call_failed", "call_throttled")
    )
    taken = [
        max(0, all_ - sum(others)) for all_, *others in zip(made, refused, failed, throttled, strict=True)
    ]
    kinds = {"taken": taken, "refused": refused, "failed": failed, "rate limited": throttled}
    return stacked("TikTok calls", over, kinds, zone)


def waiting(numbers: Numbers, over: Window, zone: tzinfo) -> Chart:
    """How old the oldest unsent save was, at the worst of each step."""
    ages = numbers.get("oldest_seconds", [0] * over.steps)
    return line("Age of the oldest change not yet sent", over, "Seconds", ages, zone, " s")


def _together(numbers: Numbers, prefix: str, over: Window) -> list[int]:
    rows = [steps for name, steps in numbers.items() if name.startswith(prefix)]
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * over.steps


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by name over one span."""

    by_name: Mapping[str, int]

    def of(self, prefix: str) -> int:
        """All names that begin so, together."""
        return sum(number for name, number in self.by_name.items() if name.startswith(prefix))

    def within(self, what: str, share: float = 0.95) -> str | None:
        """How long this share of them took at the most (`decided_within`, `applied_within`); None where none was."""
        bounds = {
            name.removeprefix(f"{what} "): number
            for name, number in self.by_name.items()
            if name.startswith(f"{what} ")
        }
        left = share * sum(bounds.values())
        for bound, number in sorted(bounds.items(), key=lambda one: _seconds(one[0])):
            left -= number
            if left <= 0:
                return length(_seconds(bound))
        return None

    @property
    def failing(self) -> float | None:
        """Of a hundred TikTok calls, those that failed or were too many; None where none was made."""
        made = self.of("call ")
        return 100 * (self.of("call_failed ") + self.of("call_throttled ")) / made if made else None

    @property
    def synced(self) -> int:
        """Syncs that TikTok took."""
        return sum(self.by_name.get(f"outcome {kind.value}", 0) for kind in _SYNCED)

    @property
    def refused(self) -> int:
        """Syncs that TikTok, or a check of ours, refused."""
        return sum(self.by_name.get(f"outcome {kind.value}", 0) for kind in OutcomeKind if kind.is_refusal)


_SYNCED: Final = (OutcomeKind.ACCEPTED, OutcomeKind.ADOPTED)


def _seconds(bound: str) -> float:
    return float("inf") if bound == "more" else float(bound)


def length(seconds: float) -> str:
    """A bound, as it is said: 0.25 s, 5 min, 1 h."""
    if seconds == float("inf"):
        return "more than 1 h"
    for size, word in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {word}"
    return f"{seconds:g} s"


def a_minute(number: int, now: datetime) -> float:
    """What was counted since `RECENT` before this minute, as a rate."""
    minutes = (RECENT + timedelta(seconds=now.timestamp() % MINUTE)).total_seconds() / 60
    return number / minutes


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the day of this zone began."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
