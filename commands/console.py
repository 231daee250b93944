"""`m2t console`: the web console as this process."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from commands.exits import Failed
from commands.opening import child_environment, database, settings
from config.settings import Settings
from records import console_users
from records.console_users import Role
from records.database import Database

REGISTER_WITHIN: Final = timedelta(hours=24)
ENTER_WITHIN: Final = timedelta(minutes=30)


@click.command("console")
@click.option(
    "--link",
    "name",
    metavar="NAME",
    help="Print a link that lets this person in once, within 30 minutes, and run nothing.",
)
def command(name: str | None) -> None:
    """Run the web console.

    It listens on M2T_CONSOLE_HOST and M2T_CONSOLE_PORT. While nobody is registered, it prints a link with which the
    first admin registers; a person who can't sign in any more gets one with --link. Over a network, put a reverse
    proxy with TLS before it (M2T_CONSOLE_BEHIND_PROXY).
    """
    opened = settings()
    with database(opened) as held:
        if name is not None:
            click.echo(link_of(held, opened, name))
            return
        link = registration_link(held, opened)
    if link is not None:
        click.echo(
            f"Nobody is registered yet. The first admin registers, within 24 hours, here:\n  {link}", err=True
        )
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "console"], child_environment())  # noqa: S606


def registration_link(held: Database, opened: Settings) -> str | None:
    """Where the first admin registers; None where somebody is registered."""
    with held.write() as connection:
        if console_users.count(connection):
            return None
        token = console_users.issue_ticket(connection, None, until=datetime.now(UTC) + REGISTER_WITHIN)
    return f"{url(opened)}/setup/register?ticket={token}"


def link_of(held: Database, opened: Settings, name: str, *, create: bool = False) -> str:
    """A link that lets this person in once; `create` makes an admin of the name where there is none."""
    now = datetime.now(UTC)
    with held.write() as connection:
        user = console_users.by_name(connection, name)
        if user is None and not create:
            known = ", ".join(one.name for one in console_users.load_all(connection))
            raise Failed(
                f"Nobody is called {name!r}.", f"choose one of: {known or 'nobody yet; run m2t console'}"
            )
        user_id = (
            user.id if user is not None else console_users.add(connection, name, Role.ADMIN, None, now=now)
        )
        token = console_users.issue_ticket(connection, user_id, until=now + ENTER_WITHIN)
    return f"{url(opened)}/enter/{token}"


def url(opened: Settings) -> str:
    """Where the console answers on this machine."""
    return f"http://{opened.console_host}:{opened.console_port}"
