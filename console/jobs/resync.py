"""The job that checks listings again. If the console stops, the consumer continues it."""

from __future__ import annotations

from collections.abc import Mapping

from console.web.context import ConsoleContext
from console.web.job_runner import Progress
from records.jobs.jobs import Job
from sync import resync_job

KIND = resync_job.KIND


def run(context: ConsoleContext, job: Job, _progress: Progress) -> Mapping[str, object]:
    """Run `sync.resync_job`, which defines `document` and result and records the progress."""
    return resync_job.walk(context.database, context.rulebooks, job, clock=context.clock) or {}
