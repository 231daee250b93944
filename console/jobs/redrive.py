"""The job that redrives the dead letters of a reason, at a steady rate."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from console.web.context import ConsoleContext
from console.web.job_runner import Progress
from operations.dead_letters.redrive import (
    OF_A_LISTING,
    QuarantinedAgain,
    Redriver,
    as_events,
    request_again,
    settled,
)
from records.jobs.jobs import Job
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from schemas.product_event import ProductEvent
from topics.errors import Refused

KIND: Final = "redrive"
A_STEP: Final = 20
EVENTS_AT_ONCE: Final = 500
MOST_SHOWN: Final = 50
USUAL_RATE: Final = 50


def run(context: ConsoleContext, job: Job, progress: Progress) -> Mapping[str, object]:
    """Redrive them. `document`: the reason, the last id to include, the letters per second.

    The result: the letters that were not sent with the reason, and the number of webhooks that were quarantined again,
    by their new reason.
    """
    reason, up_to = job.document["reason"], job.document["up_to"]
    rate = max(1, min(500, int(job.document.get("rate", USUAL_RATE))))
    redriver = Redriver(context.kafka.connection, context.kafka.events_topic, context.signatures)
    done, last = 0, 0
    failed: list[tuple[int, str]] = []
    again: Counter[str] = Counter()
    try:
        while True:
            began = time.monotonic()
            with context.database.read() as connection:
                letters = dead_letters.next_open(connection, reason, after=last, up_to=up_to, limit=A_STEP)
            if not letters:
                rows = [f"{letter_id}: {why}" for letter_id, why in failed[:MOST_SHOWN]]
                return {"redriven": done, "failed": rows, "quarantined_again": dict(again)}
            last = letters[-1].id
            step = _send(context, redriver, letters, job.author)
            done, failed = done + len(step.sent), [*failed, *step.refused]
            again.update(step.again)
            progress(done, len(failed), job.document.get("total"))
            time.sleep(max(0.0, len(letters) / rate - (time.monotonic() - began)))
    finally:
        redriver.close()


@dataclass(slots=True)
class _Step:
    """The result of one batch: letters sent, letters refused with the reason, and webhooks quarantined again."""

    sent: list[DeadLetter] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    reasons: list[tuple[int, QuarantinedAgain]] = field(default_factory=list)


def _send(context: ConsoleContext, redriver: Redriver, letters: Sequence[DeadLetter], author: str) -> _Step:
    """Send a batch, and mark its letters as redriven before the next batch is sent."""
    step = _Step()
    _send_events(redriver, [letter for letter in letters if letter.origin_topic != OF_A_LISTING], step)
    now = context.clock()
    with context.database.write() as connection:
        rulebooks = context.rulebooks.read(connection)
        for letter in letters:
            if letter.origin_topic != OF_A_LISTING:
                continue
            if request_again(connection, letter, rulebooks, now=now, author=author):
                step.sent.append(letter)
            else:
                step.refused.append((letter.id, "its policy does not sync it, or its product was deleted"))
        settled(connection, step.sent, by=author, now=now)
        for letter_id, error in step.reasons:
            dead_letters.failed_again(connection, letter_id, error.reason, error.detail)
    return step


def _send_events(redriver: Redriver, letters: Sequence[DeadLetter], step: _Step) -> None:
    """Send no more events at once than Kafka acknowledges in time: one webhook may hold thousands."""
    events: list[ProductEvent] = []
    for letter in letters:
        try:
            events += as_events(letter)
        except Refused as error:
            step.refused.append((letter.id, str(error)))
            if isinstance(error, QuarantinedAgain):
                step.again[error.reason] += 1
                step.reasons.append((letter.id, error))
            continue
        step.sent.append(letter)
        if len(events) >= EVENTS_AT_ONCE:
            redriver.send(events)
            events = []
    redriver.send(events)
