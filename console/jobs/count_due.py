"""Counting what a reviewed document would make due, to the end: a job, for it walks every listing that it touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from console.web.context import Desk
from console.web.job_runner import Progress
from operations.products.preview_sync import one_document
from operations.rules.apply import declared, existing_titles
from records.jobs.jobs import Job
from schemas.apply_file import InvalidDocument
from sync.affected_listings import RuleChange, find_affected

KIND: Final = "count_due"
PROGRESS_EVERY: Final = 2_000


def run(desk: Desk, job: Job, progress: Progress) -> Mapping[str, Any]:
    """`document`: the document that was `reviewed`, and what it is `listed` under. The result: how many of them."""
    told = 0

    def go_on(walked: int, _: int) -> None:
        nonlocal told
        if walked - told >= PROGRESS_EVERY:
            told = walked
            progress(walked, 0, None)

    load = one_document(job.document["listed"], job.document["reviewed"])
    with desk.database.read() as connection:
        rulebooks, now = desk.rulebooks.read(connection), desk.clock()
        try:
            declaration = load(existing_titles(rulebooks), rulebooks.shops)
        except InvalidDocument as invalid:
            return {"error": f"It can't be stored any more: {invalid}"}
        change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
        found = find_affected(connection, change, now=now, progress=go_on)
    return {"due": len(found.product_ids), "walked": found.walked}
