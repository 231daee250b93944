"""The health dot of every page: one word, from what the database tells; no network."""

from __future__ import annotations

from dataclasses import dataclass

from console.desk import desk
from records import heartbeats, shops
from records.heartbeats import SILENT


@dataclass(frozen=True, slots=True)
class Pulse:
    """`level` is success, warning, error or info; `words` a few words, `why` a sentence."""

    level: str
    words: str
    why: str


def pulse() -> Pulse:
    """How it is going, by the heartbeats and the shops that stand still."""
    now = desk().clock()
    with desk().database.read() as connection:
        beats = heartbeats.load_all(connection)
        stopped = {key: why for key, (why, _) in shops.stopped(connection).items() if why}
    if stopped:
        names = ", ".join(sorted(stopped))
        return Pulse(
            "error", "Shop stopped", f"Every TikTok call of {names} would fail: a person must authorize it."
        )
    consumers = [one for one in beats if one.process.startswith("consumer")]
    if not consumers:
        return Pulse("info", "Not started", "No consumer has run with this database yet.")
    newest = max(one.at for one in consumers)
    if now - newest > SILENT:
        return Pulse(
            "error", "Consumer silent", "The consumer has said nothing for a while: look into its log."
        )
    late = max((one.document.get("oldest_seconds", 0) for one in consumers), default=0)
    if late > 60:
        return Pulse("warning", "Behind", f"The oldest change has waited for {int(late)} seconds.")
    return Pulse("success", "In step", "The consumer works, and nothing waits for long.")
