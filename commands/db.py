"""`m2t db`: the database's tables."""

from __future__ import annotations

import json

import click

from commands.exits import reaching_database
from commands.opening import settings
from records.database import Database


@click.group("db")
def command() -> None:
    """The database: bring its tables to this version."""


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
