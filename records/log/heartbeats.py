"""Heartbeats: every few seconds a process stores that it is running, and what it sees, so readers need no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from records.db.upsert import upsert
from records.log.tables import heartbeats as table

_SAVE = upsert(table)

EVERY: Final = timedelta(seconds=5)
SILENT: Final = timedelta(seconds=20)
KEPT: Final = timedelta(days=1)
CONSUMER: Final = "consumer"
"""The prefix of the names of consumer processes."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last heartbeat of a process, and its document."""

    process: str
    at: datetime
    document: Mapping[str, Any]


def beat(connection: Connection, process: str, document: Mapping[str, object], *, now: datetime) -> None:
    """Store the heartbeat of a process, and delete those that are older than `KEPT`."""
    connection.execute(_SAVE(connection), {"process": process, "at": now, "document": document})
    connection.execute(delete(table).where(table.c.at < now - KEPT))


def working(beats: Iterable[Heartbeat], now: datetime) -> list[Heartbeat]:
    """Return the heartbeats of the running consumers, newest first."""
    consumers = (
        beat for beat in beats if beat.process.startswith(CONSUMER) and not beat.document.get("ended")
    )
    return sorted(
        (beat for beat in consumers if now - beat.at <= SILENT), key=lambda beat: beat.at, reverse=True
    )


def load_all(connection: Connection) -> list[Heartbeat]:
    """Return the last heartbeat of each process."""
    rows = connection.execute(select(table).order_by(table.c.process))
    return [Heartbeat(row.process, row.at, row.document) for row in rows]
