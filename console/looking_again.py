"""Looking again at listings, as one of the console's jobs; where the console ends, the consumer goes on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.desk import Desk
from console.job_runner import Progress
from consumer import looking_again
from records.jobs.jobs import Job

KIND = looking_again.KIND


def run(desk: Desk, job: Job, _progress: Progress) -> Mapping[str, Any]:
    """`document` and result are those of `consumer.looking_again`, which also tells how far it is."""
    return looking_again.walk(desk.database, desk.governing, job, clock=desk.clock) or {}
