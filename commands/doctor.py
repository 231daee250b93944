"""`m2t doctor`: what is needed, checked one by one; for each fault, what to do about it."""

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
from operations.health.checks import FAULT, OK, Finding, Probe, examined, one_line
from operations.health.run_checks import NOTHING_KNOWN, Known, Surroundings, findings, known, notes
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader


@click.command("doctor")
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"ok": …, "checks": [{"name", "state", …}]} alone.'
)
def command(as_json: bool) -> None:
    """Check settings, database, Kafka, TikTok and the door; say what to do about each fault.

    Every check has a time limit, and none prints a secret. A note is allowed and worth knowing. Exits with 1 where
    there is a fault.
    """
    found = list(findings_of())
    fine = all(finding.state != FAULT for finding in found)
    if as_json:
        click.echo(json.dumps({"ok": fine, "checks": [asdict(one) for one in found]}, ensure_ascii=False))
    else:
        for one in found:
            todo = f"  -> {one.next_step}" if one.next_step else ""
            click.echo(f"{one.state:<5}  {one.name}: {one.words}{todo}")
    sys.exit(Exit.FINE if fine else Exit.FAILED)


def findings_of() -> Iterator[Finding]:
    """Every finding, in the order in which one would mend them."""
    try:
        opened = settings()
    except Failed as error:
        yield Finding("settings", FAULT, one_line(error.message), error.next_step)
        return
    yield Finding("settings", OK, "every one is allowed")
    yield from examined([Probe("database", partial(_database, opened))])
    rows: list[Known] = []
    yield from examined([Probe("secret key", partial(_known, opened, rows))])
    value = rows[0] if rows else NOTHING_KNOWN
    yield from findings(surroundings(opened), value, datetime.now(UTC))
    if rows:
        yield from notes(value, opened.signatures())


def surroundings(opened: Settings) -> Surroundings:
    """Where Kafka, the door and the consumer are, by these settings; a port of 0 is not known."""
    door, consumer = (opened.door_host, opened.door_port), (opened.consumer_host, opened.consumer_port)
    urls = [server_url(host, port) if port else None for host, port in (door, consumer)]
    return Surroundings(opened.kafka(), opened.topics, *urls)


def _database(opened: Settings) -> str:
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed(f"there is no file {path} yet", "m2t db upgrade")
    with database(opened) as open_database:
        return f"reachable and current ({open_database.revision()})"


def _known(opened: Settings, values: list[Known]) -> str:
    """Reads what governs, which opens every shop's secrets; why the consumer has stopped a shop; and its tokens."""
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed("not checked: there is no database yet", "m2t db upgrade")
    box = SecretBox(*opened.secret_keys)
    with database(opened) as open_database, open_database.read() as connection:
        values.append(known(connection, RulebookReader(box).read(connection), box))
    number = len(values[0].rulebooks.shops)
    return f"opens the secrets of {number} shops" if number else "not tried: there is no shop yet"
