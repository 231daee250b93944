"""Running a resync job in the foreground, right after it was requested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from records.db.database import Database
from records.db.secret_box import SecretBox
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.rules.load_rulebook import RulebookReader
from sync.resync_job import walk


def run_resync(
    database: Database,
    box: SecretBox,
    job_id: int | None,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda _walked, _due: None,
) -> int:
    """Run this job, which the caller has claimed, and return how many listings became due; 0 if `job_id` is None.

    `progress` is called with the number of listings checked so far, and how many of them became due. If the run is
    interrupted, the job is released, and the consumer continues it.
    """
    if job_id is None:
        return 0
    with database.read() as connection:
        job = jobs.get(connection, job_id)
    if job is None:
        raise LookupError(f"there is no job {job_id}")
    try:
        result = walk(database, RulebookReader(box), job, clock=clock, progress=progress) or {"due": 0}
    except BaseException:
        with database.write() as connection:
            jobs.release(connection, job_id)
        raise
    with database.write() as connection:
        jobs.finish(connection, job_id, JobState.DONE, result, now=clock())
    return result["due"]
