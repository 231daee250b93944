"""The job that counts how many listings a reviewed document would cause to be checked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.web.context import ConsoleContext
from console.web.job_runner import Progress
from operations.products.preview_sync import one_document
from operations.rules.apply import declared, existing_titles
from records.jobs.jobs import Job
from schemas.apply_file import InvalidDocument
from sync.affected_listings import RuleChange, find_affected

KIND: Final = "count_due"
PROGRESS_EVERY: Final = 2_000


def run(context: ConsoleContext, job: Job, progress: Progress) -> Mapping[str, object]:
    """Count the listings. `document`: the `reviewed` document, and the list of the apply file it is `listed` in."""
    reported = 0

    def report_progress(walked: int, _: int) -> None:
        nonlocal reported
        if walked - reported >= PROGRESS_EVERY:
            reported = walked
            progress(walked, 0, None)

    load = one_document(job.document["listed"], job.document["reviewed"])
    with context.database.read() as connection:
        rulebooks, now = context.rulebooks.read(connection), context.clock()
        try:
            declaration = load(existing_titles(rulebooks), rulebooks.shops)
        except InvalidDocument as invalid:
            return {"error": f"It can't be stored any more: {invalid}"}
        change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
        found = find_affected(connection, change, now=now, progress=report_progress)
    return {"due": len(found.product_ids), "walked": found.walked}
