"""The checks of the installation, run on request: the same as in `m2t doctor`."""

from __future__ import annotations

from collections.abc import Sequence

from console.web.context import console_context
from operations.health.checks import FAULT, NOTE, OK, Finding, Probe, run_probes
from operations.health.run_checks import Services, StoredState, findings, notes, stored_state

LEVELS = {OK: "success", NOTE: "warning", FAULT: "error"}
WORDS = {OK: "OK", NOTE: "note", FAULT: "needs attention"}


def services() -> Services:
    """Return the addresses of Kafka, the endpoint and the consumer."""
    kafka = console_context().kafka
    topics = (kafka.events_topic, kafka.dead_letters_topic, kafka.outcomes_topic)
    door = console_context().door_url or console_context().webhooks_url
    return Services(kafka.connection, topics, _checkable(door), _checkable(console_context().consumer_url))


def stored_settings() -> StoredState:
    """Return what the checks read from the database."""
    with console_context().database.read() as connection:
        return stored_state(connection, console_context().rulebooks.read(connection), console_context().box)


def findings_of(probes: Sequence[Probe]) -> list[Finding]:
    """Run these checks in parallel, and return what they find."""
    return list(run_probes(probes))


def check_everything() -> list[Finding]:
    """Run every check, and return the findings and notes."""
    seen = stored_settings()
    return [
        *findings(services(), seen, console_context().clock()),
        *notes(seen, console_context().signatures),
    ]


def _checkable(url: str) -> str | None:
    """Return the URL; None if its port is 0, which means any free port, so that the address is unknown."""
    return None if url.endswith(":0") else url
