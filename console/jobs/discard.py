"""Discarding many dead letters: a job, with the note that a person gave for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from console.web.context import Desk
from console.web.job_runner import Progress
from records.jobs.jobs import Job
from records.log import dead_letters
from records.log.dead_letters import DISCARDED

KIND: Final = "discard"
A_STEP: Final = 200


def run(desk: Desk, job: Job, progress: Progress) -> Mapping[str, Any]:
    """`document`: the reason, the last id that counts, and the note. The result: how many were still open."""
    asked, done, last = job.document, 0, 0
    while True:
        with desk.database.read() as connection:
            ids = dead_letters.open_ids(
                connection, asked["reason"], after=last, up_to=asked["up_to"], limit=A_STEP
            )
        if not ids:
            return {"discarded": done}
        last = ids[-1]
        with desk.database.write() as connection:
            done += dead_letters.settle(
                connection, ids, DISCARDED, by=job.author, note=asked["note"], now=desk.clock()
            )
        progress(done, 0, asked.get("total"))
