"""How long a number of TikTok calls takes at the configured rate of each shop, and its words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from operations.formatting import duration

NO_LIMIT: Final = (
    "No rate limit is set (M2T_CALLS_PER_SECOND is 0), so only TikTok's own limits slow the calls down."
)


def at_pace(calls_of_shops: Mapping[str, int], calls_per_second: float) -> float | None:
    """Return the seconds until the last call is made; None without a rate limit. Shops do not wait for each other."""
    if not calls_per_second:
        return None
    return max(calls_of_shops.values(), default=0) / calls_per_second


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
    before, after = (
        duration(timedelta(seconds=simulated[side]["seconds"]), 2) for side in ("before", "after")
    )
    return (
        f"At {pace['calls_per_second']:g} calls per second{each}, the draft's calls take about {after}; those of the "
        f"current rules take {before}."
    )
