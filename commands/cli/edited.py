"""What people edit, version by version: what `m2t policy` and `m2t template` share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from commands.cli.context import database, settings
from commands.cli.errors import Failed
from commands.cli.export_yaml import dump
from commands.cli.restoring import restore
from operations.rules.rule_versions import Edited, history_of, used_by
from operations.time_format import moment
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules import versions
from records.rules.load_rulebook import RulebookReader
from records.rules.versions import Version


def group(name: str, words: str, kinds: Sequence[Edited]) -> click.Group:
    """The commands over these kinds; with several, ``--kind`` says which (the first where it does not)."""
    by_name = {kind.name: kind for kind in kinds}

    def of_a_kind(command: Callable[..., None]) -> Callable[..., None]:
        if len(kinds) == 1:
            return command
        choice = click.Choice(list(by_name))
        return click.option("--kind", type=choice, default=kinds[0].name, show_default=True)(command)

    @click.group(name, help=words)
    def command() -> None:
        pass

    @command.command("list")
    @click.option("--json", "as_json", is_flag=True, help="Print them as JSON alone.")
    def list_command(as_json: bool) -> None:
        """Every title, its version, who left it so, and what uses it."""
        with database(opened := settings()) as open_database, open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            rows = [
                _head(connection, rulebooks, kind, title, versions.history(connection, kind.listed, title)[0])
                for kind in kinds
                for title in versions.titles(connection, kind.listed)
            ]
        if as_json:
            click.echo(json.dumps(rows, ensure_ascii=False))
        else:
            click.echo(
                "\n".join(_line(one) for one in rows) or "There is none yet. Next: m2t apply FILE.yaml"
            )

    @command.command("show")
    @click.argument("title")
    @of_a_kind
    @click.option("--version", type=click.IntRange(1), metavar="N", help="As it was then. Default: as it is.")
    @click.option("--json", "as_json", is_flag=True, help="Print it as JSON alone.")
    def show_command(title: str, version: int | None, as_json: bool, kind: str = kinds[0].name) -> None:
        """One of them, as YAML that m2t apply takes."""
        with database(opened := settings()) as open_database, open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            shown = _version(_history(connection, by_name[kind], title), title, version)
            head = _head(connection, rulebooks, by_name[kind], title, shown)
        if as_json:
            click.echo(json.dumps({**head, "document": shown.document}, ensure_ascii=False))
        else:
            document = {by_name[kind].listed: [dict(shown.document)]}
            click.echo(f"# {_line(head)}\n{dump(document)}", nl=False)

    @command.command("history")
    @click.argument("title")
    @of_a_kind
    @click.option("--json", "as_json", is_flag=True, help='Print [{"version", "changes", …}] alone.')
    def history_command(title: str, as_json: bool, kind: str = kinds[0].name) -> None:
        """Every version, newest first: who left it so, when, and what that changed."""
        with database(settings()) as open_database, open_database.read() as connection:
            every = _history(connection, by_name[kind], title)
        rows = list(history_of(by_name[kind], every))
        if as_json:
            click.echo(json.dumps([_entry(one, changes) for one, changes in rows], ensure_ascii=False))
            return
        for one, changes in rows:
            click.echo(f"version {one.version}, {moment(one.at)}, {one.author}")
            click.echo("\n".join(f"  {line}" for line in changes))

    @command.command("restore")
    @click.argument("title")
    @click.argument("version", type=click.IntRange(1))
    @of_a_kind
    @click.option("--yes", is_flag=True, help="Restore it without a question.")
    @click.option(
        "--json", "as_json", is_flag=True, help="Print JSON alone; without --yes nothing is changed."
    )
    def restore_command(
        title: str, version: int, yes: bool, as_json: bool, kind: str = kinds[0].name
    ) -> None:
        """Make an earlier version the newest one: a new version by you.

        What differs and how many listings are looked at again is said first.
        """
        opened = settings()
        with database(opened) as open_database:
            with open_database.read() as connection:
                every = _history(connection, by_name[kind], title)
            wanted = _version(every, title, version)
            box, listed = SecretBox(*opened.secret_keys), by_name[kind].listed
            restore(
                open_database,
                box,
                listed,
                wanted,
                every[0],
                command=f"m2t {name} restore",
                yes=yes,
                as_json=as_json,
            )

    return command


def _history(connection: Connection, kind: Edited, title: str) -> list[Version]:
    found = versions.history(connection, kind.listed, title)
    if not found:
        there = ", ".join(map(repr, versions.titles(connection, kind.listed))) or "none yet"
        raise Failed(f"There is no {title!r} among the {kind.listed.replace('_', ' ')}.", f"there is {there}")
    return found


def _version(every: Sequence[Version], title: str, number: int | None) -> Version:
    """The version of this number, None the newest."""
    for one in every:
        if number in (None, one.version):
            return one
    raise Failed(f"{title!r} has no version {number}.", f"choose one from 1 to {every[0].version}")


def _head(
    connection: Connection, rulebooks: Rulebooks, kind: Edited, title: str, version: Version
) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "title": title,
        "version": version.version,
        "at": version.at.isoformat(),
        "author": version.author,
        "used_by": list(used_by(connection, rulebooks, kind, title)),
    }


def _line(head: dict[str, Any]) -> str:
    used = ", ".join(head["used_by"]) or "nothing"
    at = moment(datetime.fromisoformat(head["at"]))
    left = f"version {head['version']} by {head['author']} at {at}"
    return f"{head['kind']} {head['title']!r}: {left}; used by {used}"


def _entry(version: Version, changes: Sequence[str]) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": version.at.isoformat(),
        "author": version.author,
        "changes": list(changes),
    }
