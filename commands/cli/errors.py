"""How a command ends: the exit codes, and errors that say what happened and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any

import click

from topics.errors import OutOfReach, Refused


class Exit(IntEnum):
    """What the shell is told."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    SETTINGS = 3
    NOT_REACHABLE = 4


class Failed(Refused, click.ClickException):
    """The thing that was asked for failed; `next_step` says what to do about it."""

    exit_code = Exit.FAILED

    def __init__(self, message: str, next_step: str = "") -> None:
        click.ClickException.__init__(self, message)
        self.next_step = next_step

    def show(self, file: IO[Any] | None = None) -> None:
        """On standard error, the next step on a line of its own."""
        click.echo(f"m2t: {self.message}", err=True)
        if self.next_step:
            click.echo(f"Next: {self.next_step}", err=True)


class UnusableSettings(Failed):
    """The settings have faults."""

    exit_code = Exit.SETTINGS


class NotReachable(Failed):
    """Something that is needed does not answer."""

    exit_code = Exit.NOT_REACHABLE


@contextmanager
def refusals_shown() -> Iterator[None]:
    """What operations refuse, as the end of a command."""
    try:
        yield
    except Failed:
        raise
    except Refused as error:
        ending = NotReachable if isinstance(error, OutOfReach) else Failed
        raise ending(str(error), error.next_step) from error


@contextmanager
def reaching_database() -> Iterator[None]:
    """The database's errors as ours; the message never quotes the URL, for it may hold a password."""
    from sqlalchemy.exc import DBAPIError

    from records.db.database import DatabaseNotReady
    from records.db.secret_box import CannotOpenSecret

    try:
        yield
    except DatabaseNotReady as error:
        raise Failed(str(error), "m2t db upgrade") from error
    except CannotOpenSecret as error:
        raise UnusableSettings(
            str(error),
            "set M2T_SECRET_KEY to the key that sealed the secrets, or name it in M2T_SECRET_KEY_FALLBACKS",
        ) from error
    except DBAPIError as error:
        raise NotReachable(
            f"the database does not answer: {error.orig}", "check M2T_DATABASE_URL, and m2t doctor"
        ) from error
