"""Checking: the checks of the whole, looked at now because a person asks; the same as `m2t doctor` makes."""

from __future__ import annotations

from collections.abc import Sequence

from console.web.context import desk
from operations.health.checks import FAULT, NOTE, OK, Finding, Probe, run_probes
from operations.health.run_checks import Services, StoredState, findings, notes, stored_state

LEVELS = {OK: "success", NOTE: "warning", FAULT: "error"}
WORDS = {OK: "fine", NOTE: "worth knowing", FAULT: "needs you"}


def around() -> Services:
    """Where Kafka, the door and the consumer are."""
    kafka = desk().kafka
    topics = (kafka.events_topic, kafka.dead_letters_topic, kafka.outcomes_topic)
    door = desk().door_url or desk().webhooks_url
    return Services(kafka.connection, topics, _asked(door), _asked(desk().consumer_url))


def told() -> StoredState:
    """What the records tell."""
    with desk().database.read() as connection:
        return stored_state(connection, desk().rulebooks.read(connection), desk().box)


def look(probes: Sequence[Probe]) -> list[Finding]:
    """What these find, all at once."""
    return list(run_probes(probes))


def everything() -> list[Finding]:
    """Every check, and what is worth knowing."""
    seen = told()
    return [*findings(around(), seen, desk().clock()), *notes(seen, desk().signatures)]


def _asked(url: str) -> str | None:
    """None where the port is 0: such a process listens nowhere that is known."""
    return None if url.endswith(":0") else url
