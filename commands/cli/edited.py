"""The commands that `m2t policy` and `m2t template` share: list, show, history and restore."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy import Connection

from commands.cli.context import database, settings
from commands.cli.errors import Failed
from commands.cli.export_yaml import dump
from commands.cli.restoring import restore
from operations.formatting import moment
from operations.rules.rule_versions import Edited, history_of, used_by
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules import versions
from records.rules.load_rulebook import RulebookReader
from records.rules.versions import Version


def group(name: str, words: str, kinds: Sequence[Edited]) -> click.Group:
    """Return the command group `name` over these kinds.

    With several kinds the commands have an option ``--kind``, whose default is the first.
    """
    command = click.Group(name, help=words)
    for subcommand in (
        _list_command(kinds),
        _show_command(kinds),
        _history_command(kinds),
        _restore_command(kinds, f"m2t {name} restore"),
    ):
        command.add_command(subcommand)
    return command


def _kind_option(kinds: Sequence[Edited]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the option ``--kind``, unless there is only one kind."""
    if len(kinds) == 1:
        return lambda command: command
    names = click.Choice([kind.name for kind in kinds])
    return click.option(
        "--kind", type=names, default=kinds[0].name, show_default=True, help="The kind of policy."
    )


def _list_command(kinds: Sequence[Edited]) -> click.Command:
    @click.command("list")
    @click.option("--json", "as_json", is_flag=True, help="Print only JSON.")
    def command(as_json: bool) -> None:
        """List titles with their version, its author, and what uses them."""
        with database(opened := settings()) as open_database, open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            heads = [
                _head(connection, rulebooks, kind, title, versions.history(connection, kind.listed, title)[0])
                for kind in kinds
                for title in versions.titles(connection, kind.listed)
            ]
        if as_json:
            click.echo(json.dumps([head.document() for head in heads], ensure_ascii=False))
        else:
            click.echo(
                "\n".join(head.line() for head in heads) or "There are none yet. Next: m2t apply FILE.yaml"
            )

    return command


def _show_command(kinds: Sequence[Edited]) -> click.Command:
    by_name = {kind.name: kind for kind in kinds}

    @click.command("show")
    @click.argument("title")
    @_kind_option(kinds)
    @click.option(
        "--version", type=click.IntRange(1), metavar="N", help="Show this version. Default: the newest."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print only JSON.")
    def command(title: str, version: int | None, as_json: bool, kind: str = kinds[0].name) -> None:
        """Print the version that is in force, or another, as YAML for m2t apply."""
        with database(opened := settings()) as open_database, open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            shown = _version(_history(connection, by_name[kind], title), title, version)
            head = _head(connection, rulebooks, by_name[kind], title, shown)
        if as_json:
            click.echo(json.dumps({**head.document(), "document": shown.document}, ensure_ascii=False))
        else:
            document = {by_name[kind].listed: [dict(shown.document)]}
            click.echo(f"# {head.line()}\n{dump(document)}", nl=False)

    return command


def _history_command(kinds: Sequence[Edited]) -> click.Command:
    by_name = {kind.name: kind for kind in kinds}

    @click.command("history")
    @click.argument("title")
    @_kind_option(kinds)
    @click.option("--json", "as_json", is_flag=True, help='Print only [{"version", "changes", …}].')
    def command(title: str, as_json: bool, kind: str = kinds[0].name) -> None:
        """List the versions, newest first: author, date and what each changed."""
        with database(settings()) as open_database, open_database.read() as connection:
            every = _history(connection, by_name[kind], title)
        rows = list(history_of(by_name[kind], every))
        if as_json:
            entries = [_entry(version, changes) for version, changes in rows]
            click.echo(json.dumps(entries, ensure_ascii=False))
            return
        for version, changes in rows:
            click.echo(f"version {version.version}, {moment(version.at)}, {version.author}")
            click.echo("\n".join(f"  {line}" for line in changes))

    return command


def _restore_command(kinds: Sequence[Edited], command_line: str) -> click.Command:
    by_name = {kind.name: kind for kind in kinds}

    @click.command("restore")
    @click.argument("title")
    @click.argument("version", type=click.IntRange(1))
    @_kind_option(kinds)
    @click.option("--yes", is_flag=True, help="Restore it without asking.")
    @click.option(
        "--json", "as_json", is_flag=True, help="Print only JSON; nothing is changed without --yes."
    )
    def command(title: str, version: int, yes: bool, as_json: bool, kind: str = kinds[0].name) -> None:
        """Restore an earlier version: it becomes a new version with you as its author.

        The differences and the number of listings that become due are shown first.
        """
        opened = settings()
        with database(opened) as open_database:
            with open_database.read() as connection:
                every = _history(connection, by_name[kind], title)
            restore(
                open_database,
                SecretBox(*opened.secret_keys),
                by_name[kind].listed,
                _version(every, title, version),
                every[0],
                command=command_line,
                yes=yes,
                as_json=as_json,
            )

    return command


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known of a version besides its document."""

    kind: str
    title: str
    version: int
    at: datetime
    author: str
    used_by: list[str]

    def document(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "version": self.version,
            "at": self.at.isoformat(),
            "author": self.author,
            "used_by": self.used_by,
        }

    def line(self) -> str:
        """Return it as one line of text."""
        written = f"version {self.version} by {self.author} at {moment(self.at)}"
        return f"{self.kind} {self.title!r}: {written}; used by {', '.join(self.used_by) or 'nothing'}"


def _head(connection: Connection, rulebooks: Rulebooks, kind: Edited, title: str, version: Version) -> _Head:
    users = list(used_by(connection, rulebooks, kind, title))
    return _Head(kind.name, title, version.version, version.at, version.author, users)


def _history(connection: Connection, kind: Edited, title: str) -> list[Version]:
    found = versions.history(connection, kind.listed, title)
    if not found:
        titles = ", ".join(map(repr, versions.titles(connection, kind.listed))) or "none yet"
        raise Failed(
            f"There is no {title!r} among the {kind.listed.replace('_', ' ')}.", f"there is {titles}"
        )
    return found


def _version(every: Sequence[Version], title: str, number: int | None) -> Version:
    """Return the version with this number; the newest for None. Raises `Failed`."""
    for version in every:
        if number in (None, version.version):
            return version
    raise Failed(f"{title!r} has no version {number}.", f"choose one from 1 to {every[0].version}")


def _entry(version: Version, changes: Sequence[str]) -> Mapping[str, object]:
    return {
        "version": version.version,
        "at": version.at.isoformat(),
        "author": version.author,
        "changes": list(changes),
    }
