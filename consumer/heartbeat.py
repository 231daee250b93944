"""The heartbeat: every few seconds the consumer stores its state in the database, where other processes read it.

Counting the backlog reads the whole queue: the longer that takes, the less often it is done.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any, Final, Protocol

import structlog

from background.worker import Worker
from records.catalog import sync_queue_stats
from records.catalog.sync_queue_stats import Backlog
from records.db.database import Database, is_away
from records.log import counters, heartbeats
from records.log.counters import Counter, CounterKind

log = structlog.get_logger(__name__)

DISTRIBUTION: Final = "magento-tiktok-sync"
MOST_SHOPS: Final = 200
"""The most shops in one heartbeat: those with the largest backlog."""
COUNT_SHARE: Final = 50
"""Counting the backlog takes at most one fiftieth of the time."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast a shop may be called. `paused_seconds` is how much longer TikTok asked for no calls at all."""

    calls_per_second: float
    paused_seconds: float = 0.0
    creates_from: datetime | None = None
    """When a create is tried again, if TikTok's daily cap on new listings is reached; else None."""


class Watched(Protocol):
    """The state of the consumer that a heartbeat stores."""

    def lag(self) -> Mapping[int, int]:
        """Return the number of records not yet processed, by partition."""

    def lag_seconds(self) -> float:
        """Return the age in seconds of the newest processed record; 0 if no record is left to process."""

    def in_progress(self) -> int:
        """Return the number of listings that are being synced."""

    def stopped(self) -> Mapping[str, bool]:
        """Return whether sync is stopped until a person acts, for each shop that is delivered to."""

    def pacing(self) -> Mapping[str, Pacing]:
        """Return how fast each of these shops may be called."""

    def share(self, consumers: int) -> None:
        """Take one of `consumers` equal shares of every shop's rate limit: so many consumers run, with this one."""


class HeartbeatWriter(Worker):
    """Writes a heartbeat at the start and every few seconds, and one at the end that marks the process as ended."""

    def __init__(
        self,
        database: Database,
        watched: Watched,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        every: timedelta = heartbeats.EVERY,
    ) -> None:
        super().__init__("heartbeat")
        self.process = f"{heartbeats.CONSUMER} {socket.gethostname()} {os.getpid()}"
        self._database = database
        self._watched = watched
        self._clock = clock
        self._every = every.total_seconds()
        self._version = version(DISTRIBUTION)
        self._started_at = clock()
        self._waiting: Mapping[str, Backlog] = {}
        self._count_at = 0.0

    def run_round(self) -> None:
        """Write one heartbeat, then wait until the next is due."""
        self.beat()
        self.pause(self._every)

    def finish(self) -> None:
        """Mark the process as ended, so that the other consumers take over its share of the rate limits."""
        self.beat(stopped=True)

    def after_error(self, error: Exception) -> float:
        """Log the error. The next heartbeat is written when it is due."""
        _log_error(error)
        return self._every

    def beat(self, *, stopped: bool = False) -> None:
        """Write one heartbeat. An error is logged, and the next heartbeat is written when it is due."""
        now = self._clock()
        try:
            self._count(now)
            document = heartbeat_document(self._watched, self._waiting, now) | {
                "version": self._version,
                "started_at": self._started_at.isoformat(),
                "ended": stopped,
            }
            with self._database.write() as connection:
                heartbeats.beat(connection, self.process, document, now=now)
                counters.highest(connection, seen(document), now=now)
                at_work = heartbeats.working(heartbeats.load_all(connection), now)
            self._watched.share(len(at_work))
        except Exception as error:
            _log_error(error)

    def _count(self, now: datetime) -> None:
        began = time.monotonic()
        if began < self._count_at:
            return
        with self._database.read() as connection:
            self._waiting = sync_queue_stats.by_shop(connection, now=now)
        self._count_at = began + COUNT_SHARE * (time.monotonic() - began)


def _log_error(error: Exception) -> None:
    if is_away(error):
        log.warning("database_away", while_doing="heartbeat")
    else:
        log.exception("heartbeat_failed")


def heartbeat_document(watched: Watched, waiting: Mapping[str, Backlog], now: datetime) -> dict[str, Any]:
    """Return the state of the consumer as a JSON document."""
    stopped, pacing = watched.stopped(), watched.pacing()
    shops = {*waiting, *stopped, *pacing}
    busiest = sorted(shops, key=lambda key: (-waiting[key].waiting if key in waiting else 0, key))
    return {
        "lag_records": sum(watched.lag().values()),
        "lag_seconds": round(watched.lag_seconds(), 1),
        "in_hand": watched.in_progress(),
        "waiting": sum(backlog.waiting for backlog in waiting.values()),
        "shops": {
            key: _of_shop(waiting.get(key), pacing.get(key), now) | {"stopped": stopped.get(key, False)}
            for key in busiest[:MOST_SHOPS]
        },
    }


def _of_shop(backlog: Backlog | None, pacing: Pacing | None, now: datetime) -> dict[str, Any]:
    return {
        "waiting": backlog.waiting if backlog else 0,
        "due": backlog.due if backlog else 0,
        "due_seconds": _seconds(backlog.due_since if backlog else None, now),
        "oldest_seconds": _seconds(backlog.unsent_since if backlog else None, now),
        "calls_per_second": round(pacing.calls_per_second, 2) if pacing else None,
        "held_seconds": round(pacing.paused_seconds, 1) if pacing else 0.0,
        "creates_from": pacing.creates_from.isoformat() if pacing and pacing.creates_from else None,
    }


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else round(max(0.0, (now - since).total_seconds()), 1)


def seen(document: Mapping[str, Any]) -> dict[tuple[str, Counter], int]:
    """Return the numbers of a heartbeat document whose highest value per minute and per hour is stored."""
    kept = {
        ("", Counter(CounterKind.LAG_RECORDS)): int(document["lag_records"]),
        ("", Counter(CounterKind.LAG_SECONDS)): round(document["lag_seconds"]),
    }
    for shop, numbers in document["shops"].items():
        if numbers["waiting"]:
            kept[shop, Counter(CounterKind.WAITING)] = numbers["waiting"]
            kept[shop, Counter(CounterKind.OLDEST_SECONDS)] = round(numbers["oldest_seconds"])
    return kept
