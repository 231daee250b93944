"""Redriving many dead letters: a job that goes at a steady rate, tells how far it is, and stops when asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from console.web.context import Desk
from console.web.job_runner import Progress
from operations.dead_letters.redrive import (
    OF_A_LISTING,
    QuarantinedAgain,
    Redriver,
    as_events,
    ask_again,
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


def run(desk: Desk, job: Job, progress: Progress) -> Mapping[str, Any]:
    """`document`: the reason, the last id that counts, how many a second.

    The result: what did not go and why, and by their reason of now the webhooks that were quarantined again.
    """
    reason, up_to = job.document["reason"], job.document["up_to"]
    rate = max(1, min(500, int(job.document.get("rate", USUAL_RATE))))
    redriver = Redriver(desk.kafka.connection, desk.kafka.events_topic, desk.signatures)
    done, last = 0, 0
    failed: list[tuple[int, str]] = []
    again: Counter[str] = Counter()
    try:
        while True:
            began = time.monotonic()
            with desk.database.read() as connection:
                letters = dead_letters.next_open(connection, reason, after=last, up_to=up_to, limit=A_STEP)
            if not letters:
                rows = [f"{one}: {why}" for one, why in failed[:MOST_SHOWN]]
                return {"redriven": done, "failed": rows, "quarantined_again": dict(again)}
            last = letters[-1].id
            step = _send(desk, redriver, letters, job.author)
            done, failed = done + len(step.sent), [*failed, *step.refused]
            again.update(step.again)
            progress(done, len(failed), job.document.get("total"))
            time.sleep(max(0.0, len(letters) / rate - (time.monotonic() - began)))
    finally:
        redriver.close()


@dataclass(slots=True)
class _Step:
    """Letters that went, letters that can't with the reason, and of those the webhooks that are quarantined again."""

    sent: list[DeadLetter] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    reasons: list[tuple[int, QuarantinedAgain]] = field(default_factory=list)


def _send(desk: Desk, redriver: Redriver, letters: Sequence[DeadLetter], author: str) -> _Step:
    """What went is settled before anything else is sent."""
    step = _Step()
    _send_events(redriver, [letter for letter in letters if letter.origin_topic != OF_A_LISTING], step)
    now = desk.clock()
    with desk.database.write() as connection:
        rulebooks = desk.rulebooks.read(connection)
        for letter in letters:
            if letter.origin_topic != OF_A_LISTING:
                continue
            if ask_again(connection, letter, rulebooks, now=now, author=author):
                step.sent.append(letter)
            else:
                step.refused.append((letter.id, "its policy does not sync it, or its product was deleted"))
        settled(connection, step.sent, by=author, now=now)
        for letter_id, error in step.reasons:
            dead_letters.failed_again(connection, letter_id, error.reason, error.detail)
    return step


def _send_events(redriver: Redriver, letters: Sequence[DeadLetter], step: _Step) -> None:
    """No more events at once than are acknowledged in time: one webhook may be thousands."""
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
