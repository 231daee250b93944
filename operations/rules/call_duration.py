"""How long a number of TikTok calls takes at the configured rate of each shop, and its words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NO_LIMIT: Final = (
    "No rate limit is set (M2T_CALLS_PER_SECOND is 0), so only TikTok's own limits slow the calls down."
)
_SIZES: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def at_pace(calls_of_shops: Mapping[str, int], calls_per_second: float) -> float | None:
    """Return the seconds until the last call is made; None without a rate limit. Shops do not wait for each other."""
    if not calls_per_second:
        return None
    return max(calls_of_shops.values(), default=0) / calls_per_second


def about(seconds: float) -> str:
    """Return a duration in seconds in words, by its two largest units."""
    if seconds < 1:
        return "less than a second" if seconds else "no time"
    left, found = round(seconds), []
    for size, word in _SIZES:
        number, left = divmod(left, size)
        if number:
            found.append(f"{number} {word}{'' if number == 1 else 's'}")
        elif found:
            break
    return " ".join(found[:2])


def pace_words(simulated: Mapping[str, Any]) -> str:
    """Return a sentence on the duration of a simulation's calls; empty if the document has no rate.

    `simulated` is what `simulate.comparison_document` returns.
    """
    pace = simulated.get("pace")
    if pace is None:
        return ""
    if not pace["calls_per_second"]:
        return NO_LIMIT
    each = " for each shop" if pace["shops"] > 1 else ""
    before, after = (about(simulated[one]["seconds"]) for one in ("before", "after"))
    return (
        f"At the pace of {pace['calls_per_second']:g} a second{each}, this takes about {after} under the draft, "
        f"and {before} under what is in force."
    )
