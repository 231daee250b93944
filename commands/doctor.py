"""`m2t doctor`: what is needed, checked one by one; for each fault, what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

import click

from commands.exits import Exit, Failed
from commands.opening import database, settings
from commands.trigger import server_url
from config.settings import Settings
from operations.checkup import (
    FAULT,
    OK,
    Finding,
    Probe,
    authorizations,
    examined,
    kafka,
    lint,
    one_line,
    ready,
    tiktok,
)
from records import shops, tokens
from records.database import Database
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from records.tokens import HeldTokens


@click.command("doctor")
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"ok": …, "checks": [{"name", "state", …}]} alone.'
)
def command(as_json: bool) -> None:
    """Check settings, database, Kafka, TikTok and the door; say what to do about each fault.

    Every check has a time limit, and none prints a secret. A note is allowed and worth knowing. Exits with 1 where
    there is a fault.
    """
    findings = list(findings_of())
    fine = all(finding.state != FAULT for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": fine, "checks": [asdict(one) for one in findings]}, ensure_ascii=False))
    else:
        for one in findings:
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
    governing: list[Governing] = []
    stopped: dict[str, str] = {}
    held: dict[str, HeldTokens] = {}
    yield from examined([Probe("secret key", partial(_governing, opened, governing, stopped, held))])
    known = governing[0] if governing else Governing({}, {}, ())
    yield from examined(
        [
            Probe("kafka", partial(kafka, opened.kafka(), opened.topics)),
            Probe("webhook endpoint", partial(_ready, opened.door_host, opened.door_port, "m2t webhooks")),
            Probe("consumer", partial(_ready, opened.consumer_host, opened.consumer_port, "m2t consumer")),
            *(
                Probe(f"tiktok {key}", partial(tiktok, shop, stopped.get(key)))
                for key, shop in known.shops.items()
            ),
        ]
    )
    yield from authorizations(held, datetime.now(UTC))
    if governing:
        yield from lint(known)


def _database(opened: Settings) -> str:
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed(f"there is no file {path} yet", "m2t db upgrade")
    with database(opened) as held:
        return f"reachable and current ({held.revision()})"


def _ready(host: str, port: int, start: str) -> str:
    return ready(server_url(host, port), start) if port else "not asked: its port is 0, so none is known"


def _governing(
    opened: Settings, governing: list[Governing], stopped: dict[str, str], tokens_held: dict[str, HeldTokens]
) -> str:
    """Reads what governs, which opens every shop's secrets; why the consumer has stopped a shop; and its tokens."""
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed("not checked: there is no database yet", "m2t db upgrade")
    with database(opened) as held, held.read() as connection:
        tokens_held |= tokens.load_all(connection, SecretBox(opened.secret_key))
        stopped |= {key: why for key, (why, _) in shops.stopped(connection).items()}
        governing.append(GoverningRecords(SecretBox(opened.secret_key)).read(connection))
    number = len(governing[0].shops)
    return f"opens the secrets of {number} shops" if number else "not tried: there is no shop yet"
