"""Exit codes of commands, and errors that say what happened and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any

import click

from topics.errors import OutOfReach, Refused


class Exit(IntEnum):
    """Exit codes; ``m2t --help`` documents them."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    SETTINGS = 3
    NOT_REACHABLE = 4


class Failed(Refused, click.ClickException):
    """Raised when a command fails; `next_step` says what to do."""

    exit_code = Exit.FAILED

    def __init__(self, message: str, next_step: str = "") -> None:
        click.ClickException.__init__(self, message)
        self.next_step = next_step

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message and the next step on standard error, a line each."""
        click.echo(f"m2t: {self.message}", err=True)
        if self.next_step:
            click.echo(f"Next: {self.next_step}", err=True)


class UnusableSettings(Failed):
    """Raised for invalid settings."""

    exit_code = Exit.SETTINGS


class NotReachable(Failed):
    """Raised when a required service does not answer."""

    exit_code = Exit.NOT_REACHABLE


@contextmanager
def refusals_shown() -> Iterator[None]:
    """End the command with the refusal of an operation: convert `Refused` to `Failed` or `NotReachable`."""
    try:
        yield
    except Failed:
        raise
    except Refused as error:
        ending = NotReachable if isinstance(error, OutOfReach) else Failed
        raise ending(str(error), error.next_step) from error


@contextmanager
def reaching_database() -> Iterator[None]:
    """Convert database errors to `Failed`; no message quotes the URL, which may contain a password."""
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
