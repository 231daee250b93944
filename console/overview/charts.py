"""Charts as SVG geometry: numbers over time become paths, axes and the rows of a table. Pure.

Coordinates are those of the viewBox; the template writes them out unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from operations import formatting

WIDTH: Final = 380
HEIGHT: Final = 180
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 8, 22
_INNER_WIDTH: Final = WIDTH - LEFT - RIGHT
_INNER_HEIGHT: Final = HEIGHT - TOP - BOTTOM
_GAP: Final = 0.2
"""The gap between two bars, as a share of a step's width."""
_LEAST_HEIGHT: Final = 1.0
"""The least height of a bar, so that 1 is visible beside 10,000."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time shown: `steps` steps of the length `step`, from `since` on."""

    since: datetime
    step: timedelta
    steps: int

    @property
    def until(self) -> datetime:
        """The end of the last step."""
        return self.since + self.steps * self.step

    def moments(self) -> list[datetime]:
        """Return the start of each step."""
        return [self.since + number * self.step for number in range(self.steps)]

    def place(self, at: datetime) -> int | None:
        """Return the number of the step with this moment; None if it is outside."""
        number = int((at - self.since) // self.step)
        return number if 0 <= number < self.steps else None


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid or a mark on the axis: its position and label."""

    position: float
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its label, its SVG path and its sum (of a line: its maximum)."""

    words: str
    path: str
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table behind the chart: a step's start, in the page's time zone, and a number of each series."""

    at: datetime
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. `rows` leaves out steps in which every number is 0."""

    title: str
    description: str
    series: tuple[Series, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    rows: tuple[Row, ...]
    is_line: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether every number is 0."""
        return not self.rows


def stacked(
    title: str, window: Window, kinds: Mapping[str, Sequence[int]], zone: tzinfo, unit: str = ""
) -> Chart:
    """Return a stacked bar chart. `kinds` has a number for each step, by label."""
    sums = [sum(numbers) for numbers in zip(*kinds.values(), strict=True)]
    top = ceiling(max(sums, default=0))
    floors = [0.0] * window.steps
    series = []
    for words, numbers in kinds.items():
        series.append(Series(words, _bars(numbers, floors, top), sum(numbers)))
        floors = [floor + _height(number, top) for floor, number in zip(floors, numbers, strict=True)]
    text = ", ".join(f"{shown.words} {formatting.number(shown.total)}" for shown in series)
    return Chart(
        title,
        f"Total: {text}. Maximum in one step: {formatting.number(max(sums, default=0))}{unit}.",
        tuple(series),
        across(window, zone),
        up(top),
        _rows(window, list(kinds.values()), zone),
    )


def line(title: str, window: Window, words: str, numbers: Sequence[int], zone: tzinfo, unit: str) -> Chart:
    """Return a line chart of a number for each step."""
    top = ceiling(max(numbers, default=0))
    width = _INNER_WIDTH / window.steps
    points = [
        f"{LEFT + (number + 0.5) * width:.1f} {HEIGHT - BOTTOM - value / top * _INNER_HEIGHT:.1f}"
        for number, value in enumerate(numbers)
    ]
    path = f"M{'L'.join(points)}" if any(numbers) else ""
    return Chart(
        title,
        f"{words}, at most {formatting.number(max(numbers, default=0))}{unit}.",
        (Series(words, path, max(numbers, default=0)),),
        across(window, zone),
        up(top),
        _rows(window, [numbers], zone),
        is_line=True,
    )


def _bars(numbers: Sequence[int], floors: Sequence[float], top: int) -> str:
    width = _INNER_WIDTH / len(numbers)
    drawn = []
    for number, (value, floor) in enumerate(zip(numbers, floors, strict=True)):
        if value:
            left, height = LEFT + (number + _GAP / 2) * width, _height(value, top)
            bottom = HEIGHT - BOTTOM - floor
            drawn.append(f"M{left:.1f} {bottom:.1f}v{-height:.1f}h{width * (1 - _GAP):.1f}v{height:.1f}z")
    return "".join(drawn)


def _height(value: int, top: int) -> float:
    return max(_LEAST_HEIGHT, value / top * _INNER_HEIGHT) if value else 0.0


def _rows(window: Window, kinds: Sequence[Sequence[int]], zone: tzinfo) -> tuple[Row, ...]:
    return tuple(
        Row(at.astimezone(zone), numbers)
        for at, numbers in zip(window.moments(), zip(*kinds, strict=True), strict=True)
        if any(numbers)
    )


def ceiling(most: int) -> int:
    """Return the end of the axis: a round even number, at least 2."""
    if most <= 10:
        return next(top for top in (2, 4, 6, 8, 10) if top >= most)
    size = 1
    while True:
        for top in (12, 16, 20, 30, 40, 60, 80, 100):
            if top * size >= most:
                return top * size
        size *= 10


def up(top: int) -> tuple[Tick, ...]:
    """Return the lines of the grid: 0, half of the axis and its end."""
    return tuple(
        Tick(HEIGHT - BOTTOM - number / top * _INNER_HEIGHT, short(number)) for number in (0, top // 2, top)
    )


def short(number: int) -> str:
    """Return the number short enough for an axis: 950, 12k, 3.5M."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + sign
    return str(number)


def across(window: Window, zone: tzinfo) -> tuple[Tick, ...]:
    """Return the marks of the time axis: every ten minutes, four hours or day, in the page's time zone."""
    length = window.step * window.steps
    width = _INNER_WIDTH / window.steps
    return tuple(
        Tick(LEFT + number * width, _words(local, length))
        for number, at in enumerate(window.moments())
        if _is_round(local := at.astimezone(zone), length, window.step)
    )


def _is_round(local: datetime, length: timedelta, step: timedelta) -> bool:
    if length <= timedelta(hours=1):
        return local.minute % 10 == 0
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    every = timedelta(hours=4) if length <= timedelta(days=1) else timedelta(days=1)
    return (local - midnight) % every < step


def _words(local: datetime, length: timedelta) -> str:
    return f"{local:%a %d}" if length > timedelta(days=1) else f"{local:%H:%M}"
