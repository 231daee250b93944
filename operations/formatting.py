"""Format moments, lengths of time and numbers for people: pages, reports and commands write them alike. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds in each unit, largest first, with the unit's symbol."""


def moment(at: datetime) -> str:
    """Return the moment in UTC: `2026-11-27 13:45:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(length: timedelta, units: int = 1) -> str:
    """Return the length in its largest units, cut off below them: `5 min`, or `5 min 20 s` with two `units`.

    Only a length below one second has decimals: `0.25 s`.
    """
    left = round(length.total_seconds(), 2)
    if left < 1:
        return f"{max(left, 0):g} s"
    found: list[str] = []
    for size, symbol in _UNITS:
        count, left = divmod(int(left), size)
        if count:
            found.append(f"{count} {symbol}")
        elif found:
            break
    return " ".join(found[:units])


def number(value: float | None) -> str:
    """Return the number with commas between thousands, and one decimal unless it is whole; an en dash for None."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def plural(value: int, singular: str, several: str | None = None) -> str:
    """Return the number with its noun: `1 listing`, `2,000 listings`. `several` defaults to `singular` with an s."""
    return f"{number(value)} {singular if value == 1 else several or singular + 's'}"
