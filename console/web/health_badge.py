"""The health badge of every page, computed from the database alone: no network call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from console.web.consumer_status import Beating, State, beating
from console.web.context import console_context
from operations.formatting import duration
from records.log import heartbeats
from records.rules import shops
from records.rules.shops import NOT_CONNECTED_YET

BEHIND_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Pulse:
    """`level` is success, warning, error or info; `words` is the badge's text, `why` a sentence that explains it."""

    level: str
    words: str
    why: str


_NOT_WORKING: Final[Mapping[State, Pulse]] = {
    State.NEVER: Pulse(
        "info", "Not started", "No worker has run with this database yet. Start one: m2t consumer"
    ),
    State.ENDED: Pulse(
        "error",
        "Consumer stopped",
        "The worker is stopped: nothing is decided or sent until it runs again. Start it: m2t consumer",
    ),
    State.SILENT: Pulse(
        "error",
        "Consumer silent",
        "The worker has sent no heartbeat recently. Check that it runs, and its log.",
    ),
}


def pulse(paused: Collection[str] = ()) -> Pulse:
    """Return the badge for the heartbeats and stopped shops in the database; the queue of `paused` shops is ignored."""
    with console_context().database.read() as connection:
        beats = heartbeats.load_all(connection)
        stopped = shops.stopped(connection)
    reasons = {key: why for key, (why, _) in stopped.items()}
    return judged(beating(beats, console_context().clock()), reasons, paused)


def judged(seen: Beating, stopped: Mapping[str, str], paused: Collection[str]) -> Pulse:
    """Return the badge of the worst problem. `stopped` has the reason of each shop whose sync has stopped. Pure."""
    to_mend = sorted(key for key, why in stopped.items() if why != NOT_CONNECTED_YET)
    if to_mend:
        return Pulse(
            "error",
            "Shop stopped",
            f"Every TikTok call of {', '.join(to_mend)} would fail: reconnect TikTok in Settings.",
        )
    if seen.state is not State.WORKS:
        return _NOT_WORKING[seen.state]
    if (seen.lag_seconds or 0) > BEHIND_SECONDS:
        return Pulse(
            "warning",
            "Behind",
            f"Product events are {duration(timedelta(seconds=seen.lag_seconds or 0))} behind.",
        )
    late = {key: shop.due_seconds for key, shop in seen.shops.items() if key not in {*paused, *stopped}}
    if late and (longest := max(late.values())) > BEHIND_SECONDS:
        return Pulse(
            "warning", "Behind", f"A listing has been due for {duration(timedelta(seconds=longest))}."
        )
    if stopped:
        return Pulse(
            "info", "Set-up unfinished", f"TikTok Shop is not connected yet for {', '.join(sorted(stopped))}."
        )
    return Pulse("success", "Up to date", "The worker is running and the queue is short.")
