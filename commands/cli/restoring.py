"""Restoring an earlier version of a policy or a template: it is applied like a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from commands.cli.arguments import author
from commands.cli.errors import Failed
from operations.products.preview_sync import one_document, preview_sync
from operations.products.request_resync import run_resync
from operations.rules.apply import apply
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from records.rules.versions import Version
from schemas.apply_file import InvalidDocument

UNCHANGED = "It is the same as that version: nothing is changed."


def restore(
    database: Database,
    box: SecretBox,
    listed: str,
    wanted: Version,
    newest: Version,
    *,
    command: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what restoring `wanted` changes, and do it if confirmed. `command` is the command line, for the author."""
    load, now = one_document(listed, wanted.document), _now()
    try:
        with database.read() as connection:
            previews = preview_sync(connection, RulebookReader(box).read(connection), load, now=now)
    except InvalidDocument as invalid:
        raise Failed(
            f"Version {wanted.version} can't be restored: {invalid}",
            "correct it in a file, and m2t apply FILE.yaml",
        ) from invalid
    changes, due, restored = list(previews.changes), previews.due.number, False
    if not as_json:
        click.echo("\n".join([*changes, previews.due.words] if changes else [UNCHANGED]))
    if changes and (yes or (not as_json and click.confirm(f"Restore version {wanted.version}?"))):
        with database.write() as connection:
            applied = apply(connection, load, box, now=now, author=author(command), claimed=True)
        due, restored = run_resync(database, box, applied.job, clock=_now), True
    if as_json:
        click.echo(json.dumps({"changes": changes, "due": due, "restored": restored}, ensure_ascii=False))
    elif restored:
        click.echo(f"Version {wanted.version} was restored as version {newest.version + 1}.")


def _now() -> datetime:
    return datetime.now(UTC)
