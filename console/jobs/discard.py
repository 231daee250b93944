"""The job that discards the dead letters of a reason, with one note for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.web.context import ConsoleContext
from console.web.job_runner import Progress
from records.jobs.jobs import Job
from records.log import dead_letters
from records.log.dead_letters import DISCARDED

KIND: Final = "discard"
A_STEP: Final = 200


def run(context: ConsoleContext, job: Job, progress: Progress) -> Mapping[str, object]:
    """Discard them. `document`: the reason, the last id to include, the note. The result: how many were open."""
    wanted, done, last = job.document, 0, 0
    while True:
        with context.database.read() as connection:
            ids = dead_letters.open_ids(
                connection, wanted["reason"], after=last, up_to=wanted["up_to"], limit=A_STEP
            )
        if not ids:
            return {"discarded": done}
        last = ids[-1]
        with context.database.write() as connection:
            done += dead_letters.settle(
                connection, ids, DISCARDED, by=job.author, note=wanted["note"], now=context.clock()
            )
        progress(done, 0, wanted.get("total"))
