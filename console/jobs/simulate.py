"""Simulating a draft over the recorded events: a job, for it may read many days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from console.web.context import Desk
from console.web.job_runner import Progress
from magento import senders
from operations.rules.apply import existing_titles
from operations.rules.simulate import Comparison, compare, comparison_document, drafted, simulation
from records.jobs.jobs import Job
from schemas.apply_file import InvalidDocument, load_declaration
from topics.errors import Refused, reaching_kafka
from topics.reader import brokers
from topics.replay_reader import RecordedEvents

KIND: Final = "simulate"
PROGRESS_EVERY: Final = 1_000


def run(desk: Desk, job: Job, progress: Progress) -> Mapping[str, Any]:
    """`document`: the declaration, the shop whose events count (None: all), how many hours."""
    wanted = job.document
    since = job.created_at - timedelta(hours=wanted["hours"])
    with desk.database.read() as connection:
        rulebooks = desk.rulebooks.read(connection)
    try:
        declaration = load_declaration(wanted["declaration"], existing_titles(rulebooks), senders.settings())
        draft = drafted(rulebooks, declaration, wanted["shop"], since)
        keys = frozenset([wanted["shop"]] if wanted["shop"] else rulebooks.shops)
        before, after = (simulation(one, desk.read_delay, since) for one in (rulebooks, draft))
        comparison = Comparison(before=before, after=after, shops=keys, signatures=desk.signatures)
        _read(desk, comparison, since=since, progress=progress)
    except (Refused, InvalidDocument) as refused:
        return {"error": f"{refused} {getattr(refused, 'next_step', '')}".strip()}
    return comparison_document(comparison, since, desk.calls_per_second)


def _read(desk: Desk, comparison: Comparison, *, since: Any, progress: Progress) -> None:
    shown = 0

    def go_on(read: int, total: int) -> bool:
        nonlocal shown
        if read - shown >= PROGRESS_EVERY or read >= total:
            shown = read
            progress(read, 0, max(read, total))
        return True

    connection = {"bootstrap_timeout_ms": 3_000, **desk.kafka.connection}
    with reaching_kafka(brokers(connection)):
        topic = RecordedEvents(desk.kafka.events_topic, since=since, connection=connection)
        try:
            compare(topic, desk.database, comparison, go_on)
        finally:
            topic.close()
