"""`m2t doctor`: checks a whole set-up, and says how to repair each fault."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import click

from commands.cli.context import database, settings
from commands.cli.errors import Exit, Failed
from commands.trigger import server_url
from config.settings import Settings
from operations.formatting import plural
from operations.health.checks import FAULT, OK, Finding, Probe, one_line, run_probes
from operations.health.run_checks import NOTHING_STORED, Services, StoredState, findings, notes, stored_state
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader


@click.command("doctor")
@click.option(
    "--json", "as_json", is_flag=True, help='Print only {"ok": …, "checks": [{"name", "state", …}]}.'
)
def command(as_json: bool) -> None:
    """Check settings, database, Kafka, processes and TikTok, and say how to repair each fault.

    Every check has a time limit, and none prints a secret. A note is about something that is allowed. Exits with 1 if
    there is a fault.
    """
    found = list(findings_of())
    fine = all(finding.state != FAULT for finding in found)
    if as_json:
        click.echo(
            json.dumps({"ok": fine, "checks": [asdict(finding) for finding in found]}, ensure_ascii=False)
        )
    else:
        for finding in found:
            todo = f"  -> {finding.next_step}" if finding.next_step else ""
            click.echo(f"{finding.state:<5}  {finding.name}: {finding.words}{todo}")
    sys.exit(Exit.FINE if fine else Exit.FAILED)


def findings_of() -> Iterator[Finding]:
    """Yield every finding, in the order in which to repair them."""
    try:
        opened = settings()
    except Failed as error:
        yield Finding("settings", FAULT, one_line(error.message), error.next_step)
        return
    yield Finding("settings", OK, "all are valid")
    yield from run_probes([Probe("database", partial(_database, opened))])
    rows: list[StoredState] = []
    yield from run_probes([Probe("secret key", partial(_stored_state, opened, rows))])
    value = rows[0] if rows else NOTHING_STORED
    yield from findings(services(opened), value, datetime.now(UTC))
    if rows:
        yield from notes(value, opened.signatures())


def services(opened: Settings) -> Services:
    """Return the addresses of Kafka, the endpoint and the consumer; the URL is None where the port is 0."""
    door, consumer = (opened.door_host, opened.door_port), (opened.consumer_host, opened.consumer_port)
    urls = [server_url(host, port) if port else None for host, port in (door, consumer)]
    return Services(opened.kafka(), opened.topics, *urls)


def _database(opened: Settings) -> str:
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed(f"there is no file {path} yet", "m2t db upgrade")
    with database(opened) as open_database:
        return f"reachable and current ({open_database.revision()})"


def _stored_state(opened: Settings, values: list[StoredState]) -> str:
    """Check the secret key: append what the database stores to `values`, which opens every shop's secrets."""
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed("not checked: there is no database yet", "m2t db upgrade")
    box = SecretBox(*opened.secret_keys)
    with database(opened) as open_database, open_database.read() as connection:
        values.append(stored_state(connection, RulebookReader(box).read(connection), box))
    number = len(values[0].rulebooks.shops)
    return f"opens the secrets of {plural(number, 'shop')}" if number else "not checked: there is no shop yet"
