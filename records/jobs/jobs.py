"""Long work that a person asked for: what it is, how far it is, and the request that it stop.

A job is worked on by one process at a time: whoever claims it beats; a job whose beat is older than `DEAD` is free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update

from records.jobs.tables import jobs as table

DEAD: Final = timedelta(seconds=30)


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Nothing more will be done."""
        return self in (JobState.DONE, JobState.STOPPED, JobState.FAILED)


_UNFINISHED: Final = (JobState.WAITING.value, JobState.RUNNING.value)


_OF_KIND = (
    select(table)
    .where(table.c.kind == bindparam("of_kind"), table.c.state.in_(_UNFINISHED))
    .order_by(table.c.id)
)
"""Built once, for intake asks at every batch."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `document` is what was asked, `result` what came of it; `total` None where it is not known yet."""

    id: int
    kind: str
    author: str
    created_at: datetime
    document: Mapping[str, Any]
    state: JobState
    total: int | None
    done: int
    failed: int
    result: Mapping[str, Any] | None
    stop_asked: bool
    beat_at: datetime | None
    finished_at: datetime | None


def ask(
    connection: Connection,
    kind: str,
    document: Mapping[str, Any],
    *,
    author: str,
    now: datetime,
    claimed: bool = False,
) -> int:
    """A new job, waiting to be claimed, or `claimed` already by who asks for it; its id."""
    state = JobState.RUNNING if claimed else JobState.WAITING
    statement = insert(table).values(
        kind=kind,
        author=author,
        created_at=now,
        document=document,
        state=state.value,
        done=0,
        failed=0,
        beat_at=now if claimed else None,
    )
    return int(connection.execute(statement.returning(table.c.id)).scalar_one())


def claim(
    connection: Connection, kind: str, *, now: datetime, waited: timedelta = timedelta(0)
) -> Job | None:
    """The oldest job of this kind that nobody works on, now ours; None where there is none.

    `waited` is for how long it must have stood there: whoever asked for it comes first.
    """
    chosen = _free(kind, now, waited)
    if connection.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    statement = (
        update(table)
        .where(table.c.id == chosen.scalar_subquery())
        .values(state=JobState.RUNNING.value, beat_at=now)
        .returning(*table.c)
    )
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _job(row)


def is_free(connection: Connection, kind: str, *, now: datetime, waited: timedelta) -> bool:
    """Whether `claim` would find one: a look that takes no writer's turn."""
    return connection.execute(_free(kind, now, waited)).first() is not None


def _free(kind: str, now: datetime, waited: timedelta) -> Select[Any]:
    free = or_(
        (table.c.state == JobState.WAITING.value) & (table.c.created_at <= now - waited),
        (table.c.state == JobState.RUNNING.value) & (table.c.beat_at <= now - DEAD),
    )
    ours = (table.c.kind == kind) & table.c.state.in_(_UNFINISHED)
    return select(table.c.id).where(ours, free).order_by(table.c.id).limit(1)


def unfinished(connection: Connection, kind: str) -> list[Job]:
    """The jobs of a kind that have not ended, oldest first."""
    return [_job(row) for row in connection.execute(_OF_KIND, {"of_kind": kind}).mappings()]


def progress(
    connection: Connection,
    job_id: int,
    *,
    done: int,
    failed: int,
    total: int | None,
    now: datetime,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """How far it is, and what has come of it so far where that is told; True where somebody asked it to stop."""
    so_far = {} if result is None else {"result": result}
    statement = (
        update(table)
        .where(table.c.id == job_id)
        .values(done=done, failed=failed, total=total, beat_at=now, **so_far)
        .returning(table.c.stop_asked)
    )
    return bool(connection.execute(statement).scalar_one())


def finish(
    connection: Connection, job_id: int, state: JobState, result: Mapping[str, Any] | None, *, now: datetime
) -> None:
    """It has ended so."""
    connection.execute(
        update(table).where(table.c.id == job_id).values(state=state.value, result=result, finished_at=now)
    )


def release(connection: Connection, job_id: int) -> None:
    """Who works on it stops; the next who claims it goes on at once."""
    connection.execute(
        update(table).where(table.c.id == job_id).values(state=JobState.WAITING.value, beat_at=None)
    )


def ask_stop(connection: Connection, job_id: int, *, now: datetime) -> None:
    """Somebody wants it to stop: at once where nobody works on it yet."""
    waiting = (table.c.id == job_id) & (table.c.state == JobState.WAITING.value)
    connection.execute(update(table).where(waiting).values(state=JobState.STOPPED.value, finished_at=now))
    connection.execute(update(table).where(table.c.id == job_id).values(stop_asked=True))


def get(connection: Connection, job_id: int) -> Job | None:
    """The job of this id."""
    row = connection.execute(select(table).where(table.c.id == job_id)).mappings().one_or_none()
    return None if row is None else _job(row)


def latest(connection: Connection, kind: str, limit: int = 20) -> list[Job]:
    """The newest jobs of a kind, newest first."""
    query = select(table).where(table.c.kind == kind).order_by(table.c.id.desc()).limit(limit)
    return [_job(row) for row in connection.execute(query).mappings()]


def _job(row: Mapping[Any, Any]) -> Job:
    return Job(**{**row, "state": JobState(row["state"])})
