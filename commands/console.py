"""`m2t console`: runs the web console."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from sqlalchemy import Connection

from commands.cli.context import child_environment, database, settings
from commands.cli.errors import Failed
from config.settings import Settings
from records.accounts import audit, second_factors, users
from records.accounts.audit import AuditRow, Change
from records.accounts.users import Role, User
from records.db.database import Database

REGISTER_WITHIN: Final = timedelta(hours=24)
ENTER_WITHIN: Final = timedelta(minutes=30)


@click.command("console")
@click.option(
    "--link",
    "name",
    metavar="NAME",
    help="Print a link that signs this user in once, within 30 minutes, and exit.",
)
@click.option(
    "--second-factor-off",
    is_flag=True,
    help="With --link: also switch off the user's second factor, if app and recovery codes are lost.",
)
def command(name: str | None, second_factor_off: bool) -> None:
    """Run the web console.

    Listens on M2T_CONSOLE_HOST and M2T_CONSOLE_PORT. If there is no user yet, it prints a link to register the first
    admin. A user who can't sign in gets a link with --link; it still asks for the second factor, unless
    --second-factor-off is given. To use it over a network, put a reverse proxy with TLS in front
    (M2T_CONSOLE_BEHIND_PROXY, M2T_CONSOLE_TRUSTED_HOSTS).
    """
    if second_factor_off and name is None:
        raise click.UsageError("--second-factor-off needs --link NAME, the user that it applies to.")
    opened = settings()
    with database(opened) as open_database:
        if name is not None:
            if second_factor_off:
                switch_off_second_factor(open_database, name)
            click.echo(link_of(open_database, opened, name))
            return
        link = registration_link(open_database, opened)
    if link is not None:
        click.echo(
            f"There is no user yet. Register the first admin here, within 24 hours:\n  {link}", err=True
        )
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "console"], child_environment())  # noqa: S606


def registration_link(database: Database, opened: Settings) -> str | None:
    """Return the link to register the first admin; None if there is a user."""
    with database.write() as connection:
        if users.count(connection):
            return None
        token = users.issue_ticket(connection, None, until=datetime.now(UTC) + REGISTER_WITHIN)
    return f"{url(opened)}/setup/register?ticket={token}"


def switch_off_second_factor(database: Database, name: str) -> None:
    """Switch off the user's second factor, end their sessions, and write it to the audit log. Raises `Failed`."""
    now = datetime.now(UTC)
    with database.write() as connection:
        user = _person(connection, name)
        removed = second_factors.remove(connection, user.id)
        if removed:
            users.end_sessions(connection, user.id)
            change = Change(f"second factor of {user.name}", "on", "off")
            author = f"{getpass.getuser()} (m2t console)"[:120]
            row = AuditRow(
                now, author, "", "m2t console --second-factor-off", f"person {name}"[:200], 0, (change,)
            )
            audit.put(connection, row)
    words = "is off" if removed else "was off already"
    click.echo(f"The second factor of {name} {words}.", err=True)


def _person(connection: Connection, name: str) -> User:
    user = users.by_name(connection, name)
    if user is None:
        names = ", ".join(user.name for user in users.load_all(connection))
        raise Failed(f"There is no user {name!r}.", f"choose one of: {names or 'none yet; run m2t console'}")
    return user


def link_of(database: Database, opened: Settings, name: str, *, create: bool = False) -> str:
    """Return a link that signs this user in once; `create` adds an admin of this name if there is none."""
    now = datetime.now(UTC)
    with database.write() as connection:
        if create and users.by_name(connection, name) is None:
            users.add(connection, name, Role.ADMIN, None, now=now)
        user_id = _person(connection, name).id
        token = users.issue_ticket(connection, user_id, until=now + ENTER_WITHIN)
    return f"{url(opened)}/enter/{token}"


def url(opened: Settings) -> str:
    """Return the console's URL on this machine."""
    return f"http://{opened.console_host}:{opened.console_port}"
