"""Wait a moment for the job that checks listings again after a save, so that the next page can show its result."""

from __future__ import annotations

import time
from typing import Final

from flask import url_for

from console.web.context import console_context
from console.web.job_runner import runner
from operations.rules.count_affected import due_words
from records.jobs import jobs

WAIT_SECONDS: Final = 1.0
A_LOOK: Final = 0.02


def looking_again(job_id: int | None, back: str) -> tuple[str, str]:
    """Wake the job runner, and return a message about the checked listings with the URL to redirect to.

    The URL is `back`, or the job's page if the job still runs after `WAIT_SECONDS`.
    """
    if job_id is None:
        return "", back
    runner().wake()
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with console_context().database.read() as connection:
            job = jobs.get(connection, job_id)
        if job is not None and job.state.ended:
            return due_words((job.result or {}).get("due", 0)), back
        if time.monotonic() > deadline:
            return "A job checks its listings one by one.", url_for("jobs.show", job_id=job_id)
        time.sleep(A_LOOK)
