"""The status of all consumers by their heartbeats: whether one runs, its backlog, and each shop's queue. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from records.log.heartbeats import CONSUMER, Heartbeat, working


class State(Enum):
    """The state of all consumers together."""

    NEVER = "never started"
    ENDED = "stopped"
    SILENT = "silent"
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop by the newest heartbeat.

    `due_seconds` is the age of the oldest listing that could be sent now, `oldest_seconds` that of the oldest save not
    sent yet. `tiktok_wait` is how long TikTok asked for no calls; `creates_from` is when new listings may be created
    again after the daily limit.
    """

    waiting: int = 0
    due: int = 0
    due_seconds: float = 0.0
    oldest_seconds: float = 0.0
    calls_per_second: float | None = None
    tiktok_wait: timedelta = timedelta(0)
    creates_from: datetime | None = None

    @property
    def oldest(self) -> timedelta:
        """How long the oldest save not sent yet has waited."""
        return timedelta(seconds=self.oldest_seconds)


@dataclass(frozen=True, slots=True)
class Process:
    """A running consumer, by its last heartbeat."""

    name: str
    at: datetime
    version: str
    started_at: datetime | None
    lag_records: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Beating:
    """The status of all consumers.

    `at` is the newest heartbeat; `consumers` are the running ones, newest first. The numbers are None if none runs.
    """

    state: State
    at: datetime | None = None
    consumers: tuple[Process, ...] = ()
    lag_records: int | None = None
    lag_seconds: float | None = None
    shops: Mapping[str, ShopSeen] = field(default_factory=dict)

    @property
    def lag(self) -> timedelta | None:
        """How far intake is behind Magento; None if no consumer runs."""
        return None if self.lag_seconds is None else timedelta(seconds=self.lag_seconds)

    def shop(self, key: str) -> ShopSeen:
        """Return the shop's status; an empty one if no heartbeat mentions it."""
        return self.shops.get(key, ShopSeen())


def beating(beats: Sequence[Heartbeat], now: datetime) -> Beating:
    """Summarize the heartbeats of all processes, as of `now`."""
    newest = max(
        (beat for beat in beats if beat.process.startswith(CONSUMER)), key=lambda beat: beat.at, default=None
    )
    if newest is None:
        return Beating(State.NEVER)
    live = working(beats, now)
    if not live:
        return Beating(State.ENDED if newest.document.get("ended") else State.SILENT, newest.at)
    return Beating(
        State.WORKS,
        newest.at,
        tuple(_process(beat) for beat in live),
        # Each consumer reads partitions of its own, so their backlogs add up.
        sum(beat.document.get("lag_records", 0) for beat in live),
        max(beat.document.get("lag_seconds", 0.0) for beat in live),
        _shops(live),
    )


def _shops(live: Sequence[Heartbeat]) -> dict[str, ShopSeen]:
    """Return the shops' status. All consumers report the same queue, so the newest heartbeat wins."""
    seen: dict[str, Mapping[str, object]] = {}
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
        tiktok_wait=timedelta(seconds=fields.get("held_seconds", 0.0)),
        creates_from=_moment(fields.get("creates_from")),
    )
