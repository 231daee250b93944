"""Redriving many dead letters: a job that goes at a steady rate, tells how far it is, and stops when asked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from console.desk import Desk
from console.job_runner import Progress
from operations.redriving import OF_A_LISTING, Redriver, as_event, ask_again, settled
from operations.refusals import Refused
from records import dead_letters
from records.dead_letters import DeadLetter
from records.jobs import Job

KIND: Final = "redrive"
A_STEP: Final = 20
USUAL_RATE: Final = 50


def run(desk: Desk, job: Job, progress: Progress) -> Mapping[str, Any]:
    """`document`: the reason, the last id that counts, how many a second. The result: what did not go, and why."""
    reason, up_to = job.document["reason"], job.document["up_to"]
    rate = max(1, min(500, int(job.document.get("rate", USUAL_RATE))))
    redriver = Redriver(desk.kafka.connection, desk.kafka.events_topic, desk.signatures)
    done, last = 0, 0
    failed: list[tuple[int, str]] = []
    try:
        while True:
            began = time.monotonic()
            with desk.database.read() as connection:
                letters = dead_letters.next_open(connection, reason, after=last, up_to=up_to, limit=A_STEP)
            if not letters:
                return {"redriven": done, "failed": [f"{one}: {why}" for one, why in failed[:50]]}
            last = letters[-1].id
            sent, refused = _send(desk, redriver, letters, job.author)
            done, failed = done + len(sent), [*failed, *refused]
            progress(done, len(failed), job.document.get("total"))
            time.sleep(max(0.0, len(letters) / rate - (time.monotonic() - began)))
    finally:
        redriver.close()


def _send(
    desk: Desk, redriver: Redriver, letters: Sequence[DeadLetter], author: str
) -> tuple[list[DeadLetter], list[tuple[int, str]]]:
    """Those that went, and those that can't, with the reason. What went is settled before anything else is sent."""
    sent, events, refused = [], [], []
    for letter in letters:
        if letter.origin_topic == OF_A_LISTING:
            continue
        try:
            events.append(as_event(letter))
            sent.append(letter)
        except Refused as error:
            refused.append((letter.id, str(error)))
    redriver.send(events)
    now = desk.clock()
    with desk.database.write() as connection:
        governing = desk.governing.read(connection)
        for letter in letters:
            if letter.origin_topic != OF_A_LISTING:
                continue
            if ask_again(connection, letter, governing, now=now, author=author):
                sent.append(letter)
            else:
                refused.append((letter.id, "its policy leaves it alone, or its product is gone"))
        settled(connection, sent, by=author, now=now)
    return sent, refused
