"""`m2t console`: the web console as this process."""

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
    help="Print a link that lets this person in once, within 30 minutes, and run nothing.",
)
@click.option(
    "--second-factor-off",
    is_flag=True,
    help="With --link: switch this person's second factor off too, for who has lost the app and the recovery codes.",
)
def command(name: str | None, second_factor_off: bool) -> None:
    """Run the web console.

    It listens on M2T_CONSOLE_HOST and M2T_CONSOLE_PORT. While nobody is registered, it prints a link with which the
    first admin registers; a person who can't sign in any more gets one with --link. A second factor is asked for
    behind a link too, but with --second-factor-off. Over a network, put a reverse proxy with TLS before it
    (M2T_CONSOLE_BEHIND_PROXY, M2T_CONSOLE_TRUSTED_HOSTS).
    """
    if second_factor_off and name is None:
        raise click.UsageError(
            "--second-factor-off needs --link NAME: it is for the person whom the link lets in."
        )
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
            f"Nobody is registered yet. The first admin registers, within 24 hours, here:\n  {link}", err=True
        )
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "console"], child_environment())  # noqa: S606


def registration_link(database: Database, opened: Settings) -> str | None:
    """Where the first admin registers; None where somebody is registered."""
    with database.write() as connection:
        if users.count(connection):
            return None
        token = users.issue_ticket(connection, None, until=datetime.now(UTC) + REGISTER_WITHIN)
    return f"{url(opened)}/setup/register?ticket={token}"


def switch_off_second_factor(database: Database, name: str) -> None:
    """This person's first factor lets in alone from now on; their sessions end, and the audit says who did it."""
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
        known = ", ".join(one.name for one in users.load_all(connection))
        raise Failed(
            f"Nobody is called {name!r}.", f"choose one of: {known or 'nobody yet; run m2t console'}"
        )
    return user


def link_of(database: Database, opened: Settings, name: str, *, create: bool = False) -> str:
    """A link that lets this person in once; `create` makes an admin of the name where there is none."""
    now = datetime.now(UTC)
    with database.write() as connection:
        if create and users.by_name(connection, name) is None:
            users.add(connection, name, Role.ADMIN, None, now=now)
        user_id = _person(connection, name).id
        token = users.issue_ticket(connection, user_id, until=now + ENTER_WITHIN)
    return f"{url(opened)}/enter/{token}"


def url(opened: Settings) -> str:
    """Where the console answers on this machine."""
    return f"http://{opened.console_host}:{opened.console_port}"
