"""`m2t apply`: applies shops, policies and listing templates from a YAML file, all or nothing."""

from __future__ import annotations

import getpass
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from commands.cli.context import database, settings
from commands.cli.declaration import read_declaration
from commands.cli.errors import Failed
from operations.formatting import number, plural
from operations.products.request_resync import run_resync
from operations.rules.apply import Applied, Load, apply, declared, existing_titles
from operations.rules.check_category import check_category
from operations.rules.check_declaration import check_declaration
from operations.rules.count_affected import Due, TimeBudget, count_affected, due_words
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import Fault, InvalidDocument
from sync.affected_listings import RuleChange

PROGRESS_EVERY = 10_000


class _DryRun(Exception):
    """Raised to roll the transaction of a dry run back."""


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
@click.option("--replace-tokens", is_flag=True, help="Replace stored TikTok tokens with those of the file.")
@click.option("--json", "as_json", is_flag=True, help='Print only {"changes", "unchanged", "due"}.')
def command(file: Path, dry_run: bool, replace_tokens: bool, as_json: bool) -> None:
    """Apply shops, policies and listing templates from a YAML file.

    What the file names is created or changed; everything else stays. If there is any error, nothing is applied, and
    all errors are listed with their places. Keep secrets out of the file: ${NAME} is an environment variable, file:PATH
    (relative to the YAML file) a file with one secret, and kept is the stored secret. TikTok tokens refresh
    themselves, so those of the file are used only if the shop has none.

    Listings that the change affects are checked again. Their number is printed first on standard error: a lower bound
    if there are very many, the exact number with --dry-run. The new rules are in force at once; if checking the
    listings is interrupted, the consumer continues it. m2t simulate shows what a policy or template would have decided
    about past events.
    """
    opened = settings()
    box = SecretBox(*opened.secret_keys)
    budget = TimeBudget.unlimited() if dry_run else TimeBudget.for_a_person()
    try:
        load = read_declaration(file, os.environ)
        with database(opened) as open_database:
            affected = _affected(open_database, load, box, budget)
            click.echo(affected.words, err=True)
            warned = _check_category(open_database, load, box)
            applied = _apply(open_database, load, box, dry_run=dry_run, replace_tokens=replace_tokens)
            click.echo(
                "".join(f"Warning: {warning}\n" for warning in (*warned, *applied.warnings)),
                err=True,
                nl=False,
            )
            due = affected.number
            if not dry_run:
                due = run_resync(open_database, box, applied.job, clock=_now, progress=_progress)
    except InvalidDocument as invalid:
        raise Failed(f"{file}: {invalid}", "correct the file, and run m2t apply again") from invalid
    if as_json:
        document = {"changes": applied.changes, "unchanged": applied.unchanged, "due": due}
        click.echo(json.dumps(document))
    else:
        click.echo(_report(applied, due, dry_run=dry_run))


def _affected(database: Database, load: Load, box: SecretBox, budget: TimeBudget) -> Due:
    """Count the listings that the declaration makes due, without storing it. Raises `InvalidDocument`."""
    now = _now()
    with database.read() as connection:
        rulebooks = RulebookReader(box).read(connection)
        declaration = load(existing_titles(rulebooks), rulebooks.shops)
        check_declaration(connection, declaration, rulebooks)
        change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
        return count_affected(connection, change, now, budget)


def _check_category(database: Database, load: Load, box: SecretBox) -> tuple[Fault, ...]:
    """Return warnings about the categories of templates. Raises `InvalidDocument` for one that does not exist."""
    with database.read() as connection:
        rulebooks = RulebookReader(box).read(connection)
        declaration = load(existing_titles(rulebooks), rulebooks.shops)
    # TikTok is asked outside of a transaction.
    return check_category(database, rulebooks, declaration, _now())


def _apply(database: Database, load: Load, box: SecretBox, *, dry_run: bool, replace_tokens: bool) -> Applied:
    """Apply the declaration in a transaction, which a dry run rolls back. Raises `InvalidDocument`."""
    applied: Applied | None = None
    author = f"{getpass.getuser()} (m2t apply)"
    with suppress(_DryRun), database.write() as connection:
        applied = apply(
            connection,
            load,
            box,
            now=_now(),
            author=author,
            replace_tokens=replace_tokens,
            claimed=True,
        )
        if dry_run:
            raise _DryRun
    assert applied is not None  # noqa: S101
    return applied


def _now() -> datetime:
    return datetime.now(UTC)


def _progress(checked: int, due: int) -> None:
    if checked % PROGRESS_EVERY == 0:
        click.echo(f"{plural(checked, 'listing')} checked, {number(due)} of them are due …", err=True)


def _report(applied: Applied, due: int, *, dry_run: bool) -> str:
    lines = [f"{name}: {line}" for name, changed in applied.changes.items() for line in changed]
    lines += [f"{name}: unchanged" for name in applied.unchanged]
    if due:
        lines.append(f"{due_words(due).removesuffix('.')}, because their rules changed.")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return "\n".join(lines or ["The file declares nothing."])
