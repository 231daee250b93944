"""Jobs: long work that a person requested, with its progress and a flag to stop it.

One process at a time runs a job: it claims the job and updates `beat_at`. A job whose `beat_at` is older than `DEAD`
can be claimed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, bindparam, insert, or_, select, update

from records.jobs.tables import jobs as table

DEAD: Final = timedelta(seconds=30)


class JobState(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether the job has ended, in whatever way."""
        return self in (JobState.DONE, JobState.STOPPED, JobState.FAILED)


_UNFINISHED: Final = (JobState.WAITING.value, JobState.RUNNING.value)


_OF_KIND = (
    select(table)
    .where(table.c.kind == bindparam("of_kind"), table.c.state.in_(_UNFINISHED))
    .order_by(table.c.id)
)
"""Built once, because intake executes it at every batch."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its parameters (`document`), its `result` so far, its progress; `total` is None until it is known."""

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
    document: Mapping[str, object],
    *,
    author: str,
    now: datetime,
    claimed: bool = False,
) -> int:
    """Store a new job, waiting or already `claimed` by the caller; return its id."""
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
    """Claim the oldest free job of this kind; return it, or None if there is none.

    `waited`: how old a waiting job must be, so that the process that requested it can claim it first.
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
    """Return whether `claim` would find a job, without a transaction for writing."""
    return connection.execute(_free(kind, now, waited)).first() is not None


def _free(kind: str, now: datetime, waited: timedelta) -> Select[int]:
    free = or_(
        (table.c.state == JobState.WAITING.value) & (table.c.created_at <= now - waited),
        (table.c.state == JobState.RUNNING.value) & (table.c.beat_at <= now - DEAD),
    )
    ours = (table.c.kind == kind) & table.c.state.in_(_UNFINISHED)
    return select(table.c.id).where(ours, free).order_by(table.c.id).limit(1)


def unfinished(connection: Connection, kind: str) -> list[Job]:
    """Return the jobs of a kind that have not ended, oldest first."""
    return [_job(row) for row in connection.execute(_OF_KIND, {"of_kind": kind}).mappings()]


def progress(
    connection: Connection,
    job_id: int,
    *,
    done: int,
    failed: int,
    total: int | None,
    now: datetime,
    result: Mapping[str, object] | None = None,
) -> bool:
    """Store the progress, and the result so far if given; return whether the job should stop."""
    so_far = {} if result is None else {"result": result}
    statement = (
        update(table)
        .where(table.c.id == job_id)
        .values(done=done, failed=failed, total=total, beat_at=now, **so_far)
        .returning(table.c.stop_asked)
    )
    return bool(connection.execute(statement).scalar_one())


def finish(
    connection: Connection,
    job_id: int,
    state: JobState,
    result: Mapping[str, object] | None,
    *,
    now: datetime,
) -> None:
    """Store that the job has ended in this state, with this result."""
    connection.execute(
        update(table).where(table.c.id == job_id).values(state=state.value, result=result, finished_at=now)
    )


def release(connection: Connection, job_id: int) -> None:
    """Give a claimed job back, so that it can be claimed again at once."""
    connection.execute(
        update(table).where(table.c.id == job_id).values(state=JobState.WAITING.value, beat_at=None)
    )


def ask_stop(connection: Connection, job_id: int, *, now: datetime) -> None:
    """Request that the job stop; a job that is not claimed yet stops at once."""
    waiting = (table.c.id == job_id) & (table.c.state == JobState.WAITING.value)
    connection.execute(update(table).where(waiting).values(state=JobState.STOPPED.value, finished_at=now))
    connection.execute(update(table).where(table.c.id == job_id).values(stop_asked=True))


def get(connection: Connection, job_id: int) -> Job | None:
    """Return the job with this id, or None."""
    row = connection.execute(select(table).where(table.c.id == job_id)).mappings().one_or_none()
    return None if row is None else _job(row)


def latest(connection: Connection, kind: str, limit: int = 20) -> list[Job]:
    """Return the newest jobs of a kind, newest first."""
    query = select(table).where(table.c.kind == kind).order_by(table.c.id.desc()).limit(limit)
    return [_job(row) for row in connection.execute(query).mappings()]


def _job(row: RowMapping) -> Job:
    return Job(**{str(name): value for name, value in row.items()} | {"state": JobState(row["state"])})
