"""Checking listings again, as one of the console's jobs; where the console ends, the consumer goes on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.web.context import Desk
from console.web.job_runner import Progress
from records.jobs.jobs import Job
from sync import resync_job

KIND = resync_job.KIND


def run(desk: Desk, job: Job, _progress: Progress) -> Mapping[str, Any]:
    """`document` and result are those of `sync.resync_job`, which also tells how far it is."""
    return resync_job.walk(desk.database, desk.rulebooks, job, clock=desk.clock) or {}
