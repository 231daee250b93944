"""What the heartbeats of the consumers come to: does one work, how far is it, and what waits by shop. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from records.log.heartbeats import CONSUMER, Heartbeat, working


class State(Enum):
    """Of all consumers together."""

    NEVER = "never started"
    ENDED = "stopped"
    SILENT = "silent"
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop as the consumer sees it. Seconds of what could go now, and of the oldest save that was not sent."""

    waiting: int = 0
    due: int = 0
    due_seconds: float = 0.0
    oldest_seconds: float = 0.0
    calls_per_second: float | None = None
    held_seconds: float = 0.0
    creates_from: datetime | None = None

    @property
    def oldest(self) -> timedelta:
        """How long the oldest save that was not sent has waited."""
        return timedelta(seconds=self.oldest_seconds)


@dataclass(frozen=True, slots=True)
class Process:
    """A consumer that works, as its last beat told."""

    name: str
    at: datetime
    version: str
    started_at: datetime | None
    lag_records: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Beating:
    """`at` is the newest beat; `consumers` those that work, newest first; numbers are None where none works."""

    state: State
    at: datetime | None = None
    consumers: tuple[Process, ...] = ()
    lag_records: int | None = None
    lag_seconds: float | None = None
    shops: Mapping[str, ShopSeen] = field(default_factory=dict)

    @property
    def lag(self) -> timedelta | None:
        """How far behind Magento; None where no consumer works."""
        return None if self.lag_seconds is None else timedelta(seconds=self.lag_seconds)

    def shop(self, key: str) -> ShopSeen:
        """This shop; one with nothing to do where nothing was told of it."""
        return self.shops.get(key, ShopSeen())


def beating(beats: Sequence[Heartbeat], now: datetime) -> Beating:
    """The heartbeats of all processes, as of now."""
    newest = max(
        (one for one in beats if one.process.startswith(CONSUMER)), key=lambda one: one.at, default=None
    )
    if newest is None:
        return Beating(State.NEVER)
    live = working(beats, now)
    if not live:
        return Beating(State.ENDED if newest.document.get("ended") else State.SILENT, newest.at)
    return Beating(
        State.WORKS,
        newest.at,
        tuple(_process(one) for one in live),
        # Each has partitions of its own.
        sum(one.document.get("lag_records", 0) for one in live),
        max(one.document.get("lag_seconds", 0.0) for one in live),
        _shops(live),
    )


def _shops(live: Sequence[Heartbeat]) -> dict[str, ShopSeen]:
    """What waits is the same to all of them: the newest word counts."""
    seen: dict[str, Mapping[str, Any]] = {}
    for beat in reversed(live):
        seen |= beat.document.get("shops", {})
    return {key: _shop(of_it) for key, of_it in seen.items()}


def _process(beat: Heartbeat) -> Process:
    value = beat.document
    return Process(
        beat.process,
        beat.at,
        value.get("version", "?"),
        _moment(value.get("started_at")),
        value.get("lag_records", 0),
        value.get("in_hand", 0),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _shop(fields: Mapping[str, Any]) -> ShopSeen:
    return ShopSeen(
        waiting=fields.get("waiting", 0),
        due=fields.get("due", 0),
        due_seconds=fields.get("due_seconds", 0.0),
        oldest_seconds=fields.get("oldest_seconds", 0.0),
        calls_per_second=fields.get("calls_per_second"),
        held_seconds=fields.get("held_seconds", 0.0),
        creates_from=_moment(fields.get("creates_from")),
    )
