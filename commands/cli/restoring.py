"""Restoring: an earlier version of a policy or a template is applied as if it stood in a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from commands.cli.arguments import author
from commands.cli.errors import Failed
from operations.products.preview_sync import foretell, one_document
from operations.products.request_resync import look_again
from operations.rules.apply import apply
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from records.rules.versions import Version
from schemas.apply_file import InvalidDocument

AS_IT_WAS = "It is as it was then: nothing is changed."


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
    """Say what restoring `wanted` changes, and do it where the person says yes; `command` is what they called."""

    load, now = one_document(listed, wanted.document), _now()
    try:
        with database.read() as connection:
            previews = foretell(connection, RulebookReader(box).read(connection), load, now=now)
    except InvalidDocument as invalid:
        raise Failed(
            f"Version {wanted.version} can't be restored: {invalid}",
            "mend it in a file, and m2t apply FILE.yaml",
        ) from invalid
    changes, due, restored = list(previews.changes), previews.due.number, False
    if not as_json:
        click.echo("\n".join([*changes, previews.due.words] if changes else [AS_IT_WAS]))
    if changes and (yes or (not as_json and click.confirm(f"Restore version {wanted.version}?"))):
        with database.write() as connection:
            applied = apply(connection, load, box, now=now, author=author(command), claimed=True)
        due, restored = look_again(database, box, applied.job, clock=_now), True
    if as_json:
        click.echo(json.dumps({"changes": changes, "due": due, "restored": restored}, ensure_ascii=False))
    elif restored:
        click.echo(f"Version {newest.version + 1} is version {wanted.version} again.")


def _now() -> datetime:
    return datetime.now(UTC)
