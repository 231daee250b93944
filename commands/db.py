"""`m2t db`: upgrades the database, and reseals its secrets."""

from __future__ import annotations

import json

import click

from commands.cli.context import database as opened_database
from commands.cli.context import settings
from commands.cli.errors import Failed, reaching_database
from records.accounts import key_rotation
from records.db.database import Database
from records.db.secret_box import SecretBox


@click.group("db")
def command() -> None:
    """Upgrade the database, and reseal its secrets."""


@command.command("upgrade")
@click.option("--json", "as_json", is_flag=True, help='Print only {"before": …, "after": …}.')
def upgrade(as_json: bool) -> None:
    """Migrate the tables to this version. Safe to run again.

    Uses M2T_DATABASE_URL. SQLite's file and folder are created if missing.
    """
    database = Database(settings().database_url)
    try:
        with reaching_database():
            before, after = database.upgrade()
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps({"before": before, "after": after}))
    elif before == after:
        click.echo(f"The database is current ({after}).")
    else:
        click.echo(f"The database was upgraded from {before or 'nothing'} to {after}.")


@command.command("reseal")
@click.option(
    "--json", "as_json", is_flag=True, help='Print only {"secrets": …, "resealed": …, "unopened": […]}.'
)
def reseal(as_json: bool) -> None:
    """Reseal secrets with M2T_SECRET_KEY that a key of M2T_SECRET_KEY_FALLBACKS has sealed. Safe to run again.

    To change the key: set the new key as M2T_SECRET_KEY and the old one as M2T_SECRET_KEY_FALLBACKS for every process,
    restart them, run this command, then remove M2T_SECRET_KEY_FALLBACKS. Either all secrets are resealed, or none.
    """
    answer = settings()
    box = SecretBox(*answer.secret_keys)
    with opened_database(answer) as open_database, open_database.write() as connection:
        found = key_rotation.reseal(connection, box)
    if as_json:
        document = {"secrets": found.secrets, "resealed": found.of_earlier, "unopened": found.unopened}
        click.echo(json.dumps(document))
    else:
        click.echo(
            f"Resealed {found.of_earlier} of {found.secrets} secrets: those that an earlier key had sealed."
        )
    if found.unopened:
        raise Failed(
            f"None of the configured keys opens {', '.join(found.unopened)}: nothing was changed there.",
            "add the key that sealed it to M2T_SECRET_KEY_FALLBACKS and run this again, or enter the secret again",
        )
    if not as_json and found.earlier_keys:
        click.echo("Next: remove M2T_SECRET_KEY_FALLBACKS, and restart every process.")
