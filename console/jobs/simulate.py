"""The job that simulates a draft over the recorded events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from console.web.context import ConsoleContext
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


def run(context: ConsoleContext, job: Job, progress: Progress) -> Mapping[str, object]:
    """Simulate the draft. `document`: the `declaration`, the `shop` (None for all) and the `hours` to read."""
    wanted = job.document
    since = job.created_at - timedelta(hours=wanted["hours"])
    with context.database.read() as connection:
        rulebooks = context.rulebooks.read(connection)
    try:
        declaration = load_declaration(wanted["declaration"], existing_titles(rulebooks), senders.settings())
        draft = drafted(rulebooks, declaration, wanted["shop"], since)
        keys = frozenset([wanted["shop"]] if wanted["shop"] else rulebooks.shops)
        before, after = (simulation(rules, context.read_delay, since) for rules in (rulebooks, draft))
        comparison = Comparison(before=before, after=after, shops=keys, signatures=context.signatures)
        _read(context, comparison, since=since, progress=progress)
    except (Refused, InvalidDocument) as refused:
        return {"error": f"{refused} {getattr(refused, 'next_step', '')}".strip()}
    return comparison_document(comparison, since, context.calls_per_second)


def _read(context: ConsoleContext, comparison: Comparison, *, since: datetime, progress: Progress) -> None:
    shown = 0

    def report_progress(read: int, total: int) -> bool:
        nonlocal shown
        if read - shown >= PROGRESS_EVERY or read >= total:
            shown = read
            progress(read, 0, max(read, total))
        return True

    connection = {"bootstrap_timeout_ms": 3_000, **context.kafka.connection}
    with reaching_kafka(brokers(connection)):
        topic = RecordedEvents(context.kafka.events_topic, since=since, connection=connection)
        try:
            compare(topic, context.database, comparison, report_progress)
        finally:
            topic.close()
