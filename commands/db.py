"""`m2t db`: the database's tables."""

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
    """The database: bring its tables to this version, and its secrets under the key of now."""


@command.command("upgrade")
@click.option("--json", "as_json", is_flag=True, help='Print {"before": …, "after": …} alone.')
def upgrade(as_json: bool) -> None:
    """Bring the tables to this version. Safe to run again: what is current stays as it is.

    The database is the one of M2T_DATABASE_URL; SQLite's file and its folder are made where missing.
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
        click.echo(f"The database went from {before or 'nothing'} to {after}.")


@command.command("reseal")
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"secrets": …, "resealed": …, "unopened": […]} alone.'
)
def reseal(as_json: bool) -> None:
    """Seal every secret with M2T_SECRET_KEY that a key of M2T_SECRET_KEY_FALLBACKS has sealed. Safe to run again.

    To change the key: set the new one as M2T_SECRET_KEY and the old one as M2T_SECRET_KEY_FALLBACKS for every process,
    start them anew, run this, then take M2T_SECRET_KEY_FALLBACKS away. All of it is sealed anew, or nothing.
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
            f"{found.of_earlier} of {found.secrets} secrets were sealed by an earlier key, and are sealed anew."
        )
    if found.unopened:
        raise Failed(
            f"No key that is set opens what stands in {', '.join(found.unopened)}: it stays as it is.",
            "add the key that sealed it to M2T_SECRET_KEY_FALLBACKS and run this again, or give that secret anew",
        )
    if not as_json and found.earlier_keys:
        click.echo("Next: take M2T_SECRET_KEY_FALLBACKS away, and start every process anew.")
