"""`m2t apply`: shops, policies and listing templates from a YAML file, all of it or nothing."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from commands.cli.context import database, settings
from commands.cli.declaration import read_declaration
from commands.cli.errors import Failed
from operations.products.request_resync import look_again
from operations.rules.apply import Applied, Load, apply, declared, existing_titles
from operations.rules.count_affected import Due, Patience, due_of, looked_at_again
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import InvalidDocument
from sync.affected_listings import RuleChange

PROGRESS_EVERY = 10_000


class _DryRun(Exception):
    """Ends the transaction without its changes."""


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
@click.option(
    "--replace-tokens", is_flag=True, help="Take the file's TikTok tokens, though the shop holds some."
)
@click.option("--json", "as_json", is_flag=True, help='Print {"changes", "unchanged", "due"} alone.')
def command(file: Path, dry_run: bool, replace_tokens: bool, as_json: bool) -> None:
    """Take shops, policies and listing templates from a YAML file.

    What the file names is created or changed; what it does not name stays. One fault anywhere and nothing is
    applied: all faults are listed with their places. Keep secrets out of the file: ${NAME} is a variable of the
    environment, file:PATH (beside the YAML file) a secret in a file of its own, and kept is the secret that the shop
    holds. A shop's TikTok tokens renew themselves, so those of the file are taken only where the shop has none.

    Listings for which the change means something else on TikTok are looked at again. How many is told first, on
    standard error: of very many at least how many, with --dry-run all of them. What is stored governs at once; where
    the walk over the listings is interrupted, the consumer goes on with it. m2t simulate tells what a policy or
    template would have meant for what was saved.
    """
    opened = settings()
    box, author = SecretBox(*opened.secret_keys), f"{getpass.getuser()} (m2t apply)"
    rows: list[Applied] = []
    try:
        load = read_declaration(file, os.environ)
        with database(opened) as open_database:
            foretold = _foretold(
                open_database, load, box, Patience.endless() if dry_run else Patience.of_a_person()
            )
            click.echo(foretold.words, err=True)
            with open_database.write() as connection:
                applied = apply(
                    connection,
                    load,
                    box,
                    now=_now(),
                    author=author,
                    replace_tokens=replace_tokens,
                    claimed=True,
                )
                rows.append(applied)
                if dry_run:
                    raise _DryRun
            due = look_again(open_database, box, applied.job, clock=_now, progress=_progress)
    except InvalidDocument as invalid:
        raise Failed(f"{file}: {invalid}", "mend the file, and run m2t apply again") from invalid
    except _DryRun:
        due = foretold.number
    changed = rows[0]
    if as_json:
        document = {"changes": changed.changes, "unchanged": changed.unchanged, "due": due}
        click.echo(json.dumps(document))
    else:
        click.echo(_report(changed, due, dry_run=dry_run))


def _foretold(database: Database, load: Load, box: SecretBox, patience: Patience) -> Due:
    now = _now()
    with database.read() as connection:
        rulebooks = RulebookReader(box).read(connection)
        change = RuleChange(
            rulebooks, declared(rulebooks, load(existing_titles(rulebooks), rulebooks.shops), now)
        )
        return due_of(connection, change, now, patience)


def _now() -> datetime:
    return datetime.now(UTC)


def _progress(walked: int, due: int) -> None:
    if walked % PROGRESS_EVERY == 0:
        click.echo(f"{walked} listings asked, {due} of them are looked at again …", err=True)


def _report(applied: Applied, due: int, *, dry_run: bool) -> str:
    lines = [f"{name}: {line}" for name, changed in applied.changes.items() for line in changed]
    lines += [f"{name}: as it was" for name in applied.unchanged]
    if due:
        lines.append(f"{looked_at_again(due).removesuffix('.')}, for what governs them has changed.")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return "\n".join(lines or ["The file declares nothing."])
